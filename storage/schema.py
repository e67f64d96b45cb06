"""The tables of a database, as the rooms that have them hand them in: one chain of revisions for each room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData


@dataclass(frozen=True, slots=True)
class Chain:
    """The tables of one room, and the revisions that make them one after the other, each named `<name>_<four digits>`.

    `migrations` is Alembic's folder with env.py and versions/; `metadata` is what the tables are once all revisions ran; `table` is where
    a database says which one it has.
    """

    name: str
    migrations: Path
    metadata: MetaData
    table: str


@dataclass(frozen=True, slots=True)
class Schema:
    """What one database holds.

    `chains` are in the order in which they are brought up to date: the tables of later rooms may refer to those of earlier ones. `former`
    names the revisions, the oldest first, of the one chain that these were before: its step `0007` is, in the chain of whichever room its
    tables belong to, `<name>_0007` now.
    """

    chains: tuple[Chain, ...]
    former: tuple[str, ...] = ()
