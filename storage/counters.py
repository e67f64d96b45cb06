"""Numbers without gaps: the transaction that uses one takes it, and whoever wants the next one waits for its end."""

from __future__ import annotations

from sqlalchemy import Connection, Table

from .insertion import insert


def take(connection: Connection, table: Table, **key: object) -> int:
    """Return the next number of the counter that `key`, the primary key of `table`, names: 1 the first time. Its column is `used`."""
    first = insert(connection, table).values(used=1, **key)
    counted = first.on_conflict_do_update(index_elements=list(key), set_={"used": table.c.used + 1})
    return int(connection.execute(counted.returning(table.c.used)).scalar_one())
