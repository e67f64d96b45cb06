"""The three cases of an advertisement, decided from the register's history of its site, and the fine that follows."""

import json

import pytest

from issuer.register import history
from office.applications import sites, views
from office.applications.errors import ApplicationError, RefusedError
from office.payments import bills
from tests.office.applications.workplace import CITIZEN, CLERK, MANAGER, NOW, STRANGER, Workplace, advertisement, moment, shop

LAST = "2027-11-30"
RUNNING = moment("2027-06-01")


def faults(here: Workplace, key: str, *, actor=CITIZEN, now: int = NOW) -> tuple[set[tuple[str, str]], str]:
    """What a form is refused for, and the service it counts as."""
    with pytest.raises(RefusedError) as refused:
        here.submit(key, actor=actor, now=now)
    return {(fault.field, fault.code) for fault in refused.value.faults}, refused.value.service


def total(here: Workplace, number: str) -> int:
    with here.engine.connect() as connection:
        return sum(bill.piastres for bill in bills.of_subject(connection, number) if bill.state != "cancelled")


@pytest.fixture
def permit(here: Workplace) -> str:
    """A billboard whose permit runs to 30 November 2027."""
    return here.issued("advertisement.first", advertisement())[1]


@pytest.mark.parametrize("spot", ["2027-06-01", LAST])
def test_while_the_permit_runs_a_first_application_counts_as_renewal(here: Workplace, permit: str, spot: str) -> None:
    fields = advertisement(latitude="31.27502", valid_from="2027-12-01", valid_until="2028-11-30")
    number = here.submitted("advertisement.first", fields, now=moment(spot))
    shown = here.show(number)
    assert (shown.service, shown.case.kind, shown.subject) == ("advertisement.renewal", "renewal", permit)
    assert shown.license.first_day.isoformat() == "2027-12-01"


def test_at_one_second_to_midnight_it_is_still_a_renewal_and_a_second_later_it_is_not(here: Workplace, permit: str) -> None:
    from datetime import date

    from seal import days

    end = days.exp_of(date.fromisoformat(LAST))
    fields = advertisement(license=permit, valid_until="2028-11-30")
    with here.engine.connect() as connection:
        for second, kind in ((end - 1, "renewal"), (end, "lapsed")):
            from office.applications import casework

            service = here.office.service("advertisement.renewal")
            day = days.day_of(second)
            prepared = casework.prepare(connection, here.office, service, fields, authority="", submitted=day, today=day)
            assert prepared.case.kind == kind


def test_a_renewal_of_a_permit_that_lapsed_counts_as_first_issue(here: Workplace, permit: str) -> None:
    key = here.draft("advertisement.renewal", advertisement(license=permit, valid_from="", valid_until="2028-11-30"))
    number = here.submit(key, now=moment("2028-02-29"))
    shown = here.show(number)
    assert (shown.service, shown.case.kind, shown.subject) == ("advertisement.first", "lapsed", permit)
    assert shown.case.fine.outcome == "unknown"
    assert shown.license.first_day.isoformat() == "2028-02-29"


def test_the_fine_that_nobody_knows_is_not_left_out(here: Workplace, permit: str) -> None:
    fields = advertisement(valid_from="2028-03-01", valid_until="2029-02-28")
    number = here.submitted("advertisement.first", fields, now=moment("2028-02-29"))
    assert here.show(number).case.fine.outcome == "unknown"
    here.pay(number, now=moment("2028-02-29"))
    with pytest.raises(ApplicationError) as refused:
        here.do("approve", number)
    assert refused.value.code == "fine_unknown"


def lapsed(here: Workplace, day: str, **statement: str) -> str:
    fields = advertisement(valid_from=day, valid_until="2029-02-28", **statement)
    return here.submitted("advertisement.first", fields, now=moment(day))


# 4 m by 3 m, one face: 12 m² times the sample's rates for each day (100 to day 60, 150 to day 120, then 200).
@pytest.mark.parametrize(
    ("day", "days_", "fine"),
    [
        ("2027-12-01", 1, 12 * 100),
        ("2028-01-29", 60, 12 * 6_000),
        ("2028-01-30", 61, 12 * (6_000 + 150)),
        ("2028-02-29", 91, 12 * (6_000 + 31 * 150)),
        ("2028-03-29", 120, 12 * (6_000 + 60 * 150)),
        ("2028-03-30", 121, 12 * (6_000 + 60 * 150 + 200)),
    ],
)
def test_a_stated_stay_is_fined_day_by_day(sqlite: Workplace, day: str, days_: int, fine: int) -> None:
    sqlite.issued("advertisement.first", advertisement())
    number = lapsed(sqlite, day, stayed_up="yes")
    assert sqlite.show(number).case.fine.period.days == days_
    assert total(sqlite, number) - 600 == fine


def test_what_stayed_up_is_fined_and_not_the_smaller_one_that_follows(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    number = sqlite.submitted(
        "advertisement.first",
        advertisement(width_m="0.5", height_m="0.5", valid_from="2028-03-01", valid_until="2029-02-28", stayed_up="yes"),
        now=moment("2027-12-01"),
    )
    assert total(sqlite, number) - 600 == 12 * 100


def test_an_inspection_after_payment_asks_for_the_fine_in_a_second_bill(here: Workplace, permit: str) -> None:
    number, now = lapsed(here, "2028-02-29"), moment("2028-03-05")
    assert here.pay(number, now=now) == 600
    here.do("request_inspection", number, now=now)
    here.do("record_inspection", number, actor=CLERK, outcome="fits", stayed_up="yes", reason="رؤي قائماً", now=now)
    shown = here.show(number)
    assert (shown.state, shown.case.fine.outcome, shown.case.fine.period.days) == ("awaiting_payment", "due", 91)
    assert here.pay(number, now=now) == 12 * (6_000 + 31 * 150)
    assert here.state(number) == "under_review"
    here.do("approve", number, now=now)
    new = here.issue(number, now=now)
    with here.engine.connect() as connection:
        assert sites.links(connection, permit) == ((new, permit, "lapsed"),)


def test_evidence_of_removal_ends_the_fine_at_its_day(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    number = lapsed(sqlite, "2028-02-29", stayed_up="no", removed_on="10/12/2027")
    assert sqlite.show(number).case.fine.period.days == 10


def test_removed_in_time_there_is_no_fine(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    number = lapsed(sqlite, "2028-02-29", stayed_up="no", removed_on="30/11/2027")
    assert (sqlite.show(number).case.fine.outcome, total(sqlite, number)) == ("none", 600)


def test_an_objection_that_is_upheld_takes_the_fine_off_the_bill(here: Workplace, permit: str) -> None:
    now = moment("2028-02-29")
    number = lapsed(here, "2028-02-29", stayed_up="yes")
    here.do("object_", number, actor=CITIZEN, reason="أزيل يوم انتهائه", now=now)
    here.do("decide", number, actor=MANAGER, upheld=True, reason="ثبت ذلك", now=now)
    shown = here.show(number)
    assert (shown.state, shown.case.fine.outcome) == ("awaiting_payment", "cancelled")
    assert here.pay(number, now=now) == 600
    here.do("approve", number, now=now)
    here.issue(number, now=now)


def test_an_objection_that_is_dismissed_leaves_the_bill_as_it_was(here: Workplace, permit: str) -> None:
    now = moment("2028-02-29")
    number = lapsed(here, "2028-02-29", stayed_up="yes")
    before = total(here, number)
    here.do("object_", number, actor=CITIZEN, reason="x", now=now)
    with pytest.raises(ApplicationError):
        here.do("approve", number, now=now)
    here.do("decide", number, actor=MANAGER, upheld=False, reason="رؤي قائماً", now=now)
    assert (here.state(number), total(here, number)) == ("awaiting_payment", before)
    assert here.pay(number, now=now) == before
    assert here.state(number) == "under_review"


def test_paid_while_the_objection_waits_it_goes_on_at_once_when_that_is_dismissed(here: Workplace, permit: str) -> None:
    now = moment("2028-02-29")
    number = lapsed(here, "2028-02-29", stayed_up="yes")
    here.do("object_", number, actor=CITIZEN, reason="x", now=now)
    here.pay(number, now=now)
    assert here.state(number) == "objection"
    here.do("decide", number, actor=MANAGER, upheld=False, reason="y", now=now)
    assert here.state(number) == "under_review"


def test_there_is_nothing_to_object_to_without_a_fine(sqlite: Workplace) -> None:
    number = sqlite.submitted("advertisement.first", advertisement())
    with pytest.raises(ApplicationError):
        sqlite.do("object_", number, actor=CITIZEN, reason="x")


# What somebody would try.


@pytest.mark.parametrize(
    "disguise",
    [
        {"trade_name": "مَطْعَمُ البَحر"},
        {"trade_name": "مطعم البحـــر", "latitude": "31.2752"},
        {"trade_name": "مطعم البحار", "latitude": "31.27515"},
        {"trade_name": "اسم آخر تماماً", "holder": "شخص آخر"},
        {"holder": "شخص آخر"},
    ],
)
def test_a_lapsed_permit_is_found_under_another_spelling_near_by_or_under_another_name_on_the_spot(
    sqlite: Workplace, disguise: dict[str, str]
) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    fields = advertisement(valid_from="2028-03-01", valid_until="2029-02-28", **disguise)
    number = sqlite.submitted("advertisement.first", fields, actor=STRANGER, now=moment("2028-02-29"))
    assert (sqlite.show(number).case.kind, sqlite.show(number).subject) == ("lapsed", old)


def test_a_neighbour_s_running_permit_is_no_reason_to_refuse(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    fields = advertisement(trade_name="صيدلية النور", holder="شخص آخر", latitude="31.27501")
    number = sqlite.submitted("advertisement.first", fields, actor=STRANGER)
    assert sqlite.show(number).case.kind == "first"
    with sqlite.engine.connect() as connection:
        near = views.alike(connection, number, actor=CLERK)
        assert [(each.kind, each.same_name) for each in near] == [("license", False)]
        assert views.alike(connection, number, actor=STRANGER) == ()


def test_something_else_on_the_same_spot_is_no_renewal(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    key = sqlite.draft("advertisement.first", advertisement(width_m="8"))
    assert faults(sqlite, key, now=RUNNING) == ({("", "permit_runs")}, "advertisement.first")
    assert faults(sqlite, key) == ({("", "permit_to_come")}, "advertisement.first")


def test_a_renewal_is_no_way_to_another_holder_or_a_larger_board(sqlite: Workplace) -> None:
    old = sqlite.issued("advertisement.first", advertisement())[1]
    for change, fault in (({"holder": "شخص آخر"}, ("holder", "holder_differs")), ({"width_m": "9"}, ("width_m", "size_differs"))):
        key = sqlite.draft("advertisement.renewal", advertisement(license=old, valid_from="", valid_until="2028-11-30") | change)
        assert faults(sqlite, key, now=RUNNING)[0] == {fault}


def test_one_license_is_renewed_once(here: Workplace, permit: str) -> None:
    fields = advertisement(license=permit, valid_from="", valid_until="2028-11-30")
    first = here.submitted("advertisement.renewal", fields, now=RUNNING)
    second = here.draft("advertisement.renewal", fields)
    assert ("", "application_open") in faults(here, second, now=RUNNING)[0]
    here.pay(first, now=RUNNING)
    here.do("approve", first, now=RUNNING)
    here.issue(first, now=RUNNING)
    assert ("license", "already_renewed") in faults(here, second, now=RUNNING)[0]


def test_two_renewals_that_were_both_approved_come_to_one_license(sqlite: Workplace) -> None:
    """Submitted at the same moment, neither saw the other; the register's turn-taking decides."""
    from sqlalchemy import update

    from office.applications.tables import applications

    old = sqlite.issued("advertisement.first", advertisement())[1]
    fields = advertisement(license=old, valid_from="", valid_until="2028-11-30")
    first = sqlite.submitted("advertisement.renewal", fields, now=RUNNING)
    with sqlite.engine.begin() as connection:  # as if it had not been there yet
        connection.execute(update(applications).where(applications.c.number == first).values(subject=None))
    second = sqlite.submitted("advertisement.renewal", fields, now=RUNNING)
    with sqlite.engine.begin() as connection:
        connection.execute(update(applications).where(applications.c.number == first).values(subject=old))
    for number in (first, second):
        sqlite.pay(number, now=RUNNING)
        sqlite.do("approve", number, now=RUNNING)
    sqlite.issue(first, now=RUNNING)
    with pytest.raises(ApplicationError) as refused:
        sqlite.issue(second, now=RUNNING)
    assert refused.value.code == "already_renewed"
    assert sqlite.state(second) == "approved"
    sqlite.do("reopen", second, actor=MANAGER, reason="سبق التجديد", now=RUNNING)
    assert sqlite.state(second) == "under_review"


def test_a_license_that_is_revoked_or_of_another_type_is_not_renewed(sqlite: Workplace) -> None:
    _, revoked = sqlite.issued("advertisement.first", advertisement())
    history.change(sqlite.engine, revoked, "revoked", reason="x", now=NOW)
    _, other = sqlite.issued("shop.first", shop(valid_until="2027-11-30"))
    for number, code in (
        (revoked, "license_not_in_force"),
        (other, "license_of_other_type"),
        ("ALX-MN1-2026-0000999-7", "number_invalid"),
        ("nonsense", "number_invalid"),
    ):
        key = sqlite.draft("advertisement.renewal", advertisement(license=number, valid_from="", valid_until="2028-11-30"))
        assert ("license", code) in faults(sqlite, key)[0]


def test_a_shop_without_an_end_has_nothing_to_renew(sqlite: Workplace) -> None:
    _, old = sqlite.issued("shop.first", shop())
    key = sqlite.draft("shop.renewal", {"license": old, "holder": "سامي فؤاد حسن", "floor_area": "60"})
    assert ("license", "license_open_ended") in faults(sqlite, key)[0]


def test_two_lapses_in_a_row_are_two_fines(sqlite: Workplace) -> None:
    sqlite.issued("advertisement.first", advertisement())
    first = sqlite.submitted(
        "advertisement.first", advertisement(valid_from="2028-01-01", valid_until="2028-06-30", stayed_up="yes"), now=moment("2027-12-31")
    )
    assert sqlite.show(first).case.fine.period.days == 31
    sqlite.pay(first, now=moment("2027-12-31"))
    sqlite.do("approve", first, now=moment("2027-12-31"))
    middle = sqlite.issue(first, now=moment("2027-12-31"))
    second = sqlite.submitted(
        "advertisement.first", advertisement(valid_from="2028-08-01", valid_until="2029-06-30", stayed_up="yes"), now=moment("2028-07-10")
    )
    shown = sqlite.show(second)
    assert (shown.subject, shown.case.fine.period.days) == (middle, 10)


def test_a_transfer_in_between_keeps_the_days(here: Workplace, permit: str) -> None:
    here.issued("advertisement.transfer", {"license": permit, "holder": "مالك جديد"})
    assert history.show(here.engine, permit).claims.license.holder == "مالك جديد"
    number = here.submitted(
        "advertisement.renewal",
        advertisement(license=permit, holder="مالك جديد", valid_from="", valid_until="2028-11-30"),
        now=moment(LAST),
    )
    assert here.show(number).case.kind == "renewal"


def test_a_case_is_kept_as_it_was_decided(sqlite: Workplace) -> None:
    from office.applications import columns

    sqlite.issued("advertisement.first", advertisement())
    case = sqlite.show(lapsed(sqlite, "2028-02-29", stayed_up="yes")).case
    assert columns.case_from_json(json.loads(json.dumps(columns.case_to_json(case)))) == case
    assert columns.case_to_json(case)["fine"]["period"] == ["2027-12-01", "2028-02-29"]
