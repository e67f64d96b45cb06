"""Who writes waits for who writes already: PostgreSQL by advisory locks, SQLite because every transaction begins as a writer's."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

_WRITING = 0x4B48_4154


def lock_writers(connection: Connection) -> None:
    """Make writers wait for each other: PostgreSQL by an advisory lock, SQLite because every transaction begins as a writer's."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITING})")


def lock_name(connection: Connection, name: str) -> None:
    """Wait until no other transaction is alone with `name`, and keep others out to the end of this one. On SQLite nobody else writes."""
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({key})")
