"""How long a state may last, in days of Africa/Cairo or in working days, and what happens then (docs/adr/0040)."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from governorate.calendar import Calendar

#: The state stays and stands out in the manager's list.
ESCALATE = "escalate"
#: The state stays for good: no action leads on any more (an objection that comes too late).
SHUT = "shut"
_DAY = timedelta(days=1)


class Count(StrEnum):
    """Which days count."""

    DAYS = "days"
    WORKING_DAYS = "working_days"
    #: Every day, but a last day that is a day off gives way to the next working day.
    EXTENDED_DAYS = "extended_days"


class Deadline(NamedTuple):
    """How many days a state may last, and what follows: an action that the program then does itself, ESCALATE or SHUT."""

    days: int
    then: str
    counted: Count = Count.DAYS


def due(deadline: Deadline, entered: date, calendar: Calendar) -> date:
    """Return the last day of a state that was entered on the day `entered`, which itself does not count."""
    if deadline.counted is Count.WORKING_DAYS:
        return calendar.after(entered, deadline.days)
    last = entered + timedelta(days=deadline.days)
    return calendar.after(last - _DAY, 1) if deadline.counted is Count.EXTENDED_DAYS else last


def shut(deadline: Deadline | None, due_at: int | None, now: int) -> bool:
    """Return whether nothing may be done any more to an application in a state with this deadline.

    `due_at` is when it passes, as it was decided when the state was entered; None once that was dealt with. Times are in seconds.
    """
    return deadline is not None and deadline.then == SHUT and (due_at is None or due_at <= now)
