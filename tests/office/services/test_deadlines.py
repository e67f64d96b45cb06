"""How long a state may last, in days of Cairo or in working days."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governorate import days_off, yaml_values
from governorate.calendar import Calendar
from governorate.errors import RuleError
from office.services.deadlines import ESCALATE, SHUT, Count, Deadline, due, shut
from office.services.state_machine import State
from tests.share import share

from .rulebook import SERVICES, changed, services

DAY = timedelta(days=1)
EGYPT = Calendar(frozenset({5, 6}), frozenset())


@pytest.mark.parametrize(
    ("entered", "days", "last_day"),
    [
        (date(2026, 11, 25), 1, date(2026, 11, 26)),
        (date(2026, 11, 25), 30, date(2026, 12, 25)),  # a Friday
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
        (date(2027, 2, 28), 1, date(2027, 3, 1)),
        (date(2026, 4, 23), 1, date(2026, 4, 24)),  # the clock changes
        (date(2026, 12, 31), 365, date(2027, 12, 31)),
    ],
)
def test_the_day_of_entry_does_not_count_and_the_last_does(entered: date, days: int, last_day: date) -> None:
    assert due(Deadline(days, ESCALATE), entered, EGYPT) == last_day


@pytest.mark.parametrize(
    ("entered", "days", "holidays", "last_day"),
    [
        (date(2026, 11, 25), 1, [], date(2026, 11, 26)),  # Wednesday to Thursday
        (date(2026, 11, 26), 1, [], date(2026, 11, 29)),  # Thursday to Sunday
        (date(2026, 11, 27), 1, [], date(2026, 11, 29)),  # entered on a day off
        (date(2026, 11, 29), 5, [], date(2026, 12, 6)),
        (date(2026, 12, 30), 2, [], date(2027, 1, 3)),  # over the end of the year
        (date(2027, 1, 6), 1, [date(2027, 1, 7)], date(2027, 1, 10)),  # a holiday beside the weekend
        (date(2027, 1, 6), 1, [date(2027, 1, 8)], date(2027, 1, 7)),  # a holiday on a Friday takes nothing
    ],
)
def test_working_days_leave_out_weekends_and_holidays(entered: date, days: int, holidays: list[date], last_day: date) -> None:
    calendar = EGYPT._replace(holidays=frozenset(holidays))
    assert due(Deadline(days, ESCALATE, Count.WORKING_DAYS), entered, calendar) == last_day


@pytest.mark.parametrize(
    ("entered", "days", "holidays", "last_day"),
    [
        (date(2026, 11, 25), 30, [], date(2026, 12, 27)),  # Friday 25 December gives way to Sunday
        (date(2026, 11, 24), 30, [], date(2026, 12, 24)),  # a Thursday stays
        (date(2026, 11, 24), 30, [date(2026, 12, 23)], date(2026, 12, 24)),  # what lies within extends nothing
        # A last day within a long holiday: one working day more, not as many as were lost (Court of Cassation 1999/50, 27 March 1984).
        (date(2026, 11, 25), 30, [date(2026, 12, 24) + DAY * each for each in range(6)], date(2026, 12, 30)),
    ],
)
def test_a_last_day_off_gives_way_to_the_next_working_day_where_the_rule_says_so(
    entered: date, days: int, holidays: list[date], last_day: date
) -> None:
    calendar = EGYPT._replace(holidays=frozenset(holidays))
    assert due(Deadline(days, SHUT, Count.EXTENDED_DAYS), entered, calendar) == last_day


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Weeks of one to seven working days, and holidays around the days that are counted."""
    weekend = draw(st.sets(st.integers(1, 7), max_size=6))
    holidays = draw(st.sets(st.integers(-5, 200), max_size=60))
    return Calendar(frozenset(weekend), frozenset(date(2026, 12, 1) + DAY * each for each in holidays))


def counted(calendar: Calendar, entered: date, last: date) -> list[date]:
    """The working days after `entered` up to `last`, looked at one by one."""
    span = [entered + DAY * each for each in range(1, (last - entered).days + 1)]
    return [day for day in span if day.isoweekday() not in calendar.weekend and day not in calendar.holidays]


@settings(max_examples=share(200), deadline=None)
@given(calendars(), st.integers(0, 60), st.integers(1, 45))
def test_counting_agrees_with_looking_at_each_day(calendar: Calendar, later: int, days: int) -> None:
    entered = date(2026, 12, 1) + DAY * later
    last = due(Deadline(days, ESCALATE, Count.WORKING_DAYS), entered, calendar)
    assert (len(working := counted(calendar, entered, last)), working[-1]) == (days, last)
    plain = due(Deadline(days, ESCALATE), entered, calendar)
    extended = due(Deadline(days, SHUT, Count.EXTENDED_DAYS), entered, calendar)
    assert plain == entered + DAY * days <= last
    assert plain <= extended <= last
    assert counted(calendar, plain - DAY, extended) == [extended], "the first working day from the last day on"


def test_a_year_without_days_off_counts_as_the_almanac_does() -> None:
    always = Calendar(frozenset(), frozenset())
    for count in Count:
        assert due(Deadline(365, ESCALATE, count), date(2026, 12, 31), always) == date(2027, 12, 31)


def test_only_a_deadline_that_shuts_shuts_and_by_the_day_that_was_decided() -> None:
    assert not shut(None, None, 10**10)
    assert not shut(Deadline(30, ESCALATE), 100, 200)
    assert not shut(Deadline(30, SHUT), 100, 99)
    assert shut(Deadline(30, SHUT), 100, 100)
    assert shut(Deadline(30, SHUT), None, 99), "it was dealt with"


# As the files say it.


@pytest.mark.parametrize("count", list(Count))
def test_services_yaml_says_which_days_count(count: Count) -> None:
    text, _ = changed(SERVICES, "{days: 30, then: escalate, silence: approve}", f"{{{count}: 20, then: escalate}}")
    assert services(text).of("shop", "first").deadlines[State.UNDER_REVIEW] == Deadline(20, ESCALATE, count)


def test_silence_counts_as_its_deadline_does() -> None:
    text, _ = changed(SERVICES, "{days: 30, then: escalate, silence: approve}", "{working_days: 20, then: escalate, silence: approve}")
    text, _ = changed(text, "    lapse_fined: yes\n", "    lapse_fined: yes\n    silence_is_approval: yes\n")
    assert services(text).of("advertisement", "first").deadlines[State.UNDER_REVIEW] == Deadline(20, "approve", Count.WORKING_DAYS)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{then: escalate}", "rules_key_missing"),
        ("{days: 3, working_days: 3, then: escalate}", "rules_value_invalid"),
        ("{working_days: 0, then: escalate}", "rules_value_invalid"),
        ("{office_days: 3, then: escalate}", "rules_key_unknown"),
    ],
)
def test_a_deadline_counts_in_one_way(written: str, code: str) -> None:
    text, line = changed(SERVICES, "      approved: {days: 3, then: escalate}\n", f"      approved: {written}\n")
    with pytest.raises(RuleError) as caught:
        services(text)
    assert (caught.value.code, caught.value.line) == (code, line)


def test_only_the_time_to_object_is_extended_where_the_program_comes_with_it() -> None:
    found = services(SERVICES).services.values()
    counts = {(state, each.counted) for service in found for state, each in service.deadlines.items() if each.counted is not Count.DAYS}
    assert counts == {(State.REJECTED, Count.EXTENDED_DAYS)}


def calendar(text: str) -> Calendar:
    return days_off.read(yaml_values.parse(text.encode(), "holidays.yaml"))


def test_holidays_are_days_or_spans_of_days() -> None:
    text = """weekend: [friday, saturday]
holidays:
  - {day: 2027-01-07, ar: عيد الميلاد المجيد, en: Coptic Christmas}
  - {from: 2027-12-30, until: 2028-01-02, ar: عطلة, en: Days off}
"""
    last = date(2027, 12, 30)
    assert calendar(text) == Calendar(frozenset({5, 6}), frozenset({date(2027, 1, 7), *(last + DAY * each for each in range(4))}))
    assert calendar("weekend: []\nholidays: []\n") == Calendar(frozenset(), frozenset())


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("weekend: [freitag]\nholidays: []\n", "rules_reference_unknown", 1),
        ("weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]\nholidays: []\n", "rules_value_invalid", 1),
        ("holidays: []\n", "rules_key_missing", 1),
        ("weekend: []\nholidays:\n  - {day: 2027-02-29, ar: ا, en: a}\n", "rules_value_invalid", 3),
        ("weekend: []\nholidays:\n  - {day: 2027-02-28, en: a}\n", "rules_key_missing", 3),
        ("weekend: []\nholidays:\n  - {ar: ا, en: a}\n", "rules_value_invalid", 3),
        ("weekend: []\nholidays:\n  - {from: 2027-02-28, ar: ا, en: a}\n", "rules_value_invalid", 3),
        ("weekend: []\nholidays:\n  - {from: 2027-02-28, until: 2027-02-27, ar: ا, en: a}\n", "rules_value_invalid", 3),
        ("weekend: []\nholidays:\n  - {from: 2027-02-28, until: 2072-02-28, ar: ا, en: a}\n", "rules_value_invalid", 3),
        ("weekend: []\nholidays:\n  - {day: 2027-02-28, ar: ا, en: a}\n  - {day: 2027-02-28, ar: ب, en: b}\n", "rules_overlap", 4),
    ],
)
def test_a_file_of_holidays_that_is_not_one_is_refused_at_its_line(text: str, code: str, line: int) -> None:
    with pytest.raises(RuleError) as caught:
        calendar(text)
    assert (caught.value.code, caught.value.file, caught.value.line) == (code, "holidays.yaml", line)


def test_the_days_off_that_come_with_the_program(tmp_path: Path) -> None:
    found = days_off.default()
    assert found.weekend == {5, 6}
    assert date(2027, 1, 7) in found.holidays
