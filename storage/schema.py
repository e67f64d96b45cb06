"""The tables of a database, as the rooms that have them hand them in: one chain of revisions for each room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData


def _sound(_: Connection) -> list[str]:
    return []


def _nothing(_: Engine) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Chain:
    """The tables of one room, and the revisions that make them one after the other, each named `<name>_<four digits>`.

    `migrations` is Alembic's folder with env.py and versions/; `metadata` is what the tables are once all revisions ran; `table` is where
    a database says which one it has. `elsewhere` has the tables of kinds of databases where they are not those of `metadata`; `faults` says
    what else is wrong with them.
    """

    name: str
    migrations: Path
    metadata: MetaData
    table: str
    elsewhere: Mapping[str, MetaData] = field(default_factory=dict, hash=False)
    faults: Callable[[Connection], list[str]] = _sound

    def tables(self, dialect: str) -> MetaData:
        """Return the tables on a kind of database, such as `sqlite`."""
        return self.elsewhere.get(dialect, self.metadata)


@dataclass(frozen=True, slots=True)
class Schema:
    """What one database holds.

    `chains` are in the order in which they are brought up to date: the tables of later rooms may refer to those of earlier ones. `former`
    names the revisions, the oldest first, of the one chain that these were before: its step `0007` is, in the chain of whichever room its
    tables belong to, `<name>_0007` now. `attach` is handed every engine that is opened for work on the database, `made` that of a database
    that was just made.
    """

    chains: tuple[Chain, ...]
    former: tuple[str, ...] = ()
    attach: Callable[[Engine], object] = field(default=_nothing, hash=False, compare=False)
    made: Callable[[Engine], object] = field(default=_nothing, hash=False, compare=False)
