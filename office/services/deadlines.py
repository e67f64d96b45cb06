"""How long a state may last, in days of Africa/Cairo, and what happens then."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

#: The state stays and stands out in the manager's list.
ESCALATE = "escalate"
#: The state stays for good: no action leads on any more (an objection that comes too late).
SHUT = "shut"


class Deadline(NamedTuple):
    """How many days a state may last, and what follows: an action that the program then does itself, ESCALATE or SHUT."""

    days: int
    then: str


def due(deadline: Deadline, entered: date) -> date:
    """Return the last day of a state that was entered on the day `entered`, which itself does not count."""
    return entered + timedelta(days=deadline.days)


def passed(deadline: Deadline | None, entered: date, today: date) -> bool:
    """Return whether the last day lies behind `today`. A state without a deadline lasts."""
    return deadline is not None and today > due(deadline, entered)


def shut(deadline: Deadline | None, entered: date, today: date) -> bool:
    """Return whether nothing may be done to an application any more that entered this state on `entered`."""
    return deadline is not None and deadline.then == SHUT and passed(deadline, entered, today)
