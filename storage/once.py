"""Rows that are written once, whoever comes first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, UniqueConstraint
from sqlalchemy.sql.dml import ReturningInsert

from .insertion import insert, insert_of


def insert_once(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless a unique constraint says that it is there. Return whether it was inserted."""
    return connection.execute(_once(connection.dialect.name, table), dict(values)).first() is not None


@cache
def _once(dialect: str, table: Table) -> ReturningInsert[Any]:
    """Return the insertion, built once, as in storage/asked.py.

    What comes back tells whether a row was inserted; a row count is not to be had from every driver.
    """
    return insert_of(dialect, table).on_conflict_do_nothing().returning(table.c.id)


def insert_or_renew(connection: Connection, table: Table, values: Mapping[str, object], *, old: ColumnElement[bool]) -> None:
    """Insert a row; one that is there already, by the table's unique constraint, takes these values if it is `old` and stays else."""
    unique = next(each for each in table.constraints if isinstance(each, UniqueConstraint))
    renewed = (
        insert(connection, table).values(values).on_conflict_do_update(index_elements=list(unique.columns), set_=dict(values), where=old)
    )
    connection.execute(renewed)
