"""Which tables are guarded, and which of their columns are left out. A room says so where it names a table: `Table(…, info=guarded())`."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, MetaData, Table, type_coerce
from sqlalchemy.types import TypeDecorator

_INFO = "acts"


class Guarded(NamedTuple):
    """A table whose every change leaves an act: the columns of its key, and those that acts hold, as the database has them."""

    table: Table
    key: tuple[Column[Any], ...]
    columns: tuple[str, ...]
    raw: tuple[ColumnElement[Any], ...]  # to select the columns by, in their order: JSON as its text, not as what is read from it


def guarded(*, besides: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what a table's `info` is. Columns `besides` are left out: what programs count and set again at each of their rounds."""
    return {_INFO: besides}


def of(table: object) -> Guarded | None:
    """Return how a table is guarded, None for one that is not."""
    return _of(table) if isinstance(table, Table) and _INFO in table.info else None


@cache
def _of(table: Table) -> Guarded:
    key = tuple(table.primary_key.columns)
    held = [column for column in table.columns if column.name not in table.info[_INFO]]
    return Guarded(table, key, tuple(column.name for column in held), tuple(map(_raw, held)))


def all_of(metadata: MetaData) -> tuple[Guarded, ...]:
    """Return the guarded tables of a room, by name."""
    return tuple(found for _, table in sorted(metadata.tables.items()) if (found := of(table)))


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    kind = column.type
    return type_coerce(column, kind.impl_instance) if isinstance(kind, TypeDecorator) else column
