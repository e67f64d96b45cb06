"""What the publisher knows of its own: all acts that it ever read, where it is, what is wrong, and which approvals were used.

One file beside the last checkpoint, apart from the register: who writes the register's database cannot write here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, select

from acts import audit, bodies, replay
from acts.audit import Derivation
from acts.bodies import Change
from acts.finding import Finding
from acts.guarded import Guarded
from acts.replay import Act, Digest, Replay
from acts.tables import acts
from issuer.register.tables import seals
from seal import cbor

NAME = "acts.sqlite"
_TABLES = """
    CREATE TABLE IF NOT EXISTS status (seal INTEGER PRIMARY KEY, salt BLOB, octets BLOB);
    CREATE TABLE IF NOT EXISTS said (number INTEGER PRIMARY KEY AUTOINCREMENT, seal INTEGER UNIQUE);
    CREATE TABLE IF NOT EXISTS used (name TEXT PRIMARY KEY, position INTEGER UNIQUE) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS suspect (name TEXT, key BLOB, kind TEXT, PRIMARY KEY (name, key)) WITHOUT ROWID;
"""
_SUSPECTS_MOST = 10_000


class State:
    """The file, open."""

    def __init__(self, replay_: Replay) -> None:
        self.replay = replay_
        self._file = replay_.file

    def speak(self, act: Act) -> None:
        """Keep what an act says of the status of seals."""
        for row in act.body.rows if act.body else ():
            if not isinstance(row, Change) or row.table != seals.name:
                continue
            if row.columns is None:
                self._file.execute("DELETE FROM status WHERE seal = ?", row.key)
            elif octets := row.columns.get("status"):
                self._file.execute("INSERT OR REPLACE INTO status VALUES (?, ?, ?)", (*row.key, act.salt, octets))
                self._file.execute("INSERT OR REPLACE INTO said (seal) VALUES (?)", row.key)

    @property
    def said(self) -> int:
        """How many times acts said the status of a seal, in all that was ever read."""
        return int(self._file.execute("SELECT coalesce(max(number), 0) FROM said").fetchone()[0])

    def said_since(self, number: int) -> list[int]:
        """Return the seals whose status acts said after they had said so many."""
        return [seal for (seal,) in self._file.execute("SELECT seal FROM said WHERE number > ? ORDER BY number", (number,))]

    def spoken(self, first: int, last: int) -> dict[int, Digest]:
        """Return what acts say of the status of seals `first` to `last`."""
        rows = self._file.execute("SELECT seal, salt, octets FROM status WHERE seal BETWEEN ? AND ?", (first, last))
        return {seal: Digest(salt, octets) for seal, salt, octets in rows}

    def use(self, name: str, position: int) -> bool:
        """Keep that an approval was used for the seal at a position; say whether that is so, and not another one's."""
        self._file.execute("INSERT OR IGNORE INTO used VALUES (?, ?)", (name, position))
        used = self._file.execute("SELECT position FROM used WHERE name = ?", (name,)).fetchone()
        return used is not None and used[0] == position

    def suspect(self, finding: Finding) -> None:
        """Keep a row, or an act, that is not what it has to be, until it is."""
        kept = (finding.table, cbor.encode(list(finding.key)), finding.kind)
        if self._file.execute("SELECT count(*) FROM suspect").fetchone()[0] < _SUSPECTS_MOST:
            self._file.execute("INSERT OR IGNORE INTO suspect VALUES (?, ?, ?)", kept)

    def suspects(self, connection: Connection, tables: Iterable[Guarded], derivation: Derivation) -> list[Finding]:
        """Hold what was not as it has to be once more; return what still is not, and forget the rest."""
        named = {table.table.name: table for table in tables}
        left: list[Finding] = []
        for name, encoded in self._file.execute("SELECT name, key FROM suspect ORDER BY name, key").fetchall():
            key = tuple(cbor.loads(encoded))
            if name == acts.name:
                found = self._act(connection, int(key[0]))
            else:
                found = list(audit.hold(connection, self.replay, named[name], [key], derivation)) if name in named else []
            if not found:
                self._file.execute("DELETE FROM suspect WHERE name = ? AND key = ?", (name, encoded))
            left += found
        return left

    def _act(self, connection: Connection, id_: int) -> list[Finding]:
        """Hold one act to what was read of it."""
        seen = self._file.execute("SELECT entry FROM seen WHERE id = ?", (id_,)).fetchone()
        row = connection.execute(select(acts).where(acts.c.id == id_)).first()
        if row is None:
            return [Finding("act_removed", acts.name, (id_,))] if seen else []
        act = next(replay.read(connection, id_ - 1))
        good = act.body is not None and act.body[:3] == act.told and seen in (None, (bodies.entry(act.salt, act.octets),))
        return [] if good else [Finding("act_changed", acts.name, (id_,))]


@contextmanager
def opened(store: Path) -> Iterator[State]:
    """Open the file in the store. Raises ActError `audit_state_busy`, `audit_state_damaged`; OSError."""
    with replay.kept(store / NAME, _TABLES) as acts_:
        yield State(acts_)


def forget(store: Path, logged: int) -> None:
    """Forget all acts that were read, of a database in whose place a backup is: the next look reads what is there now.

    What is kept is which approvals were used for the seals at places below `logged`. Raises as `opened`.
    """
    if not (store / NAME).exists():
        return
    with opened(store) as kept:
        for table in ("change", "batch", "whole", "seen", "note", "status", "said", "suspect"):
            kept.replay.file.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        kept.replay.file.execute("DELETE FROM used WHERE position >= ?", (logged,))
        kept.replay.commit()
