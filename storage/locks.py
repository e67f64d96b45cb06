"""Who writes waits for who writes already: PostgreSQL by advisory locks, SQLite because every transaction begins as a writer's.

The locks are a transaction's, never a session's: they end with it whatever becomes of the process, and hold behind a pooler too, which
lends a session for one transaction. Whether they truly lock is not believed but tried, each time a process opens a database: other engines
that speak PostgreSQL's language have the function and lock nothing, and a balancer may lead two connections to two servers.
"""

from __future__ import annotations

import hashlib
import secrets
from threading import Thread

from sqlalchemy import Connection, Engine

from . import postgresql
from .errors import StorageError
from .faults import DATABASE_ERRORS

_WRITING = 0x4B48_4154
_FREE, _TAKEN, _UNKNOWN = "free", "taken", "unknown"


def lock_writers(connection: Connection) -> None:
    """Make writers wait for each other: PostgreSQL by an advisory lock, SQLite because every transaction begins as a writer's."""
    if connection.dialect.name == "postgresql":
        _lock(connection, _WRITING)


def lock_name(connection: Connection, name: str) -> None:
    """Wait until no other transaction is alone with `name`, and keep others out to the end of this one. On SQLite nobody else writes."""
    if connection.dialect.name == "postgresql":
        _lock(connection, int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True))


def prove(engine: Engine, *, seconds: float | None = None) -> None:
    """Return if a lock that one connection takes is taken for another one, and free once the transaction is over.

    Raises StorageError `database_unlocked`; `database_locked` where no second connection is to be had within `seconds`, else as long as
    anybody waits for one. On SQLite there is nothing to prove: a transaction that writes has the file.
    """
    if engine.dialect.name != "postgresql":
        return
    patience = seconds or postgresql.BUSY_SECONDS
    key = secrets.randbits(62)  # others prove theirs at the same time
    with engine.connect() as connection:
        _lock(connection, key)
        during = _seen(engine, key, patience)
    if during == _UNKNOWN:
        raise StorageError("database_locked")
    if during == _FREE or _seen(engine, key, patience) != _FREE:
        raise StorageError("database_unlocked")


def _lock(connection: Connection, key: int) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({key})")


def _seen(engine: Engine, key: int, seconds: float) -> str:
    """Return how a second connection finds a lock. It is asked in a thread: a pooler with one session keeps it waiting until we let go."""
    told = [_UNKNOWN]

    def ask() -> None:
        try:
            with engine.connect() as other:
                told[0] = _FREE if other.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({key})").scalar_one() else _TAKEN
        except DATABASE_ERRORS:
            return

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return told[0]
