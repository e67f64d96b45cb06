"""Going over all guarded rows, some at a time; how far it came is kept beside the replay, so that it goes on after any end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, select

from seal import cbor

from . import audit, bodies
from .at_once import AtOnce, counts_up
from .audit import Derivation
from .bodies import Batch, Change, Columns, Key
from .errors import ActError
from .finding import Finding
from .guarded import Guarded
from .looking import Row, by_keys
from .replay import Act, Logged, Replay, nothing_logged
from .tables import acts

#: Beside a replay: what an audit that goes on found before.
TABLES = """
    CREATE TABLE IF NOT EXISTS finding (kind TEXT, name TEXT, key BLOB, columns BLOB, PRIMARY KEY (kind, name, key)) WITHOUT ROWID;
"""
_PLACE, _ROWS = "place", "rows"
#: What is gone over of each table: its rows, then what acts name one by one, then what they name at once.
_THERE, _NAMED, _AT_ONCE = range(3)
_NAMED_AT_ONCE = 500  # rows that are held by themselves with one question


class Count(NamedTuple):
    """How much was looked at, how many acts are in no log yet, how many came in since an audit that this one goes on with, and how many
    have no salt any more (erasing.py).
    """

    rows: int
    acts: int
    waiting: int
    since: int = 0
    erased: int = 0


class Sweep:
    """One way over all tables after the other."""

    def __init__(self, replay: Replay, tables: Sequence[Guarded], derivation: Derivation | None) -> None:
        """Go on where the replay's file says."""
        self._replay, self._derivation = replay, derivation
        self._tables = sorted(tables, key=lambda each: each.table.name)

    @property
    def under_way(self) -> bool:
        """Whether there is a way that did not come to its end."""
        return self._replay.noted(_PLACE) is not None

    def advance(self, connection: Connection, found: Callable[[Finding], object], at_once: AtOnce) -> int | None:
        """Hold some rows; return how many there were, None once all were held: then it begins anew.

        `at_once` looks at the same moment as `connection`.
        """
        name, part, after = self._place()
        table = next((each for each in self._tables if each.table.name >= name), None)
        if table is None:
            self._replay.file.execute("DELETE FROM note WHERE name = ?", (_PLACE,))
            return None
        if table.table.name != name:
            part, after = _THERE, None
        keys, end = self._hold(connection, table, part, after, found, at_once)
        if end is not None:
            self._replay.note(_PLACE, [table.table.name, part, end])
        elif part < _AT_ONCE:
            self._replay.note(_PLACE, [table.table.name, part + 1, None])
        else:
            self._replay.note(_PLACE, [table.table.name + "\0", _THERE, None])
        return keys

    def _place(self) -> tuple[str, int, object]:
        match self._replay.noted(_PLACE):
            case [str() as name, int() as part, after]:
                return name, part, after
        return "", _THERE, None

    def _hold(
        self, connection: Connection, table: Guarded, part: int, after: object, found: Callable[[Finding], object], at_once: AtOnce
    ) -> tuple[int, object]:
        """Hold some rows of one part. Return how many there were, and where the next ones begin, None at the end."""
        name = table.table.name
        if part == _THERE:
            return self._hold_there(connection, table, tuple(after) if isinstance(after, list) else None, found, at_once)
        if part == _NAMED:
            named = self._replay.changed(name, after if isinstance(after, bytes) else b"")
            self._missing(connection, table, [tuple(cbor.loads(key)) for key in named], found)
            return 0, named[-1] if named else None
        runs = self._replay.runs(name, after if isinstance(after, int) else 0)
        for run in runs if counts_up(table) else ():
            if audit.many(connection, table, run) < len(run):
                self._missing_of(connection, table, run, found)
        return 0, runs[-1].stop - 1 if runs else None

    def _hold_there(
        self, connection: Connection, table: Guarded, after: Key | None, found: Callable[[Finding], object], at_once: AtOnce
    ) -> tuple[int, object]:
        """Hold rows behind a key: all of those that were made at once, else some."""
        place = int(after[0]) if after and counts_up(table) else 0
        whole = self._replay.whole(table.table.name, place) if counts_up(table) else None
        if whole is not None and (after is None or place < whole.first - 1):
            rows = audit.some(connection, table, after, before=whole.first)
            if rows:
                return self._held(connection, table, rows, found)
        if whole is not None and (named := at_once.named(table, whole)) is not None:
            keys = [(key,) for key in named if key > place]
            for start in range(0, len(keys), _NAMED_AT_ONCE):
                for finding in audit.hold(connection, self._replay, table, keys[start : start + _NAMED_AT_ONCE], self._derivation):
                    found(finding)
            return whole.last + 1 - max(whole.first, place + 1), [whole.last]
        return self._held(connection, table, audit.some(connection, table, after), found)

    def _held(
        self, connection: Connection, table: Guarded, rows: Mapping[Key, Row], found: Callable[[Finding], object]
    ) -> tuple[int, object]:
        for finding in audit.hold_rows(connection, self._replay, table, rows, self._derivation):
            found(finding)
        return len(rows), list(list(rows)[-1]) if rows else None

    def _missing_of(self, connection: Connection, table: Guarded, run: range, found: Callable[[Finding], object]) -> None:
        """Say which rows of a run are missing."""
        for start in range(0, len(run), _NAMED_AT_ONCE):
            numbers = run[start : start + _NAMED_AT_ONCE]
            present = audit.there(connection, table, numbers)
            for finding in audit.hold_missing(self._replay, table, [(number,) for number in numbers if number not in present]):
                found(finding)

    def _missing(self, connection: Connection, table: Guarded, keys: Sequence[Key], found: Callable[[Finding], object]) -> None:
        there = by_keys(connection, table, keys)
        for finding in audit.hold_missing(self._replay, table, [key for key in keys if key not in there]):
            found(finding)


def touched(act: Act) -> list[tuple[str, Key]]:
    """Return the rows that an act is about."""
    rows = act.body.rows if act.body else ()
    named = [(row.table, row.key) for row in rows if isinstance(row, Change)]
    at_once = {(row.table, row.keys): None for row in rows if isinstance(row, Batch | Columns)}
    return named + [(table, (key,)) for table, keys in at_once for key in keys]


def verify(
    engine: Engine,
    tables: Sequence[Guarded],
    *,
    replay: Replay,
    derivation: Derivation | None = None,
    found: Callable[[Finding], object],
    progress: Callable[[int], object] = lambda _: None,
    logged: Logged = nothing_logged,
    log_size: int = 0,
) -> Count:
    """Go over all guarded rows, and tell `found` what is wrong at the end; `progress` hears how many rows were held so far.

    The replay's file needs TABLES. Where it is kept, and this was interrupted, it goes on: rows that were held already are held again
    where acts came in since. `log_size` is the number of acts in the published log.

    Raises ActError `acts_not_begun` for a database whose rows were not taken on; `audit_state_other` for the file of another database.
    """
    names = {table.table.name: table for table in tables}
    sweep, results = Sweep(replay, tables, derivation), _Findings(replay)
    with audit.snapshot(engine) as connection:
        again, at_once = defaultdict[str, list[Key]](list), AtOnce(connection, replay, tables, derivation)
        since, before = 0, replay.newest
        _refuse_other(connection, replay)
        for act in replay.absorb(connection, results.add, logged=logged):
            if before:
                since += 1
                for name, key in touched(act):
                    again[name].append(key)
        if not replay.begun:
            raise ActError("acts_not_begun")
        for name, keys in again.items():
            if name in names:
                left = {*at_once.left(names[name], keys)}
                for key in keys:
                    held_anew = audit.hold(connection, replay, names[name], [key], derivation) if key in left else ()
                    results.renew(name, key, held_anew)
        rows = replay.noted(_ROWS)
        seen = rows if isinstance(rows, int) else 0
        progress(seen)
        replay.commit()
        while (held := sweep.advance(connection, results.add, at_once)) is not None:
            seen += held
            replay.note(_ROWS, seen)
            replay.commit()
            progress(seen)
        count, waiting = audit.hold_places(connection, results.add, log_size)
    for finding in results.all():
        found(finding)
    return Count(seen, count, waiting, since, replay.erased)


def rows_in(engine: Engine, tables: Sequence[Guarded]) -> int:
    """Return how many guarded rows there are."""
    with audit.snapshot(engine) as connection:
        return sum(connection.scalar(select(func.count()).select_from(table.table)) or 0 for table in tables)


def _refuse_other(connection: Connection, replay: Replay) -> None:
    """Return unless the first act that was read is another one here. Raises ActError `audit_state_other`."""
    first = replay.file.execute("SELECT id, entry FROM seen ORDER BY id LIMIT 1").fetchone()
    if first is None:
        return
    row = connection.execute(select(acts.c.salt, acts.c.body).order_by(acts.c.id).limit(1)).first()
    if row is None or bodies.entry(row.salt, row.body) != first[1]:
        raise ActError("audit_state_other")


class _Findings:
    """What was found so far, kept beside the replay; each once."""

    def __init__(self, replay: Replay) -> None:
        self._file = replay.file

    def add(self, finding: Finding) -> None:
        kept = (finding.kind, finding.table, cbor.encode(list(finding.key)), cbor.encode(list(finding.columns)))
        self._file.execute("INSERT OR REPLACE INTO finding VALUES (?, ?, ?, ?)", kept)

    def renew(self, table: str, key: Key, findings: Iterable[Finding]) -> None:
        """Put what is found of a row now in the place of what was found before."""
        self._file.execute("DELETE FROM finding WHERE name = ? AND key = ?", (table, cbor.encode(list(key))))
        for finding in findings:
            self.add(finding)

    def all(self) -> list[Finding]:
        """In the order of tables and keys."""
        query = "SELECT kind, name, key, columns FROM finding"
        rows = self._file.execute(query).fetchall()
        found = [Finding(kind, name, tuple(cbor.loads(key)), tuple(cbor.loads(columns))) for kind, name, key, columns in rows]
        return sorted(found, key=lambda each: (each.table, [(type(part).__name__, part) for part in each.key], each.kind))
