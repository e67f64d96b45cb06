"""Lines of who had which step of which case, written and read."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, select, update

from accounts.roles import Account
from office.applications import records
from office.applications.application import NOBODY, Application
from office.applications.context import UnitOfWork
from office.applications.tables import applications
from storage.asked import VALUE, by

from .tables import assignments

How = Literal["taken", "given", "handed", "rule", "even", "stand_in"]
Ended = Literal["taken", "given", "handed", "given_back", "own"]  # own: it was to come to them, and they had a hand in it
NOTE_MAX = 500
_t = assignments.c


class Assignment(NamedTuple):
    """One line: `account` had the step `state`. `ended_*` are None as long as nobody ended it before the step was done."""

    id: int
    application_id: int
    state: str
    since: int
    account_id: int
    at: int
    by: str
    how: str
    note: str
    ended_at: int | None
    ended_by: str | None
    ended_how: str | None


def assign(unit: UnitOfWork, application: Application, to: Account | None, *, how: How, ended: Ended, note: str = "") -> Application:
    """Let somebody have a case, which is locked, or nobody; whoever had it is told, unless they ended it themselves."""
    if application.assigned != NOBODY:
        _end(unit, application, ended)
    if to is not None:
        line = _line(unit, application, to, how) | {"note": records.storable(note)[:NOTE_MAX]}
        unit.connection.execute(assignments.insert().values(line))
    return records.change(unit.connection, application, {"assigned": to.id if to else NOBODY})


def passed_over(unit: UnitOfWork, application: Application, account: Account) -> None:
    """Note that a case was to come to a stand-in who had a hand in it: they and everybody on the case can read why it went to another."""
    gone = {"note": "", "ended_at": unit.now, "ended_by": unit.actor.key, "ended_how": "own"}
    unit.connection.execute(assignments.insert().values(_line(unit, application, account, "stand_in") | gone))


def of_case(connection: Connection, application_id: int) -> tuple[Assignment, ...]:
    """Return who had a case, oldest first."""
    return tuple(map(of, connection.execute(by(assignments, "application_id", *Assignment._fields), {VALUE: application_id})))


def untold(connection: Connection, account_id: int, *, limit: int = 20) -> tuple[tuple[Assignment, str], ...]:
    """Return what others took from somebody and they were not told of yet, each with the number of its case, newest first."""
    query = select(*_columns(), applications.c.number).join(applications, applications.c.id == _t.application_id)
    mine = _t.account_id == account_id, _t.ended_at.is_not(None), _t.seen_at.is_(None)
    rows = connection.execute(query.where(*mine).order_by(_t.ended_at.desc(), _t.id.desc()).limit(limit))
    return tuple((Assignment(*row[:-1]), row[-1]) for row in rows)


def told(unit: UnitOfWork, account_id: int) -> None:
    """Keep that somebody has read what others took from them."""
    mine = _t.account_id == account_id, _t.ended_at.is_not(None), _t.seen_at.is_(None)
    unit.connection.execute(update(assignments).where(*mine).values(seen_at=unit.now))


def of(row: Row[Any]) -> Assignment:
    """Return a row of the table."""
    return Assignment(*(row._mapping[name] for name in Assignment._fields))


def _read(connection: Connection, where: Any) -> tuple[Assignment, ...]:
    return tuple(map(of, connection.execute(select(*_columns()).where(where).order_by(_t.id))))


def _columns() -> list[Any]:
    return [_t[name] for name in Assignment._fields]


def _line(unit: UnitOfWork, application: Application, to: Account, how: How) -> dict[str, Any]:
    step = {"application_id": application.id, "state": str(application.state), "since": application.since}
    return step | {"account_id": to.id, "at": unit.now, "by": unit.actor.key, "how": how}


def _end(unit: UnitOfWork, application: Application, ended: Ended) -> None:
    by_themselves = unit.actor.key == f"staff:{application.assigned}"
    values = {"ended_at": unit.now, "ended_by": unit.actor.key, "ended_how": ended, "seen_at": unit.now if by_themselves else None}
    open_ = _t.application_id == application.id, _t.account_id == application.assigned, _t.ended_at.is_(None)
    step = _t.since == application.since, _t.state == str(application.state)
    unit.connection.execute(update(assignments).where(*open_, *step).values(values))
