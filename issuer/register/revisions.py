"""The register's revisions: which one a database has, making an empty one, and bringing an older one up to date by command alone.

A database is never changed by whoever only opens it: other processes may be at work on it with the program of yesterday.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from accounts.tables import metadata as accounts
from issuer.errors import IssuerError

from .tables import metadata
from .times import take_turns

_MIGRATIONS = Path(__file__).parent.parent / "migrations"


class Revision(NamedTuple):
    """One step of the tables: its name, such as `0007`, and what it does, in a sentence."""

    name: str
    sentence: str


def current(connection: Connection) -> str | None:
    """Return the revision that a database has; None if it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """Return the revision that this program needs."""
    return _steps()[-1].name


def pending(found: str | None) -> tuple[Revision, ...]:
    """Return the revisions that a database at `found` lacks, in their order. Raises IssuerError `database_newer`."""
    names = [step.name for step in _steps()]
    if found is not None and found not in names:
        raise IssuerError("database_newer", found)
    return _steps()[names.index(found) + 1 if found else 0 :]


def require(connection: Connection) -> None:
    """Refuse a database of another revision than this program's.

    Raises IssuerError `database_missing`, `database_older`, `database_newer`.
    """
    found = current(connection)
    if found == head():
        return
    if found is None:
        raise IssuerError("database_missing")
    raise IssuerError("database_older", f"{len(pending(found))} revisions behind: {found} < {head()}")


def make(engine: Engine) -> None:
    """Make the tables of an empty database; of one that another process made meanwhile, nothing."""
    with engine.begin() as connection:
        take_turns(connection)  # two may find the register missing at once; the second finds it made
        if current(connection) is None:
            _run(connection, "head")


def upgrade(engine: Engine, *, progress: Callable[[Revision], object]) -> int:
    """Bring a database up to date in one transaction: all of it or nothing. Return how many revisions it lacked.

    Raises IssuerError `database_newer`, sqlalchemy.exc.DatabaseError.
    """
    with engine.begin() as connection:
        take_turns(connection)
        steps = pending(current(connection))
        for step in steps:
            progress(step)
            _run(connection, step.name)
        return len(steps)


def differences(connection: Connection) -> list[str]:
    """Return what of a database's tables is not as this program knows them: somebody changed them by hand, or half restored them."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return [_told(each) for each in compare_metadata(context, [metadata, accounts])]  # type: ignore[arg-type] # a list too, as in env.py


def _told(difference: Any) -> str:
    while isinstance(difference, list):  # changes of one column come as a list
        difference = difference[0]
    return " ".join(str(getattr(part, "name", part)) for part in difference if part is not None)


def _run(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@cache
def _steps() -> tuple[Revision, ...]:
    """Every revision, the oldest first: they come with the program and do not change while it runs."""
    scripts = ScriptDirectory(str(_MIGRATIONS))
    return tuple(Revision(script.revision, script.doc) for script in scripts.walk_revisions())[::-1]
