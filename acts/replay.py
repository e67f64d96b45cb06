"""What the acts say, laid out by row: read once in their order into a scratch file, so that memory stays flat however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import Connection, select

from seal import cbor

from . import bodies, genesis
from .bodies import DIGEST, Batch, Body, Key, Published
from .errors import ActError
from .tables import acts

_AT_ONCE = 500
_TABLES = """
    CREATE TABLE change (name TEXT, key BLOB, act INTEGER, salt BLOB, columns BLOB);
    CREATE TABLE batch (name TEXT, first INTEGER, last INTEGER, salt BLOB, digests BLOB);
"""
_INDICES = "CREATE INDEX change_key ON change (name, key, act); CREATE INDEX batch_first ON batch (name, first)"


class Digest(NamedTuple):
    """What a column was, by the newest act that says something of it."""

    salt: bytes
    octets: bytes


@dataclass
class Expected:
    """What a row is by the acts: of each column its digest. `gone` if the newest act says that it is not there any more."""

    columns: dict[str, Digest] = field(default_factory=dict)
    gone: bool = False


class Act(NamedTuple):
    """An act as it stands in the table, with its body read; None for one that nobody can read."""

    id: int
    salt: bytes
    octets: bytes
    position: int | None
    body: Body | None
    told: tuple[int, str, str]  # time, actor and kind beside the body


class Replay:
    """The acts of one database by the rows that they are about."""

    def __init__(self, scratch: sqlite3.Connection) -> None:
        self._scratch = scratch
        self.begun = False

    def take(self, act: Act) -> None:
        """Lay out one act; acts come in their order."""
        if act.body is None:
            return
        self.begun = self.begun or act.body.kind == genesis.BEGUN
        for row in act.body.rows:
            if isinstance(row, Published):
                continue
            if isinstance(row, Batch):
                kept: tuple[object, ...] = (row.table, row.first, row.keys.stop - 1, act.salt, row.digests)
                self._scratch.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?)", kept)
            else:
                columns = None if row.columns is None else cbor.encode(dict(row.columns))
                kept = (row.table, cbor.encode(list(row.key)), act.id, act.salt, columns)
                self._scratch.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?)", kept)

    def index(self) -> None:
        """Make what was laid out quick to find."""
        self._scratch.executescript(_INDICES)

    def expected(self, table: str, keys: Sequence[Key]) -> dict[Key, Expected]:
        """Return what each of some rows is; those that no act names are left out."""
        written = {cbor.encode(list(key)): key for key in keys}
        marks = ",".join("?" * len(written))
        found: dict[Key, Expected] = {}
        query = f"SELECT key, salt, columns FROM change WHERE name = ? AND key IN ({marks}) ORDER BY act"  # noqa: S608 - marks only
        for key, salt, columns in self._scratch.execute(query, (table, *written)):
            found[written[key]] = _after(found.get(written[key]), salt, columns)
        return found

    def batched(self, table: str, key: int) -> Digest | None:
        """Return the digest of a row that was made at once with others; None for any other."""
        query = "SELECT first, last, salt, digests FROM batch WHERE name = ? AND first <= ? ORDER BY first DESC LIMIT 1"
        for first, last, salt, digests in self._scratch.execute(query, (table, key)):
            if key <= last:
                place = (key - first) * DIGEST
                return Digest(salt, digests[place : place + DIGEST])
        return None

    def keys(self, table: str) -> Iterator[list[Key]]:
        """Return the rows of a table that acts name and that are there by them, some at a time."""
        after = b""
        query = "SELECT DISTINCT key FROM change WHERE name = ? AND key > ? ORDER BY key LIMIT ?"
        while chunk := [key for (key,) in self._scratch.execute(query, (table, after, _AT_ONCE))]:
            after = chunk[-1]
            named = [tuple(cbor.loads(key)) for key in chunk]
            expected = self.expected(table, named)
            yield [key for key in named if not expected[key].gone]
        for first, last in self._scratch.execute("SELECT first, last FROM batch WHERE name = ? ORDER BY first", (table,)).fetchall():
            for start in range(first, last + 1, _AT_ONCE):
                batch: list[Key] = [(key,) for key in range(start, min(start + _AT_ONCE, last + 1))]
                gone = self.expected(table, batch)
                yield [key for key in batch if key not in gone or not gone[key].gone]


def _after(before: Expected | None, salt: bytes, columns: bytes | None) -> Expected:
    """Return what a row is after one more act."""
    if columns is None:
        return Expected(gone=True)
    known = before if before is not None and not before.gone else Expected()
    known.columns |= {name: Digest(salt, octets) for name, octets in cbor.loads(columns).items()}
    return known


def read(connection: Connection) -> Iterator[Act]:
    """Return every act, the oldest first."""
    last = 0
    while chunk := connection.execute(select(acts).where(acts.c.id > last).order_by(acts.c.id).limit(_AT_ONCE)).all():
        for row in chunk:
            try:
                body = bodies.read(row.body)
            except ActError:
                body = None
            yield Act(row.id, row.salt, row.body, row.position, body, (row.at, row.actor, row.kind))
        last = chunk[-1].id


@contextmanager
def scratch() -> Iterator[Replay]:
    """Return a replay without acts, whose file is gone afterwards."""
    with TemporaryDirectory(prefix="khatm-acts-") as folder:
        file = sqlite3.connect(Path(folder) / "acts.sqlite", isolation_level=None)
        try:
            file.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLES} BEGIN")
            yield Replay(file)
        finally:
            file.close()
