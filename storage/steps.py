"""Alembic's part of a database's revisions: the steps of a chain, and running them.

Only who makes or changes a database, or has to say what one lacks, imports this: Alembic is an eighth of a command's start.
"""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from .errors import StorageError
from .schema import Chain


@cache
def of(chain: Chain) -> tuple[tuple[str, str], ...]:
    """Return the name of every revision and its sentence, the oldest first: they come with the program and do not change while it runs."""
    return tuple((script.revision, script.doc) for script in _scripts(chain).walk_revisions())[::-1]


def configured(chain: Chain, connection: Connection) -> Config:
    """Return what Alembic's commands need to work on a chain of an open database."""
    config = Config()
    config.set_main_option("script_location", str(chain.migrations))
    config.attributes["given"] = {"connection": connection, "version_table": chain.table}
    return config


def run(chain: Chain, connection: Connection, revision: str) -> None:
    """Bring the tables of a chain to a revision. Raises StorageError `database_unreadable`."""
    try:
        command.upgrade(configured(chain, connection), revision)
    except CommandError as error:
        raise StorageError("database_unreadable", type(error).__name__) from error


def stamp(chain: Chain, connection: Connection, revision: str) -> None:
    """Write down that a database has a revision, without running it."""
    MigrationContext.configure(connection, opts={"version_table": chain.table}).stamp(_scripts(chain), revision)


def _scripts(chain: Chain) -> ScriptDirectory:
    return ScriptDirectory(str(chain.migrations))
