"""Numbers without gaps: the transaction that uses one takes it, and whoever wants the next one waits for its end."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.sql.dml import ReturningInsert

from .insertion import insert_of


def take(connection: Connection, table: Table, **key: object) -> int:
    """Return the next number of the counter that `key`, the primary key of `table`, names: 1 the first time. Its column is `used`."""
    return int(connection.execute(_counted(connection.dialect.name, table, *key), {"used": 1, **key}).scalar_one())


@cache
def _counted(dialect: str, table: Table, *key: str) -> ReturningInsert[Any]:
    """Return the insertion that counts on, built once, as in storage/asked.py."""
    counted = insert_of(dialect, table).on_conflict_do_update(index_elements=list(key), set_={"used": table.c.used + 1})
    return counted.returning(table.c.used)
