"""Kinds of columns that the tables of every room are made of, and the names of their keys and indices.

What is text in the database and a value of ours in Python is read and written here, and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, MetaData, Text
from sqlalchemy.types import TypeDecorator

from .errors import UnreadableError

MOST = 1_000_000  # characters; a form of sixty fields of 4,000 has a quarter of it


def _same(value: Any) -> Any:
    return value


Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key


class Json(TypeDecorator[Any]):
    """A column of text that holds one JSON value (RFC 8259), NULL for None.

    `plain` makes plain JSON values of what is kept, `read` makes it again of them. Reading raises UnreadableError for text that is no
    JSON, or not what `plain` made; writing more than `MOST` characters raises sqlalchemy.exc.StatementError: whoever takes something in
    bounds it there.
    """

    impl = Text
    cache_ok = True

    def __init__(self, plain: Callable[[Any], Any] = _same, read: Callable[[Any], Any] = _same, *, ascii_only: bool = False) -> None:
        super().__init__()
        self.plain, self.read, self.ascii_only = plain, read, ascii_only

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Return the text of a value."""
        if value is None:
            return None
        text = json.dumps(self.plain(value), ensure_ascii=self.ascii_only)
        if len(text) > MOST:
            raise ValueError("more JSON than a column holds")
        return text

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any | None:
        """Return the value of a text."""
        if value is None:
            return None
        if len(value) > MOST:
            raise UnreadableError("JSON")
        try:
            return self.read(json.loads(value))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UnreadableError("JSON") from error


class Octets(LargeBinary):
    """Bytes that go to the driver as they are: both drivers take them, and a wrapper for each would cost a tenth of issuing."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        """Return no processor."""
        return


def new_metadata() -> MetaData:
    """Return a room's list of tables, yet empty. Everything in it has the same name on every database, so that a revision can name it."""
    return MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
