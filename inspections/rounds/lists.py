"""The day's lists as they are read: stops as planned and as they are gone to, what is done, and every other order with its reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from accounts.tables import accounts
from inspections.errors import InspectionError
from inspections.planning.records import Candidate, Reason
from inspections.planning.records import Stop as Planned
from inspections.planning.tables import models, plan_stops, plans, reorders
from inspections.planning.words import why
from inspections.visits.tables import inspections
from seal import days
from seal.catalogue import Language
from seal.site import Point

Scope = Collection[str] | None


@dataclass(frozen=True, slots=True)
class Stop:
    """A license on a list. `risk` is None where it is not known; `seen_at` is when it was inspected that day (seconds since 1970 UTC)."""

    number: str
    type: str
    name: str
    point: Point
    chosen: str
    risk: float | None
    reasons: tuple[Reason, ...]
    seen_at: int | None = None

    def why(self, language: Language) -> str:
        """Return why it is on the list, in one line."""
        candidate = Candidate(self.number, "", self.point, self.type, 0)
        return why(Planned(candidate, self.chosen, self.risk, self.reasons), language)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Reordered:
    """Another order, by license numbers. `credited` says whether the officer was signed in on that phone by our own record."""

    at: int
    arrived_at: int
    credited: bool
    before: tuple[str, ...]
    after: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An officer's list of a day. `stops` are as planned; `learnt_until` None: by the longest not seen, not by risk."""

    id: int
    authority: str
    officer_id: int
    officer: str
    display: str
    day: date
    made_at: int
    made_by: str
    random_share: int
    start: Point
    metres: int
    learnt_until: date | None
    replaced: bool
    stops: tuple[Stop, ...] = ()
    reordered: tuple[Reordered, ...] = ()

    @property
    def order(self) -> tuple[Stop, ...]:
        """The stops as the officer goes: in the order that arrived last."""
        if not self.reordered:
            return self.stops
        by_number = {each.number: each for each in self.stops}
        return tuple(by_number[number] for number in self.reordered[-1].after)

    @property
    def done(self) -> int:
        """How many stops were inspected that day."""
        return sum(each.seen_at is not None for each in self.stops)


def of_day(connection: Connection, scope: Scope, day: date) -> list[Listed]:
    """Return the lists of a day that count, by authority and officer."""
    query = _query().where(plans.c.day == day, ~_replaced()).order_by(plans.c.authority, accounts.c.name)
    if scope is not None:
        query = query.where(plans.c.authority.in_(scope))
    return _filled(connection, [_listed(row) for row in connection.execute(query)])


def of_officer(connection: Connection, authority: str, account_id: int, day: date) -> Listed | None:
    """Return an officer's list of a day in an authority, None if none was made."""
    mine = plans.c.authority == authority, plans.c.account_id == account_id, plans.c.day == day
    row = connection.execute(_query().where(*mine).order_by(plans.c.id.desc()).limit(1)).first()
    return None if row is None else _filled(connection, [_listed(row)])[0]


def one(connection: Connection, list_id: int, scope: Scope) -> Listed:
    """Return a list of one of these authorities. Raises InspectionError `list_unknown`."""
    query = _query().where(plans.c.id == list_id)
    row = connection.execute(query if scope is None else query.where(plans.c.authority.in_(scope))).first()
    if row is None:
        raise InspectionError("list_unknown")
    return _filled(connection, [_listed(row)])[0]


def taken(connection: Connection, authority: str, day: date, *, but: int) -> frozenset[str]:
    """Return the licenses that stand on a list of the day already, those of one officer apart."""
    mine = plans.c.authority == authority, plans.c.day == day, plans.c.account_id != but, ~_replaced()
    query = select(plan_stops.c.number).join(plans, plans.c.id == plan_stops.c.plan_id).where(*mine)
    return frozenset(connection.scalars(query))


def _replaced() -> Any:
    newer = plans.alias("newer")
    same = newer.c.authority == plans.c.authority, newer.c.account_id == plans.c.account_id, newer.c.day == plans.c.day
    return select(newer.c.id).where(*same, newer.c.id > plans.c.id).exists()


def _query() -> Select[Any]:
    return (
        select(plans, accounts.c.name, accounts.c.display, models.c.learnt_until, _replaced().label("replaced"))
        .join(accounts, accounts.c.id == plans.c.account_id)
        .outerjoin(models, models.c.id == plans.c.model_id)
    )


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        id=row.id,
        authority=row.authority,
        officer_id=row.account_id,
        officer=row.name,
        display=row.display,
        day=row.day,
        made_at=row.made_at,
        made_by=row.made_by,
        random_share=row.random_share,
        start=Point(row.start_latitude, row.start_longitude),
        metres=row.metres,
        learnt_until=row.learnt_until,
        replaced=bool(row.replaced),
    )


def _filled(connection: Connection, found: Sequence[Listed]) -> list[Listed]:
    """Return the lists with their stops and other orders."""
    ids = [each.id for each in found]
    stops, events = _stops(connection, ids), _reordered(connection, ids)
    of_days = {each.day: [stop for other in found if other.day == each.day for stop in stops[other.id]] for each in found}
    seen = {day: _seen(connection, day, all_of_it) for day, all_of_it in of_days.items()}
    return [
        replace(
            each,
            stops=tuple(replace(stop, seen_at=seen[each.day].get(stop.number)) for stop in stops[each.id]),
            reordered=tuple(events[each.id]),
        )
        for each in found
    ]


def _stops(connection: Connection, ids: Sequence[int]) -> dict[int, list[Stop]]:
    table, found = plan_stops.c, {each: list[Stop]() for each in ids}
    for row in connection.execute(select(plan_stops).where(table.plan_id.in_(ids)).order_by(table.plan_id, table.position)):
        reasons = tuple(Reason(code, number, weight) for code, number, weight in row.reasons)
        place = Point(row.latitude, row.longitude)
        found[row.plan_id].append(Stop(row.number, row.type, row.name, place, row.chosen, row.risk, reasons))
    return found


def _reordered(connection: Connection, ids: Sequence[int]) -> dict[int, list[Reordered]]:
    table, found = reorders.c, {each: list[Reordered]() for each in ids}
    for row in connection.execute(select(reorders).where(table.plan_id.in_(ids)).order_by(table.id)):
        credited = row.account_id is not None
        made = Reordered(row.at, row.arrived_at, credited, tuple(row.before), tuple(row.after), row.reason)
        found[row.plan_id].append(made)
    return found


def _seen(connection: Connection, day: date, stops: Sequence[Stop]) -> Mapping[str, int]:
    """Return when each of these licenses was first inspected on a day, by whomever; what is set apart does not count."""
    table = inspections.c
    within = table.scanned_at >= days.start_of(day), table.scanned_at < days.start_of(day + timedelta(days=1))
    numbers = sorted({each.number for each in stops})
    query = select(table.number, func.min(table.scanned_at)).where(table.number.in_(numbers), *within, table.state == "confirmed")
    return {str(number): int(at) for number, at in connection.execute(query.group_by(table.number))}
