"""Rows that are written once, whoever comes first, and things that are looked at by one at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Table, UniqueConstraint

from issuer.register.database import insert


def insert_once(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless a unique constraint says that it is there. Return whether it was inserted."""
    # What comes back tells whether it was inserted; a row count is not to be had from every driver.
    inserted = insert(connection, table).values(values).on_conflict_do_nothing().returning(table.c.id)
    return connection.execute(inserted).first() is not None


def insert_or_renew(connection: Connection, table: Table, values: Mapping[str, object], *, old: ColumnElement[bool]) -> None:
    """Insert a row; one that is there already, by the table's unique constraint, takes these values if it is `old` and stays else."""
    unique = next(each for each in table.constraints if isinstance(each, UniqueConstraint))
    renewed = insert(connection, table).values(values).on_conflict_do_update(
        index_elements=list(unique.columns), set_=dict(values), where=old
    )
    connection.execute(renewed)


def alone(connection: Connection, name: str) -> None:
    """Wait until no other transaction is alone with `name`, and keep others out to the end of this one. On SQLite nobody else writes."""
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({key})")
