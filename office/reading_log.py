"""A record of who read whose data: rows with `id`, `at` (seconds since 1970 UTC) and `actor` (kind:id or as acts name people).

Whoever keeps one writes a row before anything is shown, in the transaction that reads or in one before it: not recorded is not shown.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, delete, func, select

HOUR = 3_600
_ACTOR_MOST, _NAME_MOST = 80, 120

_Line = TypeVar("_Line", bound=NamedTuple)


class ReadingLog(Generic[_Line]):
    """One such table. `line` is a NamedTuple whose fields are columns: what is listed."""

    def __init__(self, table: Table, line: type[_Line]) -> None:
        """Take the table and what a row is read as."""
        self._table, self._line, self._insertion = table, line, table.insert()

    def write(self, connection: Connection, actor: tuple[str, str], *, now: int, **about: object) -> None:
        """Write down that `actor` (key, display name) reads something now."""
        key, name = actor
        row = {"at": now, "actor": key[:_ACTOR_MOST], "actor_name": name[:_NAME_MOST], **about}
        connection.execute(self._insertion, row)

    def lately(self, connection: Connection, key: str, *, now: int, most: int, **about: object) -> int:
        """Return how often somebody read within the last hour, up to `most`: anything, or where these columns have these values."""
        values = {"actor": key[:_ACTOR_MOST], "since": now - HOUR, "now": now, "most": most}
        return int(connection.scalar(_lately(self._table, *about), {**values, **about}) or 0)

    def page(self, connection: Connection, *where: ColumnElement[bool], before: int = 0, most: int) -> tuple[_Line, ...]:
        """Return lines, newest first; `before` is the id to go on below, 0 for the newest."""
        query = select(*(self._table.c[name] for name in self._line._fields)).where(*where)
        query = query.where(self._table.c.id < before) if before else query
        rows: Any = connection.execute(query.order_by(self._table.c.id.desc()).limit(most))
        return tuple(self._line(*row) for row in rows)


@cache
def _lately(table: Table, *columns: str) -> Select[Any]:
    """Return the question how many lines of somebody are `since` a moment, with values in `columns`; built once, as in storage/asked.py."""
    of, same = table.c, [table.c[column] == bindparam(column) for column in columns]
    during = of.actor == bindparam("actor"), of.at > bindparam("since"), of.at <= bindparam("now")
    return select(func.count()).select_from(select(of.id).where(*during, *same).limit(bindparam("most")).subquery())


def forget(connection: Connection, table: Table, *, before: int, most: int) -> int:
    """Delete at most so many lines of such a table from before a moment, the oldest first; return how many."""
    ids = list(connection.scalars(select(table.c.id).where(table.c.at < before).order_by(table.c.at, table.c.id).limit(most)))
    if ids:
        connection.execute(delete(table).where(table.c.id.in_(ids)))
    return len(ids)
