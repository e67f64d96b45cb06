"""From an old key to the newest: rows are read by the one and written by the other, some at a time, while everything goes on.

A row that cannot be read stays as it is and is counted: no key is dropped while rows still need it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, select, update

from storage.database import reading

from . import records
from .keyring import Keyring
from .records import Outcome
from .tables import applicants

_AT_ONCE = 200


class Counted(NamedTuple):
    """How many rows were read, and by which faults others were not."""

    read: int
    faults: Counter[str]


def rows_by_key(connection: Connection) -> dict[str, int]:
    """Return how many rows each key is needed for."""
    query = select(applicants.c.kid, func.count()).where(applicants.c.kid != "").group_by(applicants.c.kid).order_by(applicants.c.kid)
    return {row[0]: row[1] for row in connection.execute(query)}


def rekey(engine: Engine, keyring: Keyring, *, today: date) -> Counted:
    """Write every row that an older key was used for by the newest, and what it is found by."""
    done, faults, after = 0, Counter[str](), 0
    while True:
        with engine.begin() as connection:
            batch = list(_rows(connection, after, but=keyring.current.kid, lock=True))
            for application_id, row in batch:
                fault = _rewritten(connection, keyring, application_id, row, today)
                faults[fault] += bool(fault)
                done += not fault
        if not batch:
            return Counted(done, +faults)
        after = batch[-1][0]


def check(engine: Engine, keyring: Keyring) -> Counted:
    """Read every row, and say how many can be read and how many not, and why."""
    done, faults, after = 0, Counter[str](), 0
    while True:
        with reading(engine) as connection:
            batch = list(_rows(connection, after, but=""))
            for application_id, row in batch:
                found = records.read(connection, keyring, application_id, row)
                faults[found.fault] += found.outcome == Outcome.UNREADABLE
                done += found.outcome == Outcome.KEPT
        if not batch:
            return Counted(done, +faults)
        after = batch[-1][0]


def _rows(connection: Connection, after: int, *, but: str, lock: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the next applications with data under other keys than `but`, as (id, random key)."""
    cases = applicants.metadata.tables["application"].c  # the room above has the table; its key names the row
    query = select(applicants.c.application_id, cases.key).join(cases.key.table, cases.id == applicants.c.application_id)
    query = query.where(applicants.c.application_id > after, applicants.c.kid.not_in(["", but]))
    query = query.order_by(applicants.c.application_id).limit(_AT_ONCE)
    yield from ((row[0], row[1]) for row in connection.execute(query.with_for_update(of=applicants) if lock else query))


def _rewritten(connection: Connection, keyring: Keyring, application_id: int, row: str, today: date) -> str:
    """Write a row by the newest key; return why it could not be read, "" if it could."""
    found, key = records.read(connection, keyring, application_id, row), keyring.current
    if found.outcome != Outcome.KEPT:
        return found.fault
    values = records.columns(key, found.typed, row)
    connection.execute(update(applicants).where(applicants.c.application_id == application_id).values(kid=key.kid, **values))
    records.mark(connection, keyring, application_id, found.typed, today=today)
    return ""
