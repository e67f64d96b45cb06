"""Revisions of a schema: which ones a database has, making an empty one, and bringing an older one up to date by command alone.

A database is never changed by whoever only opens it: other processes may be at work on it with the program of yesterday.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, Engine, column, inspect, select, table

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
    """Return which revisions a database has. Raises StorageError `database_unreadable`."""
    at = {chain.name: _written(chain, connection) for chain in schema.chains}
    former = next((found for found in at.values() if found in schema.former), None)
    if former is None:
        return Standing(at, None)
    return Standing({chain.name: _inherited(chain, former) for chain in schema.chains}, former)


@cache
def head(chain: Chain) -> str:
    """Return the revision that this program needs: each is in a file that begins with its number."""
    numbers = (path.name.partition("_")[0] for path in chain.migrations.glob("versions/*.py"))
    return f"{chain.name}_{max(number for number in numbers if number.isdecimal())}"


def pending(schema: Schema, found: Standing) -> tuple[Revision, ...]:
    """Return the revisions that a database lacks, in the order in which they run. Raises StorageError `database_newer`."""
    return tuple(step for chain in schema.chains for step in _after(chain, found.at[chain.name]))


def require(schema: Schema, found: Standing) -> None:
    """Refuse a database at other revisions than this program's.

    Raises StorageError `database_missing`, `database_older`, `database_newer`.
    """
    if found.empty:
        raise StorageError("database_missing")
    if all(found.at[chain.name] == head(chain) for chain in schema.chains):
        return
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


def _run(chain: Chain, connection: Connection, revision: str) -> None:
    from . import steps  # noqa: PLC0415 - who only opens a database needs no Alembic

    steps.run(chain, connection, revision)


def _written(chain: Chain, connection: Connection) -> str | None:
    """Return the revision that a database says it has of a chain."""
    if not inspect(connection).has_table(chain.table):
        return None
    found: Sequence[str] = connection.scalars(select(column("version_num")).select_from(table(chain.table))).all()
    if len(found) > 1:
        raise StorageError("database_unreadable", f"{chain.table}: {len(found)}")
    return found[0] if found else None


def _part(schema: Schema, connection: Connection, found: Standing) -> None:
    """Write down for each chain what it has of the one chain of before. No table of a room is touched."""
    from . import steps  # noqa: PLC0415 - as above

    for chain in schema.chains:
        if _written(chain, connection) == found.former:
            connection.execute(table(chain.table, column("version_num")).delete())
        if standing := found.at[chain.name]:
            steps.stamp(chain, connection, standing)


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
    """Every revision, the oldest first."""
    from . import steps  # noqa: PLC0415 - as above

    return tuple(Revision(chain, name, sentence) for name, sentence in steps.of(chain))
