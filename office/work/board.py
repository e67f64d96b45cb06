"""What is late, by person and step, for whoever leads an authority: how many, since when, and how many working days."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from governorate.calendar import Calendar
from office.applications import counts, listing
from office.applications.application import NOBODY
from office.applications.context import UnitOfWork
from office.applications.counts import Load
from seal import days

from . import people

_STEPS = frozenset(map(str, people.STEPS))


class Row(NamedTuple):
    """The cases of a person (an account, NOBODY for none) in one step. `due_at` is the earliest deadline that passed, None if none did."""

    person: int
    state: str
    open: int
    late: int
    due_at: int | None


def of(unit: UnitOfWork, *, authority: str | None = None) -> tuple[Row, ...]:
    """Return the board of the authorities that the actor leads, or of one of them: who has most that is late first.

    What somebody has is counted whole; of what nobody has only what is late.
    """
    led = tuple(code for code in unit.actor.authorities(unit.office.authorities, "manager") if authority in (None, code))
    if not led:
        return ()
    rows = [row for each in counts.by_person(unit.connection, led, now=unit.now) if (row := _row(each)).open]
    total = Counter[int]()
    for each in rows:
        total[each.person] += each.late
    order = {str(state): place for place, state in enumerate(listing.WORK)}
    return tuple(sorted(rows, key=lambda each: (-total[each.person], each.person, order.get(each.state, 0))))


def late_days(due_at: int, calendar: Calendar, now: int) -> int:
    """Return how many working days ago a deadline passed."""
    return calendar.between(days.last_day_of(due_at), days.day_of(now))


def _row(each: Load) -> Row:
    held = each.total if each.person > NOBODY and each.state in _STEPS else 0
    return Row(each.person, each.state, max(held, each.late), each.late, each.due_at)
