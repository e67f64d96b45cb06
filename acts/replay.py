"""What the acts say, laid out by row: read in their order into a file, so that memory stays flat however many there are.

The file is gone afterwards, or it is kept: then only what came since is read, and what was read before must still be there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import Connection, select

from seal import cbor
from storage import faults
from storage.errors import KhatmError, StorageError

from . import bodies, genesis
from .bodies import DIGEST, NO_DIGEST, Batch, Body, Change, Columns, Erased, Key, Value
from .errors import ActError
from .finding import Finding
from .tables import acts

_AT_ONCE = 500
_RUNS = 5_000  # keys of rows that were made at once, looked for with one question
_PATIENCE = 10.0  # seconds to wait for another that has a kept file open
_TABLES = """
    CREATE TABLE IF NOT EXISTS change (name TEXT, key BLOB, act INTEGER, salt BLOB, columns BLOB);
    CREATE TABLE IF NOT EXISTS batch (name TEXT, first INTEGER, last INTEGER, salt BLOB, digests BLOB);
    CREATE TABLE IF NOT EXISTS whole (
        name TEXT, first INTEGER, last INTEGER, batch TEXT, beside INTEGER, salt BLOB, columns BLOB, PRIMARY KEY (name, first)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS whole_beside ON whole (batch, beside, name);
    CREATE TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY, entry BLOB);
    CREATE TABLE IF NOT EXISTS erased (act INTEGER PRIMARY KEY, left BLOB);
    CREATE TABLE IF NOT EXISTS vouched (act INTEGER, left BLOB, PRIMARY KEY (act, left)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
"""
_INDICES = (
    "CREATE INDEX IF NOT EXISTS change_key ON change (name, key, act)",
    "CREATE INDEX IF NOT EXISTS batch_first ON batch (name, first)",
)
_UNVOUCHED = "WHERE NOT EXISTS (SELECT 1 FROM vouched WHERE vouched.act = erased.act AND vouched.left = erased.left)"
#: Gives the entry at a place in the published log of acts, None if that is not at hand.
Logged = Callable[[int], bytes | None]


def nothing_logged(_: int) -> None:
    """Stand for a log that is not at hand."""


class Digest(NamedTuple):
    """What a column was, by the newest act that says something of it."""

    salt: bytes
    octets: bytes

    def holds(self, column: str, value: Value) -> bool:
        """Say whether a column has the value that it was: never where the salt is gone."""
        return bool(self.salt) and bodies.digest(self.salt, column, value) == self.octets


@dataclass
class Expected:
    """What a row is by the acts: of each column its digest. `gone` if the newest act says that it is not there any more."""

    columns: dict[str, Digest] = field(default_factory=dict)
    gone: bool = False


class Whole(NamedTuple):
    """Rows of one table that were made at once, and of each column a digest of all its values; none that can be held where no salt is."""

    first: int
    last: int
    salt: bytes
    columns: Mapping[str, bytes]


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

    def __init__(self, file: sqlite3.Connection) -> None:
        """Take an open file with the tables of a replay; whoever keeps it may have tables of their own beside them."""
        self.file = file
        self._looked: tuple[str, range, bytes, bytes] | None = None  # the batch that was looked into last: rows come in their order
        self._beside: tuple[tuple[str, int, str], tuple[int] | None] = ("", 0, ""), None  # and what was made beside it

    @property
    def begun(self) -> bool:
        """Whether an act says that every row has acts."""
        return self.noted("begun") is not None

    @property
    def newest(self) -> int:
        """The newest act that was read, 0 if none was."""
        return int(self.file.execute("SELECT coalesce(max(id), 0) FROM seen").fetchone()[0])

    def noted(self, name: str) -> object:
        """Return what was noted under a name, None if nothing was."""
        row = self.file.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return None if row is None else cbor.loads(row[0])

    def note(self, name: str, value: object) -> None:
        """Keep a value (CBOR can say it) beside the acts."""
        self.file.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, cbor.encode(value)))

    def commit(self) -> None:
        """Keep what came since the last time, whatever happens next."""
        self.file.execute("COMMIT")
        self.file.execute("BEGIN IMMEDIATE")

    def absorb(
        self, connection: Connection, found: Callable[[Finding], object], *, logged: Logged = nothing_logged, back: int | None = None
    ) -> Iterator[Act]:
        """Lay out the acts that were not read before and yield each; those that were must be there as they were.

        Of these only the newest `back` ids are looked at, where that is given. An act may come with a smaller id than others before it,
        for transactions end in any order; of one row the order is that of the ids.
        """
        after = 0 if back is None else max(0, self.newest - back)
        seen = self.file.execute("SELECT id, entry FROM seen WHERE id > ? ORDER BY id", (after,))
        known = seen.fetchone()
        for act in read(connection, after):
            while known is not None and known[0] < act.id:
                found(Finding("act_removed", acts.name, (known[0],)))
                known = seen.fetchone()
            entry = bodies.entry(act.salt, act.octets)
            there = None if act.position is None else logged(act.position)
            if not act.salt:
                self.file.execute("INSERT OR REPLACE INTO erased VALUES (?, ?)", (act.id, sha256(act.octets).digest()))
            if act.body is None or act.body[:3] != act.told or there not in (None, entry):
                found(Finding("act_changed", acts.name, (act.id,)))
            if known is not None and known[0] == act.id:
                if known[1] != entry:
                    found(Finding("act_changed", acts.name, (act.id,)))
                known = seen.fetchone()
            elif act.body is not None:
                self._take(act, act.body, entry)
                yield act
        while known is not None:
            found(Finding("act_removed", acts.name, (known[0],)))
            known = seen.fetchone()
        for (id_,) in self.file.execute(f"SELECT act FROM erased {_UNVOUCHED} ORDER BY act").fetchall():  # noqa: S608 - no value
            found(Finding("act_changed", acts.name, (id_,)))
        for index in _INDICES:  # behind the first reading of all acts, which they would slow down
            self.file.execute(index)

    def _take(self, act: Act, body: Body, entry: bytes) -> None:
        """Lay out one act."""
        self._looked, self._beside = None, (("", 0, ""), None)
        if body.kind == genesis.BEGUN:
            self.note("begun", act.id)
        self.file.execute("INSERT INTO seen VALUES (?, ?)", (act.id, entry))
        erased = [row for row in body.rows if isinstance(row, Erased)]
        self._forget(erased)
        batch: Batch | None = None
        for row in body.rows:
            if isinstance(row, Batch):
                batch = row
                if erased:  # that of before lost its salt
                    self.file.execute("DELETE FROM batch WHERE name = ? AND first = ?", (row.table, row.first))
                kept: tuple[object, ...] = (row.table, row.first, row.keys.stop - 1, act.salt, row.digests)
                self.file.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?)", kept)
            elif isinstance(row, Columns):
                if batch is not None and len(batch.keys) == row.many:
                    self._take_whole(row, batch, act.salt, anew=bool(erased))
            elif isinstance(row, Change):
                columns = None if row.columns is None else cbor.encode(dict(row.columns))
                kept = (row.table, cbor.encode(list(row.key)), act.id, act.salt, columns)
                self.file.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?)", kept)

    def _take_whole(self, row: Columns, batch: Batch, salt: bytes, *, anew: bool) -> None:
        """Lay out what an act says of all of some rows; nothing that came before is replaced, but for what lost its salt."""
        kept = (row.table, row.first, row.first + row.many - 1, batch.table, batch.first, salt, cbor.encode(dict(row.columns)))
        replacing = "REPLACE" if anew else "IGNORE"
        self.file.execute(f"INSERT OR {replacing} INTO whole VALUES (?, ?, ?, ?, ?, ?, ?)", kept)  # noqa: S608 - ours

    def _forget(self, erased: Sequence[Erased]) -> None:
        """Let go of the salts of acts that were read before they were erased."""
        self.file.executemany("INSERT OR IGNORE INTO vouched VALUES (?, ?)", erased)
        for start in range(0, len(erased), _AT_ONCE):
            ids = [each.act for each in erased[start : start + _AT_ONCE]]
            marks = ",".join("?" * len(ids))
            query = f"SELECT rowid, columns FROM change WHERE act IN ({marks}) AND columns IS NOT NULL"  # noqa: S608 - marks only
            left = [(cbor.encode(dict.fromkeys(cbor.loads(columns), NO_DIGEST)), id_) for id_, columns in self.file.execute(query, ids)]
            self.file.executemany("UPDATE change SET salt = x'', columns = ? WHERE rowid = ?", left)

    @property
    def erased(self) -> int:
        """How many acts have no salt any more."""
        return int(self.file.execute("SELECT count(*) FROM erased").fetchone()[0])

    def gone(self) -> list[tuple[str, Key]]:
        """Return the rows that the acts with a salt say are gone, and those whose newest act says so."""
        query = "SELECT DISTINCT name, key FROM change WHERE columns IS NULL ORDER BY name, key"
        named = [(name, tuple(cbor.loads(key))) for name, key in self.file.execute(query)]
        return [(name, key) for name, key in named if self.expected(name, [key])[key].gone]

    def gone_with(self, rows: Sequence[tuple[str, Key]]) -> set[tuple[str, Key]]:
        """Return the rows that are gone by an act that names one of some rows, too: what hung on them and was deleted with them."""
        query = "SELECT name, key FROM change WHERE act = ? AND columns IS NULL"
        found = {(name, tuple(cbor.loads(key))) for act in self.about(rows) for name, key in self.file.execute(query, (act,))}
        return {(name, key) for name, key in found if self.expected(name, [key])[key].gone}

    def about(self, rows: Sequence[tuple[str, Key]]) -> set[int]:
        """Return the acts that name one of some rows, one by one, and have a salt."""
        query = "SELECT act FROM change WHERE name = ? AND key = ? AND length(salt) > 0"
        return {act for name, key in rows for (act,) in self.file.execute(query, (name, cbor.encode(list(key))))}

    def expected(self, table: str, keys: Sequence[Key]) -> dict[Key, Expected]:
        """Return what each of some rows is; those that no act names are left out."""
        written = {cbor.encode(list(key)): key for key in keys}
        marks = ",".join("?" * len(written))
        found: dict[Key, Expected] = {}
        query = f"SELECT key, salt, columns FROM change WHERE name = ? AND key IN ({marks}) ORDER BY act"  # noqa: S608 - marks only
        for key, salt, columns in self.file.execute(query, (table, *written)):
            found[written[key]] = _after(found.get(written[key]), salt, columns)
        return found

    def batched(self, table: str, key: int) -> Digest | None:
        """Return the digest of a row that was made at once with others; None for any other."""
        if (known := self._looked) is None or known[0] != table or key not in known[1]:
            query = (
                "SELECT first, last, salt, digests, (SELECT min(later.first) FROM batch AS later WHERE later.name = ? AND later.first > ?)"
                " FROM batch WHERE name = ? AND first <= ? ORDER BY first DESC LIMIT 1"
            )
            row = self.file.execute(query, (table, key, table, key)).fetchone()
            if row is None or key > row[1]:
                return None
            first, last, salt, digests, later = row
            known = table, range(first, min(last + 1, later or last + 1)), salt, digests
            self._looked = known
        place = (key - known[1].start) * DIGEST
        return Digest(known[2], known[3][place : place + DIGEST])

    def beside(self, batch: str, key: int, table: str) -> int | None:
        """Return the key of the row that was made together with one that was made at once, None where no act says so."""
        if self.batched(batch, key) is None or self._looked is None:
            return None
        first = self._looked[1].start
        if (batch, first, table) != self._beside[0]:
            query = "SELECT first FROM whole WHERE batch = ? AND beside = ? AND name = ?"
            self._beside = (batch, first, table), self.file.execute(query, (batch, first, table)).fetchone()
        found = self._beside[1]
        return None if found is None else int(found[0]) + key - first

    def whole(self, table: str, after: int) -> Whole | None:
        """Return the rows of a table that were made at once and end behind a key, the first of them; None where there are no more."""
        names = "SELECT first, last, salt, columns FROM whole WHERE name = ? AND"
        row = self.file.execute(f"{names} first <= ? ORDER BY first DESC LIMIT 1", (table, after)).fetchone()
        if row is None or row[1] <= after:
            row = self.file.execute(f"{names} first > ? ORDER BY first LIMIT 1", (table, after)).fetchone()
        return None if row is None else Whole(row[0], row[1], row[2], cbor.loads(row[3]))

    def made_with(self, batch: str, first: int) -> list[tuple[str, Whole]]:
        """Return the rows of other tables that were made together with a batch."""
        query = "SELECT name, first, last, salt, columns FROM whole WHERE batch = ? AND beside = ? AND name <> ?"
        rows = self.file.execute(query, (batch, first, batch)).fetchall()
        return [(name, Whole(first, last, salt, cbor.loads(columns))) for name, first, last, salt, columns in rows]

    def gone_within(self, table: str, first: int, last: int) -> bool:
        """Say whether an act ever said of a row with a key from `first` to `last` that it is gone."""
        query = "SELECT 1 FROM change WHERE name = ? AND key BETWEEN ? AND ? AND columns IS NULL LIMIT 1"
        return self.file.execute(query, (table, cbor.encode([first]), cbor.encode([last]))).fetchone() is not None

    def named_within(self, table: str, first: int, last: int) -> list[int]:
        """Return the keys from `first` to `last`, none below 0, that acts name one by one: encoded, numbers have their own order."""
        query = "SELECT DISTINCT key FROM change WHERE name = ? AND key BETWEEN ? AND ? ORDER BY key"
        return [cbor.loads(key)[0] for (key,) in self.file.execute(query, (table, cbor.encode([first]), cbor.encode([last])))]

    def changed(self, table: str, after: bytes) -> list[bytes]:
        """Return some of the rows of a table that acts name one by one, behind a key: keys in CBOR, in their order; none at the end."""
        query = "SELECT DISTINCT key FROM change WHERE name = ? AND key > ? ORDER BY key LIMIT ?"
        return [key for (key,) in self.file.execute(query, (table, after, _AT_ONCE))]

    def runs(self, table: str, after: int) -> list[range]:
        """Return keys of rows of a table that were made at once with others, behind a key: some thousands, none at the end."""
        start = "SELECT coalesce(max(first), ?) FROM batch WHERE name = ? AND first <= ?"
        query = f"SELECT first, last FROM batch WHERE name = ? AND first >= ({start}) AND last > ? ORDER BY first"  # noqa: S608 - ours
        found: list[range] = []
        for first, last in self.file.execute(query, (table, after, table, after, after)):
            run = range(max(first, after + 1), last + 1)
            if found and found[-1].stop >= run.start:
                found[-1] = range(found[-1].start, max(found[-1].stop, run.stop))
            else:
                found.append(run)
            if sum(map(len, found)) >= _RUNS:
                break
        return found


def _after(before: Expected | None, salt: bytes, columns: bytes | None) -> Expected:
    """Return what a row is after one more act."""
    if columns is None:
        return Expected(gone=True)
    known = before if before is not None and not before.gone else Expected()
    known.columns |= {name: Digest(salt, octets) for name, octets in cbor.loads(columns).items()}
    return known


def read(connection: Connection, after: int = 0) -> Iterator[Act]:
    """Return every act behind the one with the id `after`, the oldest first."""
    last = after
    while chunk := connection.execute(select(acts).where(acts.c.id > last).order_by(acts.c.id).limit(_AT_ONCE)).all():
        for row in chunk:
            try:
                body = bodies.read(row.body)
            except ActError:
                body = None
            yield Act(row.id, row.salt, row.body, row.position, body, (row.at, row.actor, row.kind))
        last = chunk[-1].id


def _refusal(error: sqlite3.DatabaseError, path: Path) -> KhatmError:
    """Return what SQLite's error means: whoever reads that a file is damaged deletes it, so nothing else is called so."""
    name = path.name
    match faults.of_sqlite(error, path):
        case "database_locked":
            return ActError("audit_state_busy", name)
        case "disk_full" | "permission" | "read_only" as code:
            return StorageError(code, name if code == "disk_full" else str(path))
        case "disk" | "database_unreachable":  # it cannot be read, opened or written
            return StorageError("disk", name)
    return ActError("audit_state_damaged", name)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _refusal(error, path) from error


@contextmanager
def scratch(tables: str = "") -> Iterator[Replay]:
    """Return a replay without acts, whose file is gone afterwards; `tables` makes tables beside its own."""
    with TemporaryDirectory(prefix="khatm-acts-") as folder, _told(path := Path(folder) / "acts.sqlite"):
        file = sqlite3.connect(path, isolation_level=None)
        try:
            file.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLES} {tables} BEGIN")
            yield Replay(file)
        finally:
            file.close()


@contextmanager
def kept(path: Path, tables: str = "") -> Iterator[Replay]:
    """Return the replay in a file, which is made where there is none; what was not committed is forgotten.

    `tables` makes tables beside those of the replay. Raises ActError `audit_state_busy` while another has it open,
    `audit_state_damaged`; StorageError `disk_full`, `disk`, `permission`, `read_only` where the file is good and its disk is not; OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)  # it holds salts, which are nobody else's, also where somebody brought it back from a backup
    with _told(path), closing(sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)) as file:
        file.executescript(f"PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON; {_TABLES} {tables} BEGIN IMMEDIATE")
        yield Replay(file)
