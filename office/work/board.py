"""What is late, by person and step, for whoever leads an authority: how many, since when, and how many working days."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, select, union_all

from governorate.calendar import Calendar
from office.applications import listing
from office.applications.application import NOBODY
from office.applications.context import UnitOfWork
from office.applications.tables import applications
from seal import days

from . import people

_t = applications.c
_STATES = [str(each) for each in listing.WORK]


class Row(NamedTuple):
    """The cases of a person (an account, NOBODY for none) in one step. `due_at` is the earliest deadline that passed, None if none did."""

    person: int
    state: str
    open: int
    late: int
    due_at: int | None

    def late_days(self, calendar: Calendar, now: int) -> int:
        """Return how many working days the oldest is late."""
        return 0 if self.due_at is None else calendar.between(days.last_day_of(self.due_at), days.day_of(now))


def of(unit: UnitOfWork, *, authority: str | None = None) -> tuple[Row, ...]:
    """Return the board of the authorities that the actor leads, or of one of them: who has most that is late first.

    What somebody has is counted whole; of what nobody has only what is late.
    """
    led = tuple(code for code in unit.actor.authorities(unit.office.authorities, "manager") if authority in (None, code))
    if not led:
        return ()
    late = {(row[0], row[1]): (row[2], row[3]) for row in unit.connection.execute(_late(led, unit.now))}
    held = select(_t.assigned, _t.state, func.count()).where(
        _t.assigned > NOBODY, _t.state.in_([str(each) for each in people.STEPS]), _t.authority.in_(led)
    )
    open_ = {(row[0], row[1]): row[2] for row in unit.connection.execute(held.group_by(_t.assigned, _t.state))}
    rows = [_row(key, open_.get(key, 0), *late.get(key, (0, None))) for key in {*late, *open_}]
    total = Counter[int]()
    for each in rows:
        total[each.person] += each.late
    order = {str(state): place for place, state in enumerate(listing.WORK)}
    return tuple(sorted(rows, key=lambda each: (-total[each.person], each.person, order.get(each.state, 0))))


def _row(key: tuple[int, str], open_: int, late: int, due_at: int | None) -> Row:
    return Row(*key, max(open_, late), late, due_at)


def _late(led: tuple[str, ...], now: int) -> Select[Any]:
    """Select what is late: each half is a walk along the index of deadlines."""
    columns = _t.assigned, _t.state, _t.due_at
    work = and_(_t.state.in_(_STATES), _t.authority.in_(led))
    passed = select(*columns).where(_t.escalated.is_(False), _t.due_at <= now, work)
    found = union_all(select(*columns).where(_t.escalated.is_(True), work), passed).subquery()
    counted = select(found.c.assigned, found.c.state, func.count(), func.min(found.c.due_at))
    return counted.group_by(found.c.assigned, found.c.state)
