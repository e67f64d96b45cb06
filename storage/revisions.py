"""Revisions of a schema: which ones a database has, making an empty one, and bringing an older one up to date by command alone.

A database is never changed by whoever only opens it: other processes may be at work on it with the program of yesterday.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, column, table

from .errors import StorageError
from .locks import lock_writers
from .schema import Chain, Schema


class Revision(NamedTuple):
    """One step of a chain's tables: its name, such as `office_0007`, and what it does, in a sentence."""

    chain: Chain
    name: str
    sentence: str


class Standing(NamedTuple):
    """The revision of each chain by its name, None for one that has no tables there.

    `former` is that of the one chain of before, in a database that was not upgraded since.
    """

    at: Mapping[str, str | None]
    former: str | None

    @property
    def empty(self) -> bool:
        """No chain has tables there."""
        return not any(self.at.values())


def current(schema: Schema, connection: Connection) -> Standing:
    """Return which revisions a database has."""
    at = {chain.name: _context(chain, connection).get_current_revision() for chain in schema.chains}
    former = next((found for found in at.values() if found in schema.former), None)
    if former is None:
        return Standing(at, None)
    return Standing({chain.name: _inherited(chain, former) for chain in schema.chains}, former)


def head(chain: Chain) -> str:
    """Return the revision that this program needs."""
    return _steps(chain)[-1].name


def pending(schema: Schema, found: Standing) -> tuple[Revision, ...]:
    """Return the revisions that a database lacks, in the order in which they run. Raises StorageError `database_newer`."""
    return tuple(step for chain in schema.chains for step in _after(chain, found.at[chain.name]))


def require(schema: Schema, found: Standing) -> None:
    """Refuse a database at other revisions than this program's.

    Raises StorageError `database_missing`, `database_older`, `database_newer`.
    """
    if found.empty:
        raise StorageError("database_missing")
    missing = pending(schema, found)
    if missing:
        behind = [chain for chain in schema.chains if any(step.chain is chain for step in missing)]
        told = ", ".join(f"{found.former or found.at[chain.name] or 'nothing'} < {head(chain)}" for chain in behind)
        raise StorageError("database_older", f"{len(missing)} revisions behind: {told}")


def make(schema: Schema, engine: Engine) -> None:
    """Make the tables of an empty database; of one that another process made meanwhile, nothing."""
    with engine.begin() as connection:
        lock_writers(connection)  # two may find the database missing at once; the second finds it made
        if current(schema, connection).empty:
            for chain in schema.chains:
                _run(chain, connection, "head")


def upgrade(schema: Schema, engine: Engine, *, progress: Callable[[Revision], object]) -> int:
    """Bring a database up to date in one transaction: all of it or nothing. Return how many revisions it lacked.

    Raises StorageError `database_newer`, sqlalchemy.exc.DatabaseError.
    """
    with engine.begin() as connection:
        lock_writers(connection)
        found = current(schema, connection)
        steps = pending(schema, found)
        if found.former:
            _part(schema, connection, found)
        for step in steps:
            progress(step)
            _run(step.chain, connection, step.name)
        return len(steps)


def configured(chain: Chain, connection: Connection) -> Config:
    """Return what Alembic's commands need to work on a chain of an open database."""
    config = Config()
    config.set_main_option("script_location", str(chain.migrations))
    config.attributes["given"] = {"connection": connection, "version_table": chain.table}
    return config


def _run(chain: Chain, connection: Connection, revision: str) -> None:
    command.upgrade(configured(chain, connection), revision)


def _context(chain: Chain, connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": chain.table})


def _part(schema: Schema, connection: Connection, found: Standing) -> None:
    """Write down for each chain what it has of the one chain of before. No table of a room is touched."""
    for chain in schema.chains:
        context = _context(chain, connection)
        if context.get_current_revision() == found.former:
            connection.execute(table(chain.table, column("version_num")).delete())
        if standing := found.at[chain.name]:
            context.stamp(_scripts(chain), standing)


def _inherited(chain: Chain, former: str) -> str | None:
    """Return the last revision of a chain that a database has which ran the one chain of before up to `former`."""
    done = [step.name for step in _steps(chain) if step.name.removeprefix(f"{chain.name}_") <= former]
    return done[-1] if done else None


def _after(chain: Chain, found: str | None) -> Iterator[Revision]:
    names = [step.name for step in _steps(chain)]
    if found is not None and found not in names:
        raise StorageError("database_newer", found)
    yield from _steps(chain)[names.index(found) + 1 if found else 0 :]


@cache
def _steps(chain: Chain) -> tuple[Revision, ...]:
    """Every revision, the oldest first: they come with the program and do not change while it runs."""
    return tuple(Revision(chain, script.revision, script.doc) for script in _scripts(chain).walk_revisions())[::-1]


def _scripts(chain: Chain) -> ScriptDirectory:
    return ScriptDirectory(str(chain.migrations))
