"""How long a state may last, in days of Cairo."""

from datetime import date, timedelta

import pytest

from office.services.deadlines import ESCALATE, SHUT, Deadline, due, passed, shut

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("entered", "days", "last_day"),
    [
        (date(2026, 11, 25), 1, date(2026, 11, 26)),
        (date(2026, 11, 25), 30, date(2026, 12, 25)),
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
        (date(2027, 2, 28), 1, date(2027, 3, 1)),
        (date(2026, 4, 23), 1, date(2026, 4, 24)),  # the clock changes
        (date(2026, 12, 31), 365, date(2027, 12, 31)),
    ],
)
def test_the_day_of_entry_does_not_count_and_the_last_does(entered: date, days: int, last_day: date) -> None:
    deadline = Deadline(days, ESCALATE)
    assert due(deadline, entered) == last_day
    assert not passed(deadline, entered, last_day)
    assert passed(deadline, entered, last_day + DAY)


def test_a_state_without_a_deadline_lasts() -> None:
    assert not passed(None, date(2026, 1, 1), date(2099, 1, 1))
    assert not shut(None, date(2026, 1, 1), date(2099, 1, 1))


def test_only_a_deadline_that_shuts_shuts() -> None:
    entered, late = date(2026, 1, 1), date(2026, 3, 1)
    assert shut(Deadline(30, SHUT), entered, late)
    assert not shut(Deadline(30, SHUT), entered, entered + 30 * DAY)
    assert not shut(Deadline(30, ESCALATE), entered, late)
