"""The three cases of an advertisement, day by day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.services.cases import Case, Permit, decide
from office.services.evidence import Evidence, Period
from seal import days

DAY = timedelta(days=1)
END = date(2026, 6, 30)
PERMIT = Permit("ALX-1", date(2025, 7, 1), END, "نور")


def stood(on: date) -> list[Evidence]:
    """The applicant's statement that it stood until the day of submission."""
    return [Evidence("statement", "A-1", on, True)]


def fined(case: Case) -> int:
    assert case.fine.outcome == "due"
    assert case.fine.period is not None
    return case.fine.period.days


def test_without_an_earlier_permit_it_is_a_first_issue() -> None:
    case = decide([], END)
    assert (case.kind, case.procedure, case.previous, case.starts) == ("first", "first", None, None)
    assert (case.fine.outcome, case.fine.reason) == ("none", "fine_first_issue")


def test_day_by_day_around_the_end() -> None:
    for offset in range(-400, 401):
        submitted = END + offset * DAY
        case = decide([PERMIT], submitted, evidence=stood(submitted))
        if submitted < PERMIT.first_day:
            assert case.kind == "first", offset
            assert case.notices == ("permit_to_come",)
        elif offset <= 0:  # the last day included
            assert (case.kind, case.procedure, case.previous) == ("renewal", "renewal", "ALX-1"), offset
            assert case.starts == END + DAY
            assert case.fine.outcome == "none"
        else:
            assert (case.kind, case.procedure, case.previous, case.starts) == ("lapsed", "first", "ALX-1", None), offset
            assert case.fine.period == Period(END + DAY, submitted)
            assert fined(case) == offset


@pytest.mark.parametrize(
    ("end", "submitted", "fine_days"),
    [
        (date(2028, 2, 28), date(2028, 2, 29), 1),
        (date(2028, 2, 28), date(2028, 3, 1), 2),
        (date(2028, 2, 29), date(2028, 2, 29), 0),
        (date(2028, 2, 29), date(2028, 3, 1), 1),
        (date(2027, 2, 28), date(2027, 3, 1), 1),
        (date(2028, 2, 29), date(2029, 2, 28), 365),
        (date(2027, 12, 31), date(2028, 12, 31), 366),
    ],
)
def test_the_29th_of_february_is_a_day(end: date, submitted: date, fine_days: int) -> None:
    case = decide([Permit("ALX-1", date(2026, 3, 1), end)], submitted, evidence=stood(submitted))
    assert (case.kind == "renewal") == (fine_days == 0)
    if fine_days:
        assert fined(case) == fine_days


def changes_of_clock(year: int) -> list[date]:
    """The days of `year` that have 23 or 25 hours in Cairo."""
    every = [date(year, 1, 1) + offset * DAY for offset in range(365)]
    return [day for day in every if days.start_of(day + DAY) - days.start_of(day) != 86_400]


def test_cairo_changes_its_clock_twice_a_year() -> None:
    assert changes_of_clock(2026) == [date(2026, 4, 24), date(2026, 10, 29)]


@pytest.mark.parametrize("shift", [-1, 0, 1])
@pytest.mark.parametrize("change", [*changes_of_clock(2026), *changes_of_clock(2027)])
def test_the_last_second_of_a_day_counts_where_the_clock_changes(change: date, shift: int) -> None:
    end = change + shift * DAY
    permit = Permit("ALX-1", date(2025, 1, 1), end)
    last_second = days.start_of(end + DAY) - 1
    assert decide([permit], days.day_of(last_second)).kind == "renewal"
    lapsed = decide([permit], days.day_of(last_second + 1), evidence=stood(end + DAY))
    assert (lapsed.kind, fined(lapsed)) == ("lapsed", 1)
    # An hour more or less makes no day.
    later = days.day_of(days.start_of(end + 61 * DAY) - 1)
    assert fined(decide([permit], later, evidence=stood(later))) == 60


def test_a_transfer_in_between_changes_the_holder_and_no_day() -> None:
    transferred = PERMIT._replace(holder="سامي")
    for submitted in (END, END + 40 * DAY):
        before = decide([PERMIT], submitted, evidence=stood(submitted), applicant="نور")
        after = decide([transferred], submitted, evidence=stood(submitted), applicant="سامي")
        assert before == after
        assert before.notices == ()
        assert decide([transferred], submitted, evidence=stood(submitted), applicant="نور").notices == ("holder_differs",)
        assert decide([PERMIT._replace(holder="")], submitted, applicant="سامي").notices == ()


def test_a_transfer_by_a_second_number_lapses_with_the_newer_permit() -> None:
    old = PERMIT._replace(ended=date(2026, 2, 10))
    new = Permit("ALX-2", date(2026, 2, 10), END, "سامي")
    assert decide([new, old], date(2026, 2, 10)).previous == "ALX-2"
    assert decide([old, new], END).kind == "renewal"
    assert fined(decide([old, new], END + 5 * DAY, evidence=stood(END + 5 * DAY))) == 5


def test_two_lapses_in_a_row_are_fined_each_for_itself() -> None:
    first = decide([PERMIT], END + 50 * DAY, evidence=stood(END + 50 * DAY))
    assert fined(first) == 50
    second = Permit("ALX-2", END + 60 * DAY, END + 200 * DAY)
    again = decide([second, PERMIT], END + 230 * DAY, evidence=stood(END + 230 * DAY))
    assert (again.previous, fined(again)) == ("ALX-2", 30)


def test_an_application_that_came_to_nothing_does_not_end_the_lapse() -> None:
    later = END + 300 * DAY
    assert fined(decide([PERMIT], later, evidence=[*stood(END + 50 * DAY), *stood(later)])) == 300


def test_a_renewal_after_a_settled_lapse_is_a_renewal() -> None:
    second = Permit("ALX-2", END + 60 * DAY, END + 200 * DAY)
    case = decide([PERMIT, second], END + 200 * DAY)
    assert (case.kind, case.previous, case.starts, case.fine.outcome) == ("renewal", "ALX-2", END + 201 * DAY, "none")


def test_a_revoked_permit_stops_on_that_day() -> None:
    revoked = PERMIT._replace(ended=date(2026, 3, 10))
    assert decide([revoked], date(2026, 3, 9)).kind == "renewal"
    lapsed = decide([revoked], date(2026, 3, 10), evidence=stood(date(2026, 3, 10)))
    assert (lapsed.kind, fined(lapsed)) == ("lapsed", 1)
    # Revoked after its end: it had lapsed already.
    late = PERMIT._replace(ended=END + 100 * DAY)
    assert fined(decide([late], END + 10 * DAY, evidence=stood(END + 10 * DAY))) == 10


def test_a_permit_that_never_ran_counts_for_nothing() -> None:
    never = PERMIT._replace(ended=PERMIT.first_day)
    assert decide([never], END).kind == "first"


def test_a_renewed_permit_is_renewed_from_the_later_end() -> None:
    renewal = Permit("ALX-2", END + DAY, END + 365 * DAY)
    case = decide([PERMIT, renewal], END)
    assert (case.kind, case.previous, case.starts, case.notices) == ("renewal", "ALX-2", END + 366 * DAY, ("permit_to_come",))


def test_a_lapse_before_a_permit_to_come_is_a_lapse() -> None:
    to_come = Permit("ALX-2", END + 20 * DAY, END + 365 * DAY)
    case = decide([to_come, PERMIT], END + 7 * DAY, evidence=stood(END + 7 * DAY))
    assert (case.kind, case.previous, fined(case), case.notices) == ("lapsed", "ALX-1", 7, ("permit_to_come",))


def test_an_open_ended_permit_runs_on() -> None:
    case = decide([Permit("ALX-1", date(2020, 1, 1), None)], date(2099, 1, 1))
    assert (case.kind, case.starts, case.notices) == ("renewal", None, ("open_ended",))


def test_a_type_without_fines_has_none() -> None:
    case = decide([PERMIT], END + 90 * DAY, fined=False)
    assert (case.kind, case.procedure, case.fine.outcome, case.fine.reason) == ("lapsed", "first", "none", "fine_not_for_type")


def test_an_objection_that_is_upheld_cancels_the_fine() -> None:
    submitted = END + 90 * DAY
    cancelled = decide([PERMIT], submitted, evidence=stood(submitted), objection_upheld=True)
    assert (cancelled.kind, cancelled.fine.outcome, cancelled.fine.reason) == ("lapsed", "cancelled", "fine_objection_upheld")
    # It also ends what nobody could tell, and changes nothing where nothing was due.
    assert decide([PERMIT], submitted, objection_upheld=True).fine.outcome == "cancelled"
    removed = [Evidence("inspection", "I-1", submitted, False, END)]
    assert decide([PERMIT], submitted, evidence=removed, objection_upheld=True).fine.outcome == "none"
    assert decide([PERMIT], END, objection_upheld=True).fine.reason == "fine_in_force"


DATES = st.dates(date(2024, 1, 1), date(2028, 12, 31))
PERMITS = st.builds(
    lambda number, first_day, length, ended: Permit(f"ALX-{number}", first_day, first_day + length * DAY, ended=ended),
    st.integers(0, 9),
    DATES,
    st.integers(0, 500),
    st.none() | DATES,
)


@given(st.lists(PERMITS, max_size=6), DATES)
def test_cases_agree_with_counting_every_day(permits: list[Permit], submitted: date) -> None:
    def runs(permit: Permit, day: date) -> bool:
        assert permit.last_day is not None
        return permit.first_day <= day <= permit.last_day and (permit.ended is None or day < permit.ended)

    case = decide(permits, submitted, evidence=stood(submitted))
    past = [day for day in (submitted - offset * DAY for offset in range(2500)) if any(runs(permit, day) for permit in permits)]
    if not past:
        assert case.kind == "first"
    elif past[0] == submitted:
        assert case.kind == "renewal"
        assert case.starts is not None
        assert not any(runs(permit, case.starts) for permit in permits)
    else:
        assert case.kind == "lapsed"
        assert fined(case) == (submitted - past[0]).days


CHAIN = [PERMIT, Permit("ALX-2", END + 60 * DAY, END + 200 * DAY), Permit("ALX-3", END + 201 * DAY, END + 300 * DAY)]


@given(st.permutations(CHAIN), DATES)
def test_the_order_of_permits_does_not_matter(permits: list[Permit], submitted: date) -> None:
    evidence = stood(submitted)
    assert decide(permits, submitted, evidence=evidence) == decide(sorted(permits), submitted, evidence=evidence)
