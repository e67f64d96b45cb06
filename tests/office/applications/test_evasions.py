"""What somebody would try to pay less, or to pay nothing, for an advertisement that stayed up; and whom that must not hit."""

from datetime import date

import pytest

from issuer.register import history
from office.applications import drafts, views
from office.applications.context import UnitOfWork
from office.applications.errors import ApplicationError, RefusedError
from office.services.cases import Case
from tests.office.applications.workplace import CITIZEN, CLERK, MANAGER, NOW, REVIEWER, STRANGER, Workplace, advertisement, moment, shop

LAST = "2027-11-30"  # of the permit that `advertisement` asks for
LATE = moment("2028-02-29")
AROUND = "POLYGON((30.0045 31.2749, 30.0055 31.2749, 30.0055 31.2756, 30.0045 31.2756, 30.0045 31.2749))"
SIZES = {"width_m": "4", "height_m": "3", "faces": "1", "lighting": "lit"}


def anew(**fields: str) -> dict[str, str]:
    """The same board, applied for after its permit ran out."""
    return advertisement(valid_from="2028-03-01", valid_until="2029-02-28", **fields)


def case(here: Workplace, fields: dict[str, str], *, now: int = LATE, actor=CITIZEN) -> Case:
    found = here.show(here.submitted("advertisement.first", fields, actor=actor, now=now)).case
    assert found is not None
    return found


def refused(here: Workplace, service: str, fields: dict[str, str], *, now: int) -> list[tuple[str, str]]:
    key = here.draft(service, fields, now=now)
    with pytest.raises(RefusedError) as error:
        here.submit(key, now=now)
    return [(fault.field, fault.code) for fault in error.value.faults]


# A step to the side.


@pytest.mark.parametrize(
    ("metres", "change"),
    [
        (38, {"radius_m": "60"}),  # beyond 30 m, but the new license would be valid where the old board stands
        (110, {"radius_m": "150"}),
        (20, {"trade_name": "اسم آخر تماماً"}),  # another name, the same holder
        (38, {"trade_name": "اسم آخر تماماً", "radius_m": "60"}),
        (38, {"holder": "شخص آخر", "radius_m": "60"}),
        (38, {"radius_m": "", "footprint": AROUND}),
    ],
)
def test_a_license_that_would_cover_a_lapsed_board_is_asked_about_it(sqlite: Workplace, metres: int, change: dict[str, str]) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    found = case(sqlite, anew(latitude=f"{31.275 + metres / 110_850:.6f}", **change))
    assert (found.kind, found.previous, found.fine.outcome) == ("lapsed", old, "unknown")


@pytest.mark.parametrize(
    ("metres", "change"),
    [
        (38, {}),  # it covers 20 m: another place
        (150, {"radius_m": "140"}),
        (20, {"trade_name": "اسم آخر تماماً", "holder": "شخص آخر"}),
    ],
)
def test_a_board_elsewhere_or_of_somebody_else_is_not_held_against_it(sqlite: Workplace, metres: int, change: dict[str, str]) -> None:
    sqlite.issued("advertisement.first", advertisement())
    assert case(sqlite, anew(latitude=f"{31.275 + metres / 110_850:.6f}", **change)).kind == "first"


def test_a_second_board_beside_one_that_runs_is_a_first_issue(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    beside = advertisement(trade_name="لوحة ثانية", latitude="31.27535", radius_m="60")
    assert case(sqlite, beside, now=NOW).kind == "first"


def test_a_second_board_beside_one_that_was_renewed_is_a_first_issue(sqlite: Workplace) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    renewal = advertisement(license=old, valid_from="", valid_until="2028-11-30")
    sqlite.issued("advertisement.renewal", renewal, now=moment("2027-11-20"))
    assert case(sqlite, anew(trade_name="لوحة ثانية", latitude="31.27518")).kind == "first"


def test_what_stands_on_the_spot_goes_before_what_is_only_covered(sqlite: Workplace) -> None:
    own = sqlite.issued("advertisement.first", advertisement(valid_until="2027-10-31"))[1]
    sqlite.issued("advertisement.first", advertisement(trade_name="لوحة ثانية", latitude="31.27518"))
    assert case(sqlite, anew(stayed_up="yes")).previous == own, "though the other ended later"


# A neighbour.


@pytest.mark.parametrize("change", [{}, {"transfer": "مالك جديد"}])
def test_a_neighbour_who_renewed_leaves_no_lapse_behind(sqlite: Workplace, change: dict[str, str]) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    now, fields = moment("2027-11-20"), {"license": old, "valid_from": "", "valid_until": "2028-11-30"}
    new = sqlite.issued("advertisement.renewal", advertisement(**fields), now=now)[1]
    if change:  # in another name now, both the board and its holder: only the link tells
        sqlite.issued("advertisement.transfer", {"license": new, "holder": change["transfer"]}, now=now)
        amended = {"license": new, "trade_name": "اسم ثالث", "lighting": "lit", "changes": "الاسم"}
        sqlite.issued("advertisement.amendment", amended, now=now)
    beside = anew(trade_name="صيدلية النور", holder="شخص آخر", latitude="31.27501")
    assert case(sqlite, beside, actor=STRANGER).kind == "first"


def test_a_neighbour_who_let_it_lapse_is_asked_about_on_the_spot(sqlite: Workplace) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    beside = anew(trade_name="صيدلية النور", holder="شخص آخر", latitude="31.27501")
    assert case(sqlite, beside, actor=STRANGER).previous == old


# Changing what the fine is reckoned by.


@pytest.mark.parametrize(
    ("service", "fields"),
    [
        ("advertisement.amendment", {"width_m": "0.1", "height_m": "0.1", "faces": "1", "lighting": "lit", "changes": "المقاس"}),
        ("advertisement.transfer", {"holder": "شخص آخر"}),
        ("advertisement.replacement", {"circumstances": "فقد"}),
    ],
)
def test_a_permit_that_ran_out_is_not_made_smaller_or_somebody_else_s(sqlite: Workplace, service: str, fields: dict[str, str]) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    now = moment("2027-12-01")
    assert refused(sqlite, service, {"license": old, **fields}, now=now) == [("license", "license_not_in_force")]
    sqlite.submitted(service, {"license": old, **fields}, now=moment(LAST))


def test_a_change_that_waited_beyond_the_end_is_not_sealed(sqlite: Workplace) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    smaller = {"license": old, "width_m": "0.1", "height_m": "0.1", "faces": "1", "lighting": "lit", "changes": "المقاس"}
    number = sqlite.submitted("advertisement.amendment", smaller, now=moment(LAST))
    sqlite.pay(number, now=moment(LAST))
    sqlite.do("approve", number, now=moment(LAST))
    with pytest.raises(ApplicationError) as error:
        sqlite.issue(number, now=moment("2027-12-01"))
    assert error.value.code == "cannot_issue"
    assert history.show(sqlite.engine, old).claims.license.details["width_cm"] == 400


@pytest.mark.parametrize(("first", "code"), [("2026-11-23", ["valid_from_past"]), ("2024-12-01", ["valid_from_past"]), ("2026-11-24", [])])
def test_nobody_is_licensed_for_days_that_are_over(sqlite: Workplace, first: str, code: list[str]) -> None:
    key = sqlite.draft("advertisement.first", advertisement(valid_from=first, valid_until="2026-12-31"))
    if code:
        assert [each for _, each in refused(sqlite, "advertisement.first", advertisement(valid_from=first), now=NOW)] == code
    else:
        sqlite.submit(key)


def test_sent_in_again_it_begins_as_it_was_first_submitted(sqlite: Workplace) -> None:
    number = sqlite.submitted("shop.first", shop(valid_from="2026-11-24"))
    sqlite.pay(number)
    sqlite.do("return_", number, reason="x", now=NOW + 86_400)
    sqlite.do("resubmit", number, actor=CITIZEN, now=NOW + 5 * 86_400)
    shown = sqlite.show(number).license
    assert shown is not None
    assert shown.first_day == date(2026, 11, 24)


# Withdrawing, and the one application that is about another permit now.


def test_whoever_withdraws_and_applies_again_owes_for_the_longer_time(here: Workplace) -> None:
    here.issued("advertisement.first", advertisement())
    first = here.submitted("advertisement.first", anew(stayed_up="yes"), now=moment("2028-01-29"))
    here.do("withdraw", first, actor=CITIZEN, now=moment("2028-01-30"))
    again = here.show(here.submitted("advertisement.first", anew(stayed_up="yes"), now=LATE))
    assert (again.case.kind, again.case.fine.period.days) == ("lapsed", 91)


def test_withdrawn_in_time_and_applied_for_again_too_late_is_a_lapse(sqlite: Workplace) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    fields = advertisement(license=old, valid_from="", valid_until="2028-11-30")
    first = sqlite.submitted("advertisement.renewal", fields, now=moment(LAST))
    sqlite.do("withdraw", first, actor=CITIZEN, now=moment(LAST))
    again = sqlite.submitted("advertisement.renewal", fields, now=moment("2027-12-01"))
    assert sqlite.show(again).case.kind == "lapsed"


def test_an_upheld_objection_is_to_the_fine_of_its_own_permit(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    other = sqlite.issued("advertisement.first", advertisement(trade_name="لوحة أخرى", latitude="31.2760"))[1]
    number = sqlite.submitted("advertisement.first", anew(stayed_up="yes"), now=LATE)
    sqlite.do("object_", number, actor=CITIZEN, reason="أزيل", now=LATE)
    sqlite.do("decide", number, actor=MANAGER, upheld=True, reason="ثبت", now=LATE)
    sqlite.pay(number, now=LATE)
    sqlite.do("return_", number, reason="الموقع", now=LATE)
    with sqlite.engine.begin() as connection:
        moved = {"trade_name": "لوحة أخرى", "latitude": "31.2760"}
        drafts.update_fields(UnitOfWork(connection, sqlite.office, CITIZEN, LATE), number, moved)
    sqlite.do("resubmit", number, actor=CITIZEN, now=LATE)
    shown = sqlite.show(number)
    assert (shown.state, shown.case.previous, shown.case.fine.outcome) == ("awaiting_payment", other, "due")


def test_an_upheld_objection_stays_upheld_when_the_same_is_sent_in_again(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    number = sqlite.submitted("advertisement.first", anew(stayed_up="yes"), now=LATE)
    sqlite.do("object_", number, actor=CITIZEN, reason="أزيل", now=LATE)
    sqlite.do("decide", number, actor=MANAGER, upheld=True, reason="ثبت", now=LATE)
    sqlite.pay(number, now=LATE)
    sqlite.do("return_", number, reason="الصورة", now=LATE)
    sqlite.do("resubmit", number, actor=CITIZEN, now=LATE)
    shown = sqlite.show(number)
    assert (shown.state, shown.case.fine.outcome) == ("under_review", "cancelled")


def test_an_objection_is_decided_once(here: Workplace) -> None:
    here.issued("advertisement.first", advertisement())
    number = here.submitted("advertisement.first", anew(stayed_up="yes"), now=LATE)

    def objects(upheld: bool) -> None:
        here.do("object_", number, actor=CITIZEN, reason="x", now=LATE)
        here.do("decide", number, actor=MANAGER, upheld=upheld, reason="y", now=LATE)

    def is_refused() -> bool:
        with pytest.raises(ApplicationError) as error:
            here.do("object_", number, actor=CITIZEN, reason="x", now=LATE)
        return error.value.code == "objection_decided"

    objects(upheld=False)
    assert is_refused(), "or its deadline would begin anew for ever"
    here.pay(number, now=LATE)
    here.do("request_inspection", number, now=LATE)
    here.do("record_inspection", number, actor=CLERK, outcome="fits", stayed_up="yes", reason="رؤي", now=LATE)
    objects(upheld=False)
    here.do("reject", number, reason="مخالف", now=LATE)
    objects(upheld=False)
    assert is_refused()


# Removed, and put up again.


def test_a_board_that_was_put_up_again_is_told_by_nobody(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    number = sqlite.submitted("advertisement.first", anew(stayed_up="no", removed_on="2027-12-05"), now=LATE)
    assert sqlite.show(number).case.fine.period.days == 5
    sqlite.pay(number, now=LATE)

    def inspected(**found: object) -> str:
        sqlite.do("request_inspection", number, now=LATE)
        sqlite.do("record_inspection", number, actor=CLERK, outcome="fits", reason="x", now=LATE, **found)
        fine = sqlite.show(number).case.fine
        return f"{fine.outcome} {fine.reason}"

    assert inspected(stayed_up="yes") == "due fine_stayed_up", "what was seen outranks what was said"
    sqlite.pay(number, now=LATE)
    assert inspected(stayed_up="no", removed_on=date(2027, 12, 20)) == "unknown fine_evidence_conflicts"
    with pytest.raises(ApplicationError) as error:
        sqlite.do("approve", number, now=LATE)
    assert error.value.code == "fine_unknown"
    sqlite.do("object_", number, actor=CITIZEN, reason="x", now=LATE)
    sqlite.do("decide", number, actor=MANAGER, upheld=True, reason="y", now=LATE)
    sqlite.do("approve", number, now=LATE)
    sqlite.issue(number, now=LATE)


def test_taken_down_after_the_inspector_came_is_fined_up_to_the_submission(here: Workplace) -> None:
    here.issued("advertisement.first", advertisement())
    number = here.submitted("advertisement.first", anew(), now=LATE)
    here.pay(number, now=LATE)
    for day, stayed in (("2028-03-03", "yes"), ("2028-03-10", "no")):
        now = moment(day)
        if here.show(number).state == "awaiting_payment":
            here.pay(number, now=now)
        here.do("request_inspection", number, now=now)
        here.do("record_inspection", number, actor=CLERK, outcome="fits", stayed_up=stayed, reason="x", now=now)
    fine = here.show(number).case.fine
    assert (fine.outcome, fine.period.days, here.state(number)) == ("due", 91, "under_review")


# What an application counts as, sent in again.


@pytest.mark.parametrize(
    ("service", "fields", "now", "counts_as"),
    [
        ("advertisement.first", advertisement(valid_until="2028-11-30"), moment("2027-06-01"), "advertisement.renewal"),
        ("advertisement.renewal", {"holder": "منى علي حسن", **SIZES}, LATE, "advertisement.first"),
    ],
)
def test_what_counts_as_another_procedure_can_be_sent_in_again(
    sqlite: Workplace, service: str, fields: dict[str, str], now: int, counts_as: str
) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    named = {"license": old, "valid_until": "2029-02-28"} if service.endswith("renewal") else {}
    number = sqlite.submitted(service, fields | named, now=now)
    before = sqlite.show(number)
    assert before.service == counts_as
    sqlite.pay(number, now=now)
    sqlite.do("return_", number, reason="x", now=now)
    sqlite.do("resubmit", number, actor=CITIZEN, now=now)
    assert sqlite.show(number).license == before.license


def test_a_stranger_who_names_a_license_does_not_make_its_holder_s_lapse(sqlite: Workplace) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    fields = advertisement(license=old, valid_from="", valid_until="2028-11-30")
    now = moment(LAST)
    strange = sqlite.submitted("advertisement.renewal", fields, actor=STRANGER, now=now)
    own = sqlite.submitted("advertisement.renewal", fields, now=now)
    assert sqlite.show(own).case.kind == "renewal"
    with sqlite.engine.connect() as connection:
        assert strange in {each.number for each in views.alike(connection, own, actor=REVIEWER)}, "the reviewer sees both"
    assert refused(sqlite, "advertisement.renewal", fields, now=now) == [("", "application_open")], "one's own counts at once"
    sqlite.pay(own, now=now)
    with pytest.raises(RefusedError):
        sqlite.submitted("advertisement.renewal", fields, actor=STRANGER, now=now)
    for number in (own, strange):
        if sqlite.state(number) == "awaiting_payment":
            sqlite.pay(number, now=now)
        sqlite.do("approve", number, now=now)
    sqlite.issue(own, now=now)
    with pytest.raises(ApplicationError) as error:
        sqlite.issue(strange, now=now)
    assert error.value.code == "already_renewed"


def test_two_of_one_kind_that_were_submitted_at_once_are_one(here: Workplace) -> None:
    from concurrent.futures import ThreadPoolExecutor

    old = here.issued("advertisement.first", advertisement())[1]
    fields = advertisement(license=old, valid_from="", valid_until="2028-11-30")
    now = moment("2027-06-01")
    keys = [here.draft("advertisement.renewal", fields, now=now) for _ in range(6)]

    def submit(key: str) -> str:
        try:
            return here.submit(key, now=now)
        except RefusedError as error:
            return ", ".join(fault.code for fault in error.faults)

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(submit, keys))
    assert outcomes[1:] == ["application_open"] * 5
    assert outcomes[0].startswith("APP-MN1-2027-000001-"), "the refused took no number"
    with here.engine.connect() as connection:
        assert len(views.about(connection, here.office, old, actor=REVIEWER)) == 2
