"""Which rows are about a license, an application or a person: by the number that they bear, and by what hangs on what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, String, or_, select

from .bodies import Key
from .errors import ActError
from .guarded import Guarded

#: Columns of any room that hold the number of a license, an application or a notice, or a mobile number.
_NUMBERS = ("number", "mobile", "license", "subject", "previous")
_AT_ONCE = 500

Rows = set[tuple[str, Key]]


def named(tables: Sequence[Guarded], table: str, key: Sequence[str]) -> tuple[Guarded, Key]:
    """Return a table and the key of one of its rows, as typed. Raises ActError `act_row_unknown`."""
    found = next((each for each in tables if each.table.name == table), None)
    if found is None or len(key) != len(found.key):
        raise ActError("act_row_unknown", table[:40])
    return found, tuple(_part(column.type.python_type, text) for column, text in zip(found.key, key, strict=True))


def _part(kind: type, text: str) -> int | str:
    try:
        return int(text) if kind is int else text
    except ValueError as error:
        raise ActError("act_row_unknown", text[:40]) from error


def bearing(connection: Connection, tables: Sequence[Guarded], number: str) -> Rows:
    """Return the rows that bear a number."""
    found: Rows = set()
    for table in tables:
        columns = [column for column in table.table.columns if column.name in _NUMBERS and isinstance(column.type, String)]
        if columns:
            query = select(*table.key).where(or_(*(column == number for column in columns)))
            found |= {(table.table.name, tuple(row)) for row in connection.execute(query)}
    return found


def about(connection: Connection, tables: Sequence[Guarded], rows: Iterable[tuple[str, Key]]) -> Rows:
    """Return rows with all that is about them: what bears their own numbers, as a bill that of its application, and what hangs on those."""
    found = set(rows)
    for table in tables:
        if "number" in table.columns:
            for number in _numbers(connection, table, found):
                found |= bearing(connection, tables, number)
    new = found
    while new:
        new = {each for table in tables for each in _hanging(connection, table, new)} - found
        found |= new
    return found


def _numbers(connection: Connection, table: Guarded, rows: Rows) -> list[str]:
    keys = [key for name, key in rows if name == table.table.name]
    number, (one, *_) = table.table.c.number, table.key
    return [text for some in _some(keys) for text in connection.scalars(select(number).where(one.in_([key[0] for key in some])))]


def _hanging(connection: Connection, table: Guarded, rows: Rows) -> Rows:
    """Return the rows of a table that refer to one of some rows."""
    found: Rows = set()
    for reference in table.table.foreign_keys:
        keys = [key for name, key in rows if name == reference.column.table.name]
        for some in _some(keys):
            query = select(*table.key).where(reference.parent.in_([key[0] for key in some]))
            found |= {(table.table.name, tuple(row)) for row in connection.execute(query)}
    return found


def _some(keys: Sequence[Key]) -> Iterable[Sequence[Key]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
