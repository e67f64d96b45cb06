"""`column IN (many values)` with one parameter: hundreds of placeholders take longer to write, to send and to plan than to look up."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Connection, any_, bindparam, func, select


def among(connection: Connection, column: Column[Any], values: Collection[int] | Collection[str]) -> ColumnElement[bool]:
    """Return the condition that `column`, of whole numbers or of texts, is one of `values`."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), ARRAY(column.type)))
    return column.in_(select(func.json_each(json.dumps(list(values))).table_valued("value").c.value))
