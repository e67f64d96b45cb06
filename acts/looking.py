"""Reading guarded rows by their keys, with statements that are prepared once for each table.

An act looks at each row that a transaction touched, once or twice. Building a statement of forty columns anew each time, and what
SQLAlchemy knows it by, took as long as everything else that an act costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Dialect, select

from .bodies import Key, Value
from .guarded import Guarded

Row = tuple[Value, ...]
CHUNK = 256  # keys of one question

Processors = Sequence[tuple[int, Callable[[Any], Any]]]


class _Prepared(NamedTuple):
    """A question in the words of one kind of database, for so many keys; `processors` are known once it was asked."""

    text: str
    processors: list[Processors]


def by_keys(connection: Connection, table: Guarded, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Row]:
    """Return the rows of some keys, as acts hold them. `lock` keeps others from writing them, where they could."""
    found: dict[Key, Row] = {}
    for start in range(0, len(keys), CHUNK):
        chunk = list(keys[start : start + CHUNK])
        found |= _asked(connection, table, chunk, lock=lock and connection.dialect.name == "postgresql")
    return found


def _asked(connection: Connection, table: Guarded, keys: list[Key], *, lock: bool) -> dict[Key, Row]:
    many = 1 << (len(keys) - 1).bit_length()
    keys += keys[-1:] * (many - len(keys))  # few numbers of keys, so few statements
    prepared = _prepared(table, Named(connection.dialect), many, lock)
    result = connection.exec_driver_sql(prepared.text, tuple(part for key in keys for part in key))
    if result.cursor is None:
        raise RuntimeError("no rows")
    if not prepared.processors:
        prepared.processors.append(processors_of((*table.key, *table.raw), connection.dialect, result.cursor.description))
    rows = result.cursor.fetchall()
    result.close()
    width, processors = len(table.key), prepared.processors[0]
    if processors:
        rows = [_processed(row, processors) for row in rows]
    return {tuple(row[:width]): tuple(row[width:]) for row in rows}


class Named:
    """A dialect that is known by its name: of each engine there is another one."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.dialect.name == other.dialect.name

    def __hash__(self) -> int:
        return hash(self.dialect.name)


@lru_cache(maxsize=4096)
def _prepared(table: Guarded, named: Named, many: int, lock: bool) -> _Prepared:
    dialect = named.dialect
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    names = [dialect.identifier_preparer.format_column(column, use_table=True) for column in table.key]
    if len(names) == 1:
        where = f"{names[0]} IN ({', '.join([mark] * many)})"
    else:
        where = " OR ".join([f"({' AND '.join(f'{name} = {mark}' for name in names)})"] * many)
    query = select(*table.key, *table.raw).compile(dialect=dialect)
    return _Prepared(f"{query} WHERE {where}{' FOR UPDATE' if lock else ''}", [])


def processors_of(columns: Sequence[ColumnElement[Any]], dialect: Dialect, description: Sequence[Sequence[Any]]) -> Processors:
    """Return what makes values of ours of the driver's, by place: as SQLAlchemy does for a statement of its own."""
    told = zip(columns, description, strict=True)
    found = (each.type.dialect_impl(dialect).result_processor(dialect, of_driver[1]) for each, of_driver in told)
    return [(place, processor) for place, processor in enumerate(found) if processor is not None]


def _processed(row: Sequence[Any], processors: Processors) -> list[Any]:
    made = list(row)
    for place, processor in processors:
        made[place] = processor(made[place])
    return made
