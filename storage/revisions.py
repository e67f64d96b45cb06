"""Revisions of a schema: which one a database has, making an empty one, and bringing an older one up to date by command alone.

A database is never changed by whoever only opens it: other processes may be at work on it with the program of yesterday.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from .errors import StorageError
from .locks import lock_writers
from .schema import Schema


class Revision(NamedTuple):
    """One step of the tables: its name, such as `0007`, and what it does, in a sentence."""

    name: str
    sentence: str


def current(connection: Connection) -> str | None:
    """Return the revision that a database has; None if it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def head(schema: Schema) -> str:
    """Return the revision that this program needs."""
    return _steps(schema)[-1].name


def pending(schema: Schema, found: str | None) -> tuple[Revision, ...]:
    """Return the revisions that a database at `found` lacks, in their order. Raises StorageError `database_newer`."""
    names = [step.name for step in _steps(schema)]
    if found is not None and found not in names:
        raise StorageError("database_newer", found)
    return _steps(schema)[names.index(found) + 1 if found else 0 :]


def require(schema: Schema, found: str | None) -> None:
    """Refuse a database at another revision than this program's.

    Raises StorageError `database_missing`, `database_older`, `database_newer`.
    """
    if found == head(schema):
        return
    if found is None:
        raise StorageError("database_missing")
    raise StorageError("database_older", f"{len(pending(schema, found))} revisions behind: {found} < {head(schema)}")


def make(schema: Schema, engine: Engine) -> None:
    """Make the tables of an empty database; of one that another process made meanwhile, nothing."""
    with engine.begin() as connection:
        lock_writers(connection)  # two may find the database missing at once; the second finds it made
        if current(connection) is None:
            _run(schema, connection, "head")


def upgrade(schema: Schema, engine: Engine, *, progress: Callable[[Revision], object]) -> int:
    """Bring a database up to date in one transaction: all of it or nothing. Return how many revisions it lacked.

    Raises StorageError `database_newer`, sqlalchemy.exc.DatabaseError.
    """
    with engine.begin() as connection:
        lock_writers(connection)
        steps = pending(schema, current(connection))
        for step in steps:
            progress(step)
            _run(schema, connection, step.name)
        return len(steps)


def differences(schema: Schema, connection: Connection) -> list[str]:
    """Return what of a database's tables is not as this program knows them: somebody changed them by hand, or half restored them."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return [_told(each) for each in compare_metadata(context, list(schema.metadata))]  # type: ignore[arg-type] # a list too, as in env.py


def _told(difference: Any) -> str:
    while isinstance(difference, list):  # changes of one column come as a list
        difference = difference[0]
    return " ".join(str(getattr(part, "name", part)) for part in difference if part is not None)


def _run(schema: Schema, connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.migrations))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@cache
def _steps(schema: Schema) -> tuple[Revision, ...]:
    """Every revision, the oldest first: they come with the program and do not change while it runs."""
    scripts = ScriptDirectory(str(schema.migrations))
    return tuple(Revision(script.revision, script.doc) for script in scripts.walk_revisions())[::-1]
