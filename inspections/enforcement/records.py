"""A violation as the rest of the program knows it, and how it is found. Scopes are authorities' codes, None for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple, cast, get_args

from sqlalchemy import Connection, Row, Select, func, or_, select

from accounts.roles import Account
from inspections.errors import InspectionError
from inspections.visits.asked import Scope

from .tables import violation_events, violation_papers, violations

State = Literal["reported", "approved", "dismissed", "sealed", "served", "objected", "upheld", "cancelled", "paid"]
STATES: tuple[State, ...] = get_args(State)
PAGE = 50
_DAYS = ("served_on", "objection_until", "pay_until", "paid_on")


class Terms(NamedTuple):
    """What the schedule said of the kind on the day of the scan. Amounts: piastres of first, second, third time; days: working days."""

    names: Mapping[str, str]
    basis: Mapping[str, str]
    version: str
    amounts: tuple[int, int, int]
    window_months: int
    objection_days: int
    payment_days: int


class Found(NamedTuple):
    """An item of the checklist that was found bad, by its names."""

    ar: str
    en: str
    severity: str


@dataclass(frozen=True, slots=True)
class Violation:
    """A violation. Times are seconds since 1970 UTC, positions millionths of a degree; what is None has not come to be."""

    id: int
    version: int
    state: State
    authority: str
    inspection_id: int
    inspector_id: int | None
    scanned_at: int
    code: str
    terms: Terms
    sample: bool
    holder: str
    license: str | None
    license_authority: str | None
    reason: str
    findings: tuple[Found, ...]
    place: str
    lat: int
    lon: int
    reported_at: int
    reported_by_id: int
    reported_by: str
    approved_at: int | None
    approved_by_id: int | None
    number: str | None
    occurrence: int | None
    piastres: int | None
    text: str | None
    sealed_at: int | None
    served_on: date | None
    objection_until: date | None
    pay_until: date | None
    objection_id: str | None
    paid_on: date | None
    receipt: str | None

    def overdue(self, today: date) -> bool:
        """Whether the last day to pay has passed, and it is neither paid nor waits for an objection's decision."""
        return self.state in ("served", "upheld") and self.pay_until is not None and today > self.pay_until


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done about a violation, and the state that it led to (or would have, before its end)."""

    state: str
    at: int
    by: str
    role: str
    reason: str
    facts: Mapping[str, Any]


class Actor(NamedTuple):
    """Who does something, as the history keeps it."""

    name: str
    role: Literal["inspector", "supervisor", "office", "citizen"]


OFFICE, CITIZEN = Actor("office", "office"), Actor("office", "citizen")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for; empty texts ask for nothing. `overdue_on`: those that are overdue on that day."""

    scope: Scope
    state: str = ""
    code: str = ""
    license: str = ""
    number: str = ""
    reported_by_id: int | None = None
    overdue_on: date | None = None


def one(connection: Connection, violation_id: int, scope: Scope) -> Violation:
    """Return a violation of one of these authorities, or about a license of theirs. Raises InspectionError `violation_unknown`."""
    return _found(connection, select(violations).where(violations.c.id == violation_id), scope)


def by_number(connection: Connection, number: str) -> Violation:
    """Return a violation by its notice's number. Raises InspectionError `notice_unknown`."""
    row = connection.execute(select(violations).where(violations.c.number == number)).first()
    if row is None:
        raise InspectionError("notice_unknown")
    return _violation(row)


def of_license(connection: Connection, number: str, scope: Scope) -> list[Violation]:
    """Return the violations of a license, the newest first."""
    query = within(select(violations).where(violations.c.license == number), scope)
    return [_violation(row) for row in connection.execute(query.order_by(violations.c.id.desc()).limit(200))]


def of_inspection(connection: Connection, inspection_id: int) -> list[Violation]:
    """Return what was reported from an inspection, the oldest first."""
    query = select(violations).where(violations.c.inspection_id == inspection_id).order_by(violations.c.id)
    return [_violation(row) for row in connection.execute(query)]


def listed(connection: Connection, asked: Asked, *, before: int | None = None, most: int = PAGE) -> tuple[list[Violation], bool]:
    """Return violations, the newest report first, and whether there are more. `before` is the id of the last one seen."""
    table = violations.c
    query = within(select(violations), asked.scope)
    for name in ("state", "code", "license", "number"):
        value = getattr(asked, name)
        query = query.where(table[name] == value) if value else query
    if asked.reported_by_id is not None:
        query = query.where(table.reported_by_id == asked.reported_by_id)
    if asked.overdue_on is not None:
        query = query.where(table.state.in_(("served", "upheld")), table.pay_until < asked.overdue_on.isoformat())
    query = query.where(table.id < before) if before is not None else query
    rows = connection.execute(query.order_by(table.id.desc()).limit(most + 1)).all()
    return [_violation(row) for row in rows[:most]], len(rows) > most


def waiting(connection: Connection, state: str, *, after: int, most: int = PAGE) -> tuple[list[Violation], bool]:
    """Return the notices in a state, the oldest first from the id `after` on, and whether there are more."""
    table = violations.c
    query = select(violations).where(table.state == state, table.number.is_not(None), table.id > after)
    rows = connection.execute(query.order_by(table.id).limit(most + 1)).all()
    return [_violation(row) for row in rows[:most]], len(rows) > most


def of_ids(connection: Connection, ids: Sequence[int]) -> tuple[Violation, ...]:
    """Return violations by their ids, the newest first."""
    query = select(violations).where(violations.c.id.in_(ids)).order_by(violations.c.id.desc())
    return tuple(_violation(row) for row in connection.execute(query)) if ids else ()


def history(connection: Connection, violation_id: int) -> tuple[Event, ...]:
    """Return all that was done about a violation, the oldest first."""
    table = violation_events.c
    query = select(table.state, table.at, table.by, table.role, table.reason, table.facts).where(table.violation_id == violation_id)
    return tuple(Event(*row) for row in connection.execute(query.order_by(table.id)))


def last(connection: Connection, violation_id: int, state: State) -> int | None:
    """Return when a violation came into a state last (seconds since 1970 UTC), None if it never did."""
    table = violation_events.c
    found: int | None = connection.scalar(select(func.max(table.at)).where(table.violation_id == violation_id, table.state == state))
    return found


def paper(connection: Connection, violation_id: int) -> bytes | None:
    """Return the sealed paper, None as long as there is none."""
    found = connection.scalar(select(violation_papers.c.pdf).where(violation_papers.c.violation_id == violation_id))
    return None if found is None else bytes(found)


def actor(account: Account, authority: str) -> Actor:
    """Return somebody as the history of an authority's violation keeps them."""
    return Actor(account.name, "supervisor" if account.may("supervisor", authority) else "inspector")


def note(connection: Connection, violation_id: int, state: State, by: Actor, *, now: int, reason: str = "", **facts: Any) -> None:
    """Keep that something was done about a violation."""
    row = {"violation_id": violation_id, "state": state, "at": now, "by": by.name, "role": by.role, "reason": reason, "facts": facts}
    connection.execute(violation_events.insert().values(row))


def within(query: Select[Any], scope: Scope) -> Select[Any]:
    """Return a query of violations with those of some authorities alone, or about licenses of theirs."""
    if scope is None:
        return query
    return query.where(or_(violations.c.authority.in_(scope), violations.c.license_authority.in_(scope)))


def _found(connection: Connection, query: Select[Any], scope: Scope) -> Violation:
    row = connection.execute(within(query, scope)).first()
    if row is None:
        raise InspectionError("violation_unknown")
    return _violation(row)


def _violation(row: Row[Any]) -> Violation:
    held: dict[str, Any] = {name: getattr(row, name) for name in Violation.__dataclass_fields__}
    held |= {name: None if held[name] is None else date.fromisoformat(held[name]) for name in _DAYS}
    terms = dict(row.terms) | {"amounts": tuple(row.terms["amounts"])}
    held |= {"terms": Terms(**terms), "sample": bool(row.sample), "findings": tuple(Found(**each) for each in row.findings)}
    return Violation(**held | {"state": cast(State, row.state)})
