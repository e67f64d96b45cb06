"""The services that come with the program, and the checks that a file of one's own has to pass."""

import json
from copy import deepcopy
from datetime import date
from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from governorate import licensed
from governorate.errors import RuleError
from governorate.licensed import Type
from issuer.sentences import say
from office.services import catalogue
from office.services.deadlines import ESCALATE, Deadline
from office.services.service import Effect, Kind
from office.services.state_machine import State, final
from seal.license import FORBIDDEN
from tests.conftest import ROOT
from tests.share import share

from .rulebook import FEES, SERVICES, changed, fees, file_of, refused, services

TYPES = ["shop", "occupancy", "advertisement", "building", "demolition", "restoration"]
PROCEDURES = ["first", "renewal", "amendment", "transfer", "replacement", "cancellation", "paper_copy"]


def test_six_types_in_seven_procedures_are_42_services() -> None:
    found = catalogue.default()
    assert list(found.types) == TYPES
    assert list(found.procedures) == PROCEDURES
    assert list(found.services) == [f"{type_}.{procedure}" for type_, procedure in product(TYPES, PROCEDURES)]
    assert all(found.of(service.type, service.procedure) is service for service in found.services.values())
    assert all(service.ours for service in found.services.values()), "the count is the governorate's, the breakdown is not"


def test_every_service_is_whole() -> None:
    for service in catalogue.default().services.values():
        assert service.fields, service.code
        assert service.documents, service.code
        assert service.fees, service.code
        waiting = {state for state in State if any(state in action.before for action in service.machine.actions.values())}
        assert set(service.deadlines) == waiting, service.code
        assert all(not final(service.machine, state) for state in service.deadlines)


def test_services_have_official_names() -> None:
    found = catalogue.default()
    assert found.of("shop", "first").name == {"ar": "ترخيص محل عام لأول مرة", "en": "Public shop license: first issue"}
    assert found.of("advertisement", "transfer").name["ar"] == "نقل ملكية ترخيص إعلان (تنازل)"
    assert found.procedures["replacement"]["ar"] == "بدل فاقد أو تالف"
    for service in found.services.values():
        names = [service.name, *(field.name for field in service.fields), *(document.name for document in service.documents)]
        names += [choice for field in service.fields for choice in field.choices.values()]
        for name in names:
            assert set(name) == {"ar", "en"}
            assert not FORBIDDEN.search(name["ar"] + name["en"])
            assert "{" not in name["ar"] + name["en"]
    assert len({service.name["ar"] for service in found.services.values()}) == 42
    assert len({service.name["en"] for service in found.services.values()}) == 42


def test_what_a_service_asks_for() -> None:
    found = catalogue.default()
    first = {field.code: field for field in found.of("advertisement", "first").fields}
    optional = {"trade_name_en", "radius_m", "footprint", "stayed_up", "removed_on"}
    assert {code for code, field in first.items() if not field.required} == optional
    assert first["width_m"].kind is Kind.METRES
    assert (first["width_m"].fact, first["width_m"].most) == ("width_cm", 20_000)
    assert first["trade_name"].name["en"] == "Name advertised"
    amended = {field.code: field.required for field in found.of("advertisement", "amendment").fields}
    assert {code for code, required in amended.items() if required} == {"license", "changes"}
    assert next(field for field in found.of("shop", "transfer").fields if field.code == "holder").name["ar"] == "اسم المتنازل إليه"
    assert not next(field for field in found.of("shop", "first").fields if field.code == "valid_until").required
    assert [document.code for document in found.of("building", "transfer").documents] == ["identity", "mandate", "assignment", "tax_card"]


def test_what_the_register_does() -> None:
    effects = {procedure: {catalogue.default().of(type_, procedure).effect for type_ in TYPES} for procedure in PROCEDURES}
    replace = {Effect.REPLACE}
    assert effects == {
        "first": {Effect.ISSUE},
        "renewal": {Effect.RENEW},
        **dict.fromkeys(("amendment", "transfer", "replacement"), replace),
        "cancellation": {Effect.REVOKE},
        "paper_copy": {Effect.PRINT},
    }


def test_the_longest_validity_is_the_type_s() -> None:
    for service in catalogue.default().services.values():
        assert service.longest_days == licensed.default().types[service.type].longest_days


def test_only_a_lapsed_advertisement_is_fined() -> None:
    found = catalogue.default().services.values()
    assert {service.type for service in found if service.lapse_fined} == {"advertisement"}
    assert [service.code for service in found if "advertisement_fine" in service.fees] == ["advertisement.first"]


def test_silence_is_no_approval_unless_a_type_says_so() -> None:
    for service in catalogue.default().services.values():
        assert not service.silence_is_approval
        assert service.deadlines[State.UNDER_REVIEW].then == ESCALATE
    text, _ = changed(SERVICES, "    lapse_fined: yes\n", "    lapse_fined: yes\n    silence_is_approval: yes\n")
    own = services(text)
    assert own.of("advertisement", "first").deadlines[State.UNDER_REVIEW] == Deadline(30, "approve")
    assert own.of("shop", "first").deadlines[State.UNDER_REVIEW] == Deadline(30, ESCALATE)
    # A paper copy has no silence to interpret: its machine names none.
    assert own.of("advertisement", "paper_copy").deadlines[State.UNDER_REVIEW] == Deadline(7, ESCALATE)


def test_a_type_has_deadlines_of_its_own() -> None:
    found = catalogue.default()
    assert found.of("building", "first").deadlines[State.UNDER_REVIEW].days == 45
    assert found.of("building", "first").deadlines[State.RETURNED].days == 30
    assert found.of("building", "paper_copy").deadlines[State.UNDER_REVIEW].days == 7


def test_authorities_begin_in_two_waves_of_five() -> None:
    found = catalogue.default()
    for path in ("tests/data/authorities.geojson", "governorate/alexandria/authorities.geojson"):
        features = [each["properties"] for each in json.loads((ROOT / path).read_text("utf-8"))["features"]]
        for wave in found.waves:
            assert set(wave.authorities) == {each["code"] for each in features if each["wave"] == wave.number}
            assert len(wave.authorities) == 5
    first, second = (wave.first_day for wave in found.waves)
    assert not found.open_on("MN1", date.fromordinal(first.toordinal() - 1))
    assert found.open_on("MN1", first)
    assert not found.open_on("MN2", date.fromordinal(second.toordinal() - 1))
    assert found.open_on("MN2", second)
    assert found.open_on("MN1", date(2099, 1, 1))
    assert not found.open_on("XYZ", date(2099, 1, 1))


KIOSK = """  kiosk:
    ar: كشك
    en: Kiosk
    longest_days: 365
    groups: {size: [occupancy_size], term: [fixed_term], until: [until], papers: [occupancy_papers]}
    fees: {first: [occupancy_area]}
"""
INSPECTION = """  inspection:
    ar: معاينة بناء على طلب صاحب ترخيص {type}
    en: "{type} license: inspection on request"
    short: {ar: معاينة, en: Inspection}
    effect: print
    machine: counter
    groups: [existing, representative]
    fees: [message]
"""


def test_a_type_and_a_procedure_are_added_without_code(tmp_path: Path) -> None:
    text, _ = changed(SERVICES, "\ntypes:\n", "\ntypes:\n" + KIOSK)
    text, _ = changed(text, "\nprocedures:\n", "\nprocedures:\n" + INSPECTION)
    types = licensed.default()._replace(types={**licensed.default().types, "kiosk": Type({"ar": "كشك", "en": "Kiosk"}, (), 1096)})
    found = catalogue.load(file_of(tmp_path, "own.yaml", text), types=types)
    assert len(found.services) == 7 * 8
    assert found.of("kiosk", "inspection").name["en"] == "Kiosk license: inspection on request"
    assert found.of("kiosk", "first").longest_days == 365
    assert found.of("kiosk", "renewal").fees == ("examination", "portal_rebate", "message")


def test_a_service_may_have_a_shorter_validity() -> None:
    text, _ = changed(SERVICES, "\nservices:\n", "\nservices:\n  occupancy.renewal: {longest_days: 30}\n")
    assert services(text).of("occupancy", "renewal").longest_days == 30
    assert services(text).of("occupancy", "first").longest_days == 1096


REFUSED = [
    # old, new (the line where it ends is the line named), code
    ("breakdown: ours", "breakdown: guessed", "rules_value_invalid"),
    ("breakdown: ours", "breakdown: ours\nsurprise: 1", "rules_key_unknown"),
    ("kind: license,", "kind: licence,", "rules_value_invalid"),
    ("  trade_name: {kind: text, most: 80,", "  trade_name: {kind: text,", "rules_key_missing"),
    ("  faces: {kind: count, least: 1,", "  faces: {kind: count,", "rules_key_missing"),
    ("  faces: {kind: count, least: 1, most: 20", "  faces: {kind: count, least: 21, most: 20", "rules_value_invalid"),
    ("  valid_from: {kind: day,", "  valid_from: {kind: day, fact: days,", "rules_value_invalid"),
    ("  valid_from: {kind: day,", "  valid_from: {kind: day, most: 3,", "rules_key_unknown"),
    ("  valid_from: {kind: day,", "  valid_from: {kind: choice,", "rules_key_missing"),
    ("  valid_from: {kind: day, ar: بداية الترخيص,", "  valid_from: {kind: day,", "rules_key_missing"),
    ("  identity: {ar: صورة", "  Identity: {ar: صورة", "rules_value_invalid"),
    ("  mandate: {ar", "  identity: {ar", "rules_key_twice"),
    ("existing: {fields: [license]}", "existing: {fields: [licence]}", "rules_reference_unknown"),
    ("existing: {fields: [license]}", "existing: {fields: [license, (license)]}", "rules_key_twice"),
    ("existing: {fields: [license]}", "existing: {documents: [deeds]}", "rules_reference_unknown"),
    ("existing: {fields: [license]}", "existing: {}", "rules_key_missing"),
    ("from: [draft], to: submitted", "from: [drafted], to: submitted", "rules_value_invalid"),
    ("from: [draft], to: submitted", "from: [], to: submitted", "rules_value_invalid"),
    ("to: submitted, by: [citizen, clerk]", "to: submitted, by: [police]", "rules_value_invalid"),
    (
        "apart_from: [enter, submit, resubmit, take_payment, record_inspection, object, bill, reject]",
        "apart_from: [entering]",
        "rules_reference_unknown",
    ),
    ("      [submit, bill,", "      [submitt, bill,", "rules_reference_unknown"),
    ("      draft: {days: 60, then: withdraw}", "      draft: {days: 0, then: withdraw}", "rules_value_invalid"),
    ("      draft: {days: 60, then: withdraw}", "      draft: {days: 60, then: approve}", "rules_value_invalid"),
    ("      draft: {days: 60, then: withdraw}", "      drafts: {days: 60, then: withdraw}", "rules_reference_unknown"),
    ("      draft: {days: 60, then: withdraw}", "      issued: {days: 60, then: escalate}", "rules_reference_unknown"),
    ("    effect: issue", "    effect: grant", "rules_value_invalid"),
    ("    machine: examined", "    machine: exam", "rules_value_invalid"),
    ("    ar: ترخيص {type} لأول مرة", "    ar: ترخيص لأول مرة", "rules_value_invalid"),
    ("    groups: [applicant, premises,", "    groups: [applicants, premises,", "rules_reference_unknown"),
    ("    groups: [applicant, premises,", "    groups: [applicant, representative, premises,", "rules_overlap"),
    ("    groups: [applicant, premises, site,", "    groups: [applicant, site,", "rules_gap"),
    ("    groups: [applicant, premises, site,", "    groups: [applicant, (premises), site,", "rules_gap"),
    ("    groups: [existing, applicant, assignment]", "    groups: [applicant, assignment]", "rules_gap"),
    ("    labels: {holder: {ar: اسم", "    labels: {holders: {ar: اسم", "rules_reference_unknown"),
    ("    fees: [examination, type, transfer, message]", "    fees: [examination, type, transfers, message]", "rules_reference_unknown"),
    ("    fees: [examination, type, transfer, message]", "    fees: [examination, type, message, message]", "rules_key_twice"),
    ("    fees: [type, message]", "    fees: [type, portal_rebate, message]", "rules_gap"),
    ("    fees: [type, message]", "    fees: [type, paper_copy, message]", "rules_gap"),
    ("    fees: {first: [shop_license],", "    fees: {first: [advertisement_area],", "rules_gap"),
    ("    fees: {first: [shop_license],", "    fees: {first: [advertisement_fine],", "rules_value_invalid"),
    ("    fees: {first: [shop_license],", "    fees: {issue: [shop_license],", "rules_key_unknown"),
    ("    longest_days: 1096", "    longest_days: 1097", "rules_longest_exceeded"),
    ("    longest_days: 1096", "    longest_days: open", "rules_longest_exceeded"),
    ("  shop:\n", "  shops:\n", "rules_reference_unknown"),
    ("groups: {size: [shop_size],", "groups: {sizes: [shop_size],", "rules_key_unknown"),
    ("groups: {size: [shop_size],", "groups: {size: [shop_sizes],", "rules_reference_unknown"),
    ("  advertisement.first:", "  advertisement.once:", "rules_reference_unknown"),
    ("{wave: 1, from: 2026-11-01,", "{wave: 1, from: 2026-11-31,", "rules_value_invalid"),
    ("{wave: 1,", "{wave: 2,", "rules_gap"),
    ("{wave: 2, from: 2027-01-01,", "{wave: 2, from: 2026-11-01,", "rules_overlap"),
    ("authorities: [MN2,", "authorities: [MN1,", "rules_overlap"),
    ("authorities: [MN2,", "authorities: [Montaza,", "rules_value_invalid"),
    ("authorities: [MN2,", "authorities: [GRB,", "rules_key_twice"),
]


@pytest.mark.parametrize(("old", "new", "code"), REFUSED)
def test_what_contradicts_itself_is_refused_with_its_line(old: str, new: str, code: str) -> None:
    text, line = changed(SERVICES, old, new)
    error = refused(services, text)
    assert (error.code, error.line) == (code, line), error
    assert str(error).startswith(f"{code}: services.yaml:{line}")
    assert say(error.code, "ar", error.detail) != say(error.code, "en", error.detail)


def line_of(text: str, marker: str) -> int:
    return text[: text.index(marker)].count("\n") + 1


def test_a_type_that_lacks_what_procedures_use_is_refused() -> None:
    text, _ = changed(SERVICES, "{size: [shop_size], term", "{term")
    error = refused(services, text)
    assert (error.code, error.line) == ("rules_key_missing", line_of(text, "  shop:\n"))


def test_an_advertisement_without_a_fine_is_refused() -> None:
    text, _ = changed(SERVICES, ", advertisement_fine]", "]")
    error = refused(services, text)
    assert (error.code, error.line) == ("rules_gap", line_of(text, "  advertisement:\n"))


def test_a_state_without_a_deadline_is_refused() -> None:
    text, _ = changed(SERVICES, "      objection: {days: 30, then: escalate}\n", "")
    error = refused(services, text)
    assert (error.code, error.line) == ("rules_gap", line_of(text, "    deadlines:\n"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("approve, reject, object,", "reject, object,"),  # nothing is ever issued
        ("issue,\n       reopen, withdraw]", "reopen, withdraw]"),
        ("[submit, bill, accept, pay, return, resubmit, request", "[bill, accept, pay, return, resubmit, request"),
        ("return, resubmit, request_inspection, record_inspection,", "return, resubmit, record_inspection,"),
        ("object, uphold, dismiss, issue,", "object, dismiss, issue,"),  # an objection has no end
    ],
)
def test_a_machine_that_cannot_reach_an_end_is_refused(old: str, new: str) -> None:
    text, _ = changed(SERVICES, old, new)
    error = refused(services, text)
    assert (error.code, error.line) == ("rules_machine_stuck", line_of(text, "    actions:\n"))


def test_a_machine_that_issues_unpaid_is_refused() -> None:
    text, _ = changed(SERVICES, "from: [objection]\n    to: submitted", "from: [objection]\n    to: under_review")
    error = refused(services, text)
    assert (error.code, error.line) == ("rules_unpaid", line_of(text, "    actions:\n"))


def test_nobody_can_be_let_approve_what_he_entered_took_money_for_or_inspected() -> None:
    hands = "enter, submit, resubmit, take_payment, record_inspection"
    approve = f"    by: [reviewer, manager, system]\n    apart_from: [{hands}]\n"
    for hand in hands.split(", "):  # whoever sends it in again has entered it too
        fewer = ", ".join(each for each in hands.split(", ") if each != hand)
        text, _ = changed(SERVICES, approve, approve.replace(hands, fewer))
        error = refused(services, text)
        assert (error.code, error.line) == ("rules_not_separated", line_of(text, "  approve:\n"))
    issue = SERVICES.index("  issue:\n")
    text = SERVICES[:issue] + SERVICES[issue:].replace(f"[{hands}]", "[enter, submit, resubmit]", 1)
    error = refused(services, text)
    assert (error.code, error.line) == ("rules_not_separated", line_of(text, "  issue:"))
    alone = SERVICES[:issue] + SERVICES[issue:].replace("by: [reviewer, manager, system]", "by: [system]", 1)
    assert len(services(alone).services) == 42, "the program is nobody's person"


def test_a_type_that_cannot_be_licensed_is_refused() -> None:
    fewer = licensed.default()._replace(types={code: each for code, each in licensed.default().types.items() if code != "shop"})
    with pytest.raises(RuleError, match="rules_reference_unknown"):
        services(SERVICES, types=fewer)


def test_what_a_license_requires_is_asked_for() -> None:
    types = dict(licensed.default().types)
    types["shop"] = types["shop"]._replace(requires=("floors",))
    with pytest.raises(RuleError, match=r"rules_gap: services.yaml:\d+: shop.first does not ask for floors"):
        services(SERVICES, types=licensed.default()._replace(types=types))


def test_months_are_counted_only_where_a_term_has_an_end() -> None:
    rule = "{ar: x, en: x, versions: [{version: a, from: 2026-01-01, sample: yes, rate: {piastres: 1, times: [months]}}]}"
    monthly = fees(changed(FEES, "\nrules:\n", f"\nrules:\n  monthly: {rule}\n")[0])
    text, _ = changed(SERVICES, "fees: {first: [building_area],", "fees: {first: [building_area, monthly],")
    assert services(text, fees=monthly).of("building", "first").fees[1:3] == ("building_area", "monthly")
    text, _ = changed(SERVICES, "fees: {first: [shop_license],", "fees: {first: [shop_license, monthly],")
    with pytest.raises(RuleError, match=r"rules_gap: services.yaml:\d+: shop.first does not ask for months"):
        services(text, fees=monthly)


def test_fees_that_the_schedules_lack_are_refused() -> None:
    text, _ = changed(FEES, "  transfer:\n", "  transfers:\n")
    with pytest.raises(RuleError, match=r"rules_reference_unknown: services.yaml:\d+: fee transfer"):
        services(SERVICES, fees=fees(text))


LINES = SERVICES.splitlines(keepends=True)


@settings(max_examples=share(150), deadline=None)
@given(st.integers(0, len(LINES) - 1), st.sampled_from(["drop", "twice", "indent", "cut", "swap"]), st.integers(0, 100))
def test_a_damaged_file_is_read_or_refused_with_a_line(index: int, damage: str, at: int) -> None:
    line = LINES[index]
    put = {"drop": "", "twice": line * 2, "indent": " " + line, "cut": line[:at], "swap": line.replace("[", "{", 1)}[damage]
    text = "".join([*LINES[:index], put, *LINES[index + 1 :]])
    try:
        found = services(text)
    except RuleError as error:
        assert 1 <= error.line <= text.count("\n") + 1
        assert say(error.code, "en", error.detail)
    else:
        assert len(found.services) in (42, 35, 36)


def paths(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Where every mapping and list of a file is."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in paths(each, (*path, key)))]


PLAIN = yaml.load(SERVICES, Loader=yaml.CBaseLoader)


@settings(max_examples=share(150), deadline=None)
@given(
    st.sampled_from(paths(PLAIN)[1:]),
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2) | st.just({"x": "y"}),
)
def test_any_value_in_any_place_is_read_or_refused(path: tuple[object, ...], value: object) -> None:
    file = deepcopy(PLAIN)
    parent = file
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    text = yaml.dump(file, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    try:
        services(text)
    except RuleError as error:
        assert 1 <= error.line <= text.count("\n") + 1
