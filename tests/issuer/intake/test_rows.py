"""Rows as offices hand them over: accepted, or refused with the field and the code."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governorate import licensed
from issuer.intake.columns import NAMES
from issuer.intake.row import Row
from issuer.intake.rows import Competence, Entry, Refusal, Rules, identity
from issuer.sentences import say
from seal import license as licenses
from seal.license import License
from seal.site import Point, Site
from tests.issuer.intake.conftest import DATA, GOOD, Judged, table_of
from tests.share import share

EXPECTED = {int(each["line"]): each for each in table_of("alexandria_licenses_dirty.expected.csv")}
# Line 17 is line 2 once more: a row alone cannot know, the register tells by its identity.
DUPLICATE, FIRST = 17, 2


def outcome(found: Judged) -> tuple[str, str, str]:
    return ("reject", found.field, found.code) if isinstance(found, Refusal) else ("accept", "", "")


@pytest.fixture(scope="module")
def dirty(judged: Callable[[Path], list[Judged]]) -> dict[int, Judged]:
    return {found.line: found for found in judged(DATA / "alexandria_licenses_dirty.csv")}


def test_the_dirty_file_has_every_expected_line(dirty: dict[int, Judged]) -> None:
    assert set(dirty) == set(EXPECTED)
    assert len(EXPECTED) == 31


@pytest.mark.parametrize("line", sorted(set(EXPECTED) - {DUPLICATE}))
def test_each_dirty_row_is_judged_as_expected(dirty: dict[int, Judged], line: int) -> None:
    expected = EXPECTED[line]
    assert outcome(dirty[line]) == (expected["expect"], expected["field"], expected["code"]), expected["why"]


def test_a_repeated_row_has_the_identity_of_the_first(dirty: dict[int, Judged]) -> None:
    accepted = {line: found for line, found in dirty.items() if isinstance(found, Entry)}
    identities = {line: identity(entry) for line, entry in accepted.items()}
    assert identities[DUPLICATE] == identities[FIRST]
    assert len(set(identities.values())) == len(identities) - 1
    refusal = Refusal.of(accepted[DUPLICATE], "duplicate_row", f"line {FIRST}")
    assert (refusal.line, refusal.field, refusal.code) == (17, EXPECTED[17]["field"], EXPECTED[17]["code"])
    assert refusal.cells == accepted[FIRST].cells


def test_dirty_rows_become_the_license_that_was_meant(dirty: dict[int, Judged]) -> None:
    held = {line: found.license for line, found in dirty.items() if isinstance(found, Entry)}
    plain = held[2]
    texts = ("bakery", "مخبز الأمل", "سامي فؤاد حسن", "شارع 12، عقار 7")
    assert plain == License("MN1", "shop", *texts, Site(Point(31.275, 30.005), 30), {}, date(2026, 3, 1), None)
    for line in (4, 5, 6):
        assert held[line].site.point == pytest.approx(plain.site.point, abs=1e-9)
    assert held[10].first_day == date(2026, 3, 15)
    assert held[24].details == {"width_cm": 600, "height_cm": 300}
    assert held[25].trade_name == '=HYPERLINK("http://example.invalid","x")'
    assert held[27].trade_name == "محل ذهب"
    assert held[28].trade_name == "محل نظارات"
    assert held[31].last_day == held[31].first_day


def test_all_thousand_licenses_are_accepted_each_with_its_own_identity(judged: Callable[[Path], list[Judged]]) -> None:
    found = judged(DATA / "alexandria_licenses.csv")
    assert [outcome(each) for each in found] == [("accept", "", "")] * 1000
    entries = [each for each in found if isinstance(each, Entry)]
    assert len({identity(entry) for entry in entries}) == 1000
    assert [entry.line for entry in entries] == list(range(2, 1002))
    assert sum(entry.license.last_day is None for entry in entries) == 623
    for entry, cells in zip(entries, table_of("alexandria_licenses.csv"), strict=True):
        assert entry.license.site.point == (float(cells["latitude"]), float(cells["longitude"]))
        assert bool(entry.license.site.footprint) == bool(cells["footprint"])
        assert entry.license.holder == cells["holder"]


BREACHES = [
    ({"type": ""}, "type", "type_missing"),
    ({"type": "x" * 100}, "type", "type_unknown"),
    ({"authority": " "}, "authority", "authority_missing"),
    ({"authority": "mn11"}, "authority", "authority_unknown"),
    ({"activity": ""}, "activity", "activity_missing"),
    ({"activity": "س" * 61}, "activity", "activity_too_long"),
    ({"trade_name": "#N/A"}, "trade_name", "cell_error"),
    ({"trade_name": "ab\u2063cd"}, "trade_name", "control_character"),
    ({"trade_name": "س" * 2000}, "trade_name", "trade_name_too_long"),
    ({"holder": "\u200f \u200b"}, "holder", "holder_missing"),
    ({"holder": "ن" * 81}, "holder", "holder_too_long"),
    ({"address": ""}, "address", "address_missing"),
    ({"address": "ع" * 121}, "address", "address_too_long"),
    ({"latitude": ""}, "latitude", "latitude_missing"),
    ({"longitude": "شرق"}, "longitude", "longitude_invalid"),
    ({"longitude": "190"}, "longitude", "longitude_range"),
    ({"latitude": "31.2"}, "latitude", "site_outside_authority"),
    ({"radius_m": ""}, "radius_m", "radius_missing"),
    ({"radius_m": "30.5"}, "radius_m", "radius_invalid"),
    ({"radius_m": "-30"}, "radius_m", "radius_invalid"),
    ({"footprint": "POLYGON((30.005 31.275, 30.0053 31.275, 30.0053 31.2753, 30.005 31.275))"}, "radius_m", "radius_and_footprint"),
    ({"footprint": "31.275 30.005"}, "footprint", "footprint_invalid"),
    ({"type": "advertisement", "width_m": "6", "valid_until": "2027-01-01"}, "height_m", "size_missing"),
    ({"width_m": "6 cm"}, "width_m", "size_invalid"),
    ({"width_m": "1.234"}, "width_m", "size_invalid"),
    ({"height_m": "0"}, "height_m", "size_range"),
    ({"height_m": "200.01"}, "height_m", "size_range"),
    ({"faces": "2.5"}, "faces", "size_invalid"),
    ({"floors": "201"}, "floors", "size_range"),
    ({"valid_from": ""}, "valid_from", "valid_from_missing"),
    ({"valid_from": "03/15/2026"}, "valid_from", "date_invalid"),
    ({"valid_from": "1899-12-31"}, "valid_from", "date_range"),
    ({"valid_until": "1899-12-31"}, "valid_until", "date_range"),
    ({"valid_until": "2256-01-01"}, "valid_until", "leave_empty"),
    ({"valid_until": "#N/A"}, "valid_until", "date_invalid"),
    ({"type": "occupancy"}, "valid_until", "valid_until_missing"),
    ({"type": "occupancy", "valid_until": "2029-03-01"}, "valid_until", "validity_too_long"),
    ({"source_id": "7" * 65}, "source_id", "source_id_too_long"),
    ({"source_id": "a\u202eb"}, "source_id", "direction_override"),
    ({"source_id": "#REF!"}, "source_id", "cell_error"),
]


@pytest.mark.parametrize(("fields", "field", "code"), BREACHES)
def test_each_breach_has_its_field_its_code_and_a_sentence(
    row: Callable[..., Judged], fields: dict[str, str], field: str, code: str
) -> None:
    found = row(**fields)
    assert outcome(found) == ("reject", field, code)
    assert isinstance(found, Refusal)
    assert say(found.code, "ar", found.detail) != say(found.code, "en", found.detail)
    assert "{" not in say(found.code, "en", found.detail)


ACCEPTED = [
    ({"type": " SHOP "}, "type", "shop"),
    ({"type": "محل عام"}, "type", "shop"),
    ({"authority": "mn1"}, "authority", "MN1"),
    ({"activity": "Bakery"}, "activity", "bakery"),
    ({"activity": "مولات"}, "activity", "مولات"),
    ({"width_m": "٢٫٥", "height_m": "3,25"}, "details", {"width_cm": 250, "height_cm": 325}),
    ({"faces": "2.0", "floors": "٣"}, "details", {"faces": 2, "floors": 3}),
    ({"type": "occupancy", "valid_until": "2029-02-28"}, "last_day", date(2029, 2, 28)),
]


@pytest.mark.parametrize(("fields", "name", "value"), ACCEPTED)
def test_other_ways_to_write_the_same_are_understood(row: Callable[..., Judged], fields: dict[str, str], name: str, value: object) -> None:
    found = row(**fields)
    assert isinstance(found, Entry), found
    assert getattr(found.license, name) == value


def test_the_type_must_be_one_the_authority_may_license(authorities: dict[str, Competence]) -> None:
    narrow = authorities | {"MN1": authorities["MN1"]._replace(types={"building": 100, "shop": 400})}
    rules = Rules(narrow, licensed.default())

    def judge(**fields: str) -> tuple[str, str, str]:
        return outcome(rules.entry(Row(2, (), GOOD | fields, "")))

    assert judge(type="restoration", valid_until="2026-03-02") == ("reject", "type", "type_not_permitted")
    assert judge(type="building", valid_until="2026-06-08") == ("accept", "", "")
    assert judge(type="building", valid_until="2026-06-09") == ("reject", "valid_until", "validity_too_long")
    assert judge() == ("reject", "valid_until", "valid_until_missing")


def test_a_source_id_is_the_identity_within_its_authority(row: Callable[..., Judged]) -> None:
    def of(**fields: str) -> bytes:
        found = row(**fields)
        assert isinstance(found, Entry), found
        return identity(found)

    assert of(source_id=" 17 ") == of(source_id="17", trade_name="اسم آخر", radius_m="50")
    assert of(source_id="17") != of(source_id="18")
    assert of(source_id="17") != of(source_id="17", authority="MN2", latitude="31.2", longitude="30.05")
    assert of() == of(latitude="31°16'30\"", radius_m="50", valid_until="2026-12-31", type="Shop")
    others = [{"trade_name": "مخبز الامل"}, {"holder": "سامي"}, {"valid_from": "2026-03-02"}, {"latitude": "31.275001"}]
    assert len({of(), *(of(**other) for other in others)}) == 5


@settings(max_examples=share(300), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(NAMES)), st.text(max_size=60)))
def test_no_row_is_more_than_a_license_within_the_limits_or_a_refusal_with_a_sentence(
    row: Callable[..., Judged], fields: dict[str, str]
) -> None:
    found = row(**fields)
    if isinstance(found, Entry):
        licenses.check(found.license)
        assert len(identity(found)) == 16
    else:
        assert found.field in NAMES
        assert say(found.code, "ar", found.detail)
