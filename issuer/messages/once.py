"""Rows that are written once, whoever comes first, and things that are looked at by one at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless a unique constraint says that it is there. Return whether it was inserted."""
    if connection.dialect.name == "postgresql":
        return bool(connection.execute(postgresql.insert(table).values(values).on_conflict_do_nothing()).rowcount)
    return bool(connection.execute(sqlite.insert(table).values(values).on_conflict_do_nothing()).rowcount)


def alone(connection: Connection, name: str) -> None:
    """Wait until no other transaction is alone with `name`, and keep others out to the end of this one. On SQLite nobody else writes."""
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({key})")
