"""Rows by the million, made up to measure over: nobody stands for them, so they leave no acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Engine

from office.database import DATABASE
from storage.database import open_database


@contextmanager
def unwatched(engine: Engine) -> Iterator[Engine]:
    """Open the database of an engine once more, without what makes acts."""
    schema = replace(DATABASE, attach=lambda _: None)
    other = open_database(schema, engine.url.render_as_string(hide_password=False), create=False)
    try:
        yield other
    finally:
        other.dispose()
