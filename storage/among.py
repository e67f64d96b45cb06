"""`column IN (many values)` with one parameter: hundreds of placeholders take longer to write, to send and to plan than to look up."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BindParameter, Column, ColumnElement, Connection, Text, any_, bindparam, func, select

Values = Collection[int] | Collection[str]


def among(connection: Connection, column: Column[Any], values: Values) -> ColumnElement[bool]:
    """Return the condition that `column`, of whole numbers or of texts, is one of `values`."""
    kind = _kind(connection.dialect.name, column)
    return _among(column, bindparam(None, given(connection, values), kind))


def among_named(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """Return the same for a question that is built once for each kind of database (storage/asked.py): `name` is bound to `given` values."""
    return _among(column, bindparam(name, type_=_kind(dialect, column)))


def given(connection: Connection, values: Values) -> Any:
    """Return what a parameter of `among_named` is bound to."""
    return list(values) if connection.dialect.name == "postgresql" else json.dumps(list(values))


def _kind(dialect: str, column: Column[Any]) -> ARRAY[Any] | Text:
    return ARRAY(column.type) if dialect == "postgresql" else Text()


def _among(column: Column[Any], several: BindParameter[Any]) -> ColumnElement[bool]:
    if isinstance(several.type, ARRAY):
        return column == any_(several)
    return column.in_(select(func.json_each(several).table_valued("value").c.value))
