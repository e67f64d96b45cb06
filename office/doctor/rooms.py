"""The database: whether it is this program's, whether the register is behind the log, and what waits for the processes that work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from accounts import directory
from accounts.roles import Account
from issuer.errors import IssuerError
from issuer.log import stored
from issuer.recovery import adopting
from issuer.register import positions
from office.applications.tables import applications
from office.database import DATABASE
from office.messages import report
from office.services.state_machine import State
from seal import claims
from storage.database import opening, reading, standing_of
from storage.errors import StorageError
from storage.replicas import Replica
from storage.revisions import pending

from .findings import HOUR, MINUTE, Finding, Level, Value, by_age, span

_ADMINISTRATORS = 2  # docs/how-to/staff.md: one gives, another one confirms


Ask = Callable[[Connection], Finding | None]


def look(register: str, store: Path, folder: Path, *, now: int, more: Sequence[Ask] = ()) -> Iterator[Finding]:
    """Yield what the register's database says, and what `more` finds in it. It is opened to read, and nothing in it changes."""
    try:
        with opening(register, create=False) as engine:
            yield from _inside(engine, store, folder, now=now, more=more)
            engine.dispose()
    except StorageError as error:
        yield Finding("database", Level.NOW, error.code, error.detail)


def replica(register: str, url: str) -> Finding:
    """Return how the replica is from which the desk's pages are read: without it they go on, from the register."""
    try:
        with opening(register, create=False) as engine:
            found = Replica(DATABASE, engine, url)
            found.look_again()
            behind, fault = found.behind_seconds, found.fault
            found.close()
            engine.dispose()
    except StorageError as error:
        level = Level.NOW if error.code.startswith("replica") else Level.UNKNOWN
        return Finding("replica", level, error.code, error.detail)
    values = () if behind is None else (Value("replica_behind_seconds", behind),)
    if fault:
        return Finding("replica", Level.SOON, fault, "" if behind is None else span(int(behind)), values)
    return Finding("replica", Level.FINE, "replica_fine", f"{behind or 0:.1f} s", values)


def _inside(engine: Engine, store: Path, folder: Path, *, now: int, more: Sequence[Ask]) -> Iterator[Finding]:
    found = standing_of(DATABASE, engine)
    if found.empty:
        yield Finding("database", Level.NOW, "database_missing")
        return
    lacked = list(pending(DATABASE, found))
    if lacked:
        yield Finding("database", Level.NOW, "database_older", str(len(lacked)))
        return
    yield Finding("database", Level.FINE, "database_fine")
    with reading(engine) as connection:
        yield (register := _register(connection, store, folder, now=now))
        if register.code != "register_behind_log":  # it does not know yet what it lost
            yield _lost(connection)
        yield _work(connection, now=now)
        yield _messages(connection, now=now)
        yield _administrators(connection)
        yield from filter(None, (ask(connection) for ask in more))


def _register(connection: Connection, store: Path, folder: Path, *, now: int) -> Finding:
    given = positions.following(connection)
    try:
        logged = stored.logged(store, folder)
    except (IssuerError, OSError) as error:
        return Finding("register", Level.UNKNOWN, "register_unlogged", getattr(error, "code", "") or str(error.args[-1]))
    values: tuple[Value, ...] = (Value("register_positions", given), Value("register_positions_waiting", max(0, given - logged)))
    if given < logged:
        return Finding("register", Level.NOW, "register_behind_log", f"{given} < {logged}", values)
    oldest = next(positions.sealed(connection, logged, given), None) if logged else None
    if oldest is not None:
        age = max(0, now - claims.from_bytes(oldest[1].payload).iat)
        values = (*values, Value("register_oldest_waiting_seconds", age))
        if level := by_age(age, soon=5 * MINUTE, now=HOUR):
            return Finding("register", level, "register_waits", f"{given - logged}, {span(age)}", values)
    return Finding("register", Level.FINE, "register_fine", str(given), values)


def _lost(connection: Connection) -> Finding:
    """Licenses that a lost disk took, as long as nobody read them back in: their codes are good, their holders find nothing at the desk."""
    count = len(adopting.remaining(connection))
    values = (Value("register_lost", count),)
    return Finding("lost", Level.SOON if count else Level.FINE, "licenses_lost" if count else "licenses_whole", str(count), values)


def _work(connection: Connection, *, now: int) -> Finding:
    since = applications.c.since
    count, oldest = connection.execute(select(func.count(), func.min(since)).where(applications.c.state == State.APPROVED.value)).one()
    age = max(0, now - oldest) if oldest is not None else 0
    values = (Value("applications_approved", count), Value("applications_approved_oldest_seconds", age))
    level = by_age(age, soon=15 * MINUTE, now=24 * HOUR)
    return Finding("worker", level, "work_waits" if level else "work_fine", f"{count}, {span(age)}", values)


def _messages(connection: Connection, *, now: int) -> Finding:
    count, age = report.waiting(connection, now=now)
    values = (Value("messages_waiting", count), Value("messages_waiting_oldest_seconds", age))
    level = by_age(age, soon=HOUR, now=24 * HOUR)
    return Finding("messages", level, "messages_wait" if level else "messages_fine", f"{count}, {span(age)}", values)


def _administrators(connection: Connection) -> Finding:
    able = [account for account in directory.everyone(connection) if _decides(account)]
    values = (Value("administrators", len(able)),)
    level = Level.FINE if len(able) >= _ADMINISTRATORS else Level.SOON
    return Finding("administrators", level, "administrators_fine" if level is Level.FINE else "administrators_few", str(len(able)), values)


def _decides(account: Account) -> bool:
    working = account.enrolled and account.confirmed and not account.closed
    return working and any("administrator" in given for given in account.roles.values())
