"""Rows that are written once, whoever comes first."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Table, UniqueConstraint

from .insertion import insert


def insert_once(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless a unique constraint says that it is there. Return whether it was inserted."""
    # What comes back tells whether it was inserted; a row count is not to be had from every driver.
    inserted = insert(connection, table).values(values).on_conflict_do_nothing().returning(table.c.id)
    return connection.execute(inserted).first() is not None


def insert_or_renew(connection: Connection, table: Table, values: Mapping[str, object], *, old: ColumnElement[bool]) -> None:
    """Insert a row; one that is there already, by the table's unique constraint, takes these values if it is `old` and stays else."""
    unique = next(each for each in table.constraints if isinstance(each, UniqueConstraint))
    renewed = (
        insert(connection, table).values(values).on_conflict_do_update(index_elements=list(unique.columns), set_=dict(values), where=old)
    )
    connection.execute(renewed)
