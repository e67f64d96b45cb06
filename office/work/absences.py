"""Who is away on which Cairo days, and who stands in. It begins and ends by the day, without anybody's doing.

A stand-in gets what would newly come to the person who is away, and nothing that they might not do anyway: a role is never lent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, update

from accounts.roles import EVERYWHERE, Account
from office.applications.context import UnitOfWork
from seal import days

from . import people
from .errors import WorkError
from .tables import absences

LONGEST_DAYS = 366
HOPS = 3  # from a stand-in to their stand-in, who went on leave later
_t = absences.c
# Built once, as in storage/asked.py.
_OVERLAPPING = (
    select(absences)
    .where(_t.ended_at.is_(None), _t.last_day >= bindparam("first"), _t.first_day <= bindparam("last"))
    .order_by(_t.first_day, _t.id)
)


class Absence(NamedTuple):
    """Somebody is away from a first Cairo day to a last one; `stand_in` is an account, None where the others share what comes."""

    id: int
    account_id: int
    stand_in: int | None
    first_day: date
    last_day: date


def away(connection: Connection, day: date) -> dict[int, int | None]:
    """Return who is away on a day, each with their stand-in."""
    return {each.account_id: each.stand_in for each in _overlapping(connection, day, day)}


def present(away_: Mapping[int, int | None], person: int) -> int | None:
    """Return a person who is not away, or who stands in for them: through HOPS stand-ins at most, and none of them twice."""
    seen: set[int] = set()
    here: int | None = person
    while here is not None and here in away_:
        if here in seen or len(seen) > HOPS:
            return None
        seen.add(here)
        here = away_[here]
    return here


def coming(connection: Connection, day: date) -> tuple[Absence, ...]:
    """Return who is away on a day or later, by first day."""
    return _overlapping(connection, day, date.max)


def leave(unit: UnitOfWork, account_id: int, first: date, last: date, stand_in: int | None) -> int:
    """Note that somebody is away; by themselves, or by a manager of one of their authorities. Return the line's id.

    Raises WorkError `leave_days` (the last before the first), `leave_past`, `leave_long`, `leave_twice`, `assign_manager`; of the stand-in
    `stand_in_self`, `stand_in_away` (on one of these days: so nobody stands in for each other), `stand_in_role` (they share no role).
    """
    today = days.day_of(unit.now)
    everybody = people.staff(unit.connection)
    person = people.of_id(everybody, account_id)
    if not may_decide(unit, person):
        raise WorkError("assign_manager")
    if last < first:
        raise WorkError("leave_days")
    if last < today:
        raise WorkError("leave_past")
    if (last - first).days >= LONGEST_DAYS or (last - today).days > 2 * LONGEST_DAYS:
        raise WorkError("leave_long")
    there = _overlapping(unit.connection, first, last, lock=True)
    if any(each.account_id == person.id for each in there):
        raise WorkError("leave_twice")
    if stand_in is not None:
        _refuse_stand_in(person, people.of_id(everybody, stand_in), {each.account_id for each in there})
    values = {"account_id": person.id, "stand_in": stand_in, "first_day": first.isoformat(), "last_day": last.isoformat()}
    made = absences.insert().values(**values, made_at=unit.now, made_by=unit.actor.key)
    return int(unit.connection.execute(made.returning(_t.id)).scalar_one())


def call_off(unit: UnitOfWork, id_: int) -> None:
    """End an absence now: back early, or not away after all. Raises WorkError `leave_unknown`, also for one that is not theirs to end."""
    row = unit.connection.execute(select(absences).where(_t.id == id_, _t.ended_at.is_(None)).with_for_update()).first()
    person = next((each for each in people.staff(unit.connection) if row is not None and each.id == row.account_id), None)
    if person is None or not may_decide(unit, person):
        raise WorkError("leave_unknown")
    unit.connection.execute(update(absences).where(_t.id == id_).values(ended_at=unit.now, ended_by=unit.actor.key))


def may_decide(unit: UnitOfWork, person: Account) -> bool:
    """Say whether the actor may say when a person is away."""
    return unit.actor.key == f"staff:{person.id}" or any(unit.actor.has(code, "manager") for code in person.where(*people.DESK))


def _refuse_stand_in(person: Account, stand_in: Account, away_: set[int]) -> None:
    if stand_in.id == person.id:
        raise WorkError("stand_in_self")
    if stand_in.id in away_:
        raise WorkError("stand_in_away")
    if not _shared(person, stand_in):
        raise WorkError("stand_in_role")


def _shared(one: Account, other: Account) -> bool:
    """Say whether two people have a role of the desk in common somewhere."""
    everywhere = other.roles.get(EVERYWHERE, frozenset())
    for authority, held in one.roles.items():
        theirs = frozenset().union(*other.roles.values()) if authority == EVERYWHERE else other.roles.get(authority, frozenset())
        if held & (theirs | everywhere) & frozenset(people.DESK):
            return True
    return False


def _overlapping(connection: Connection, first: date, last: date, *, lock: bool = False) -> tuple[Absence, ...]:
    query, days_ = _OVERLAPPING.with_for_update() if lock else _OVERLAPPING, {"first": first.isoformat(), "last": last.isoformat()}
    return tuple(map(of, connection.execute(query, days_)))


def of(row: Row[Any]) -> Absence:
    """Return a row of the table."""
    return Absence(row.id, row.account_id, row.stand_in, date.fromisoformat(row.first_day), date.fromisoformat(row.last_day))
