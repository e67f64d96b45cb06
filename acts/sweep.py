"""Going over all guarded rows, some at a time; how far it came is kept beside the replay, so that it goes on after any end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, select

from seal import cbor

from . import audit, bodies
from .audit import Derivation
from .bodies import Batch, Change, Key
from .errors import ActError
from .finding import Finding
from .guarded import Guarded
from .looking import by_keys
from .replay import Act, Logged, Replay, nothing_logged
from .tables import acts

#: Beside a replay: what an audit that goes on found before.
TABLES = """
    CREATE TABLE IF NOT EXISTS finding (kind TEXT, name TEXT, key BLOB, columns BLOB, PRIMARY KEY (kind, name, key)) WITHOUT ROWID;
"""
_PLACE, _ROWS = "place", "rows"
#: What is gone over of each table: its rows, then what acts name one by one, then what they name at once.
_THERE, _NAMED, _AT_ONCE = range(3)


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

    def advance(self, connection: Connection, found: Callable[[Finding], object]) -> int | None:
        """Hold some rows; return how many there were, None once all were held: then it begins anew."""
        name, part, after = self._place()
        table = next((each for each in self._tables if each.table.name >= name), None)
        if table is None:
            self._replay.file.execute("DELETE FROM note WHERE name = ?", (_PLACE,))
            return None
        if table.table.name != name:
            part, after = _THERE, None
        keys, end = self._hold(connection, table, part, after, found)
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
        self, connection: Connection, table: Guarded, part: int, after: object, found: Callable[[Finding], object]
    ) -> tuple[int, object]:
        """Hold some rows of one part. Return how many there were, and where the next ones begin, None at the end."""
        name = table.table.name
        if part == _THERE:
            rows = audit.some(connection, table, tuple(after) if isinstance(after, list) else None)
            for finding in audit.hold_rows(connection, self._replay, table, rows, self._derivation):
                found(finding)
            return len(rows), list(list(rows)[-1]) if rows else None
        if part == _NAMED:
            named = self._replay.changed(name, after if isinstance(after, bytes) else b"")
            self._missing(connection, table, [tuple(cbor.loads(key)) for key in named], found)
            return 0, named[-1] if named else None
        numbers = self._replay.made_at_once(name, after if isinstance(after, int) else 0)
        present = audit.there(connection, table, numbers)
        for finding in audit.hold_missing(self._replay, table, [(number,) for number in numbers if number not in present]):
            found(finding)
        return 0, numbers[-1] if numbers else None

    def _missing(self, connection: Connection, table: Guarded, keys: Sequence[Key], found: Callable[[Finding], object]) -> None:
        there = by_keys(connection, table, keys)
        for finding in audit.hold_missing(self._replay, table, [key for key in keys if key not in there]):
            found(finding)


def touched(act: Act) -> list[tuple[str, Key]]:
    """Return the rows that an act is about."""
    rows = act.body.rows if act.body else ()
    named = [(row.table, row.key) for row in rows if isinstance(row, Change)]
    return named + [(row.table, (key,)) for row in rows if isinstance(row, Batch) for key in row.keys]


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
        again: list[tuple[str, Key]] = []
        since, before = 0, replay.newest
        _refuse_other(connection, replay)
        for act in replay.absorb(connection, results.add, logged=logged):
            if before:
                since += 1
                again += touched(act)
        if not replay.begun:
            raise ActError("acts_not_begun")
        for name, key in again:
            if name in names:
                results.renew(name, key, audit.hold(connection, replay, names[name], [key], derivation))
        rows = replay.noted(_ROWS)
        seen = rows if isinstance(rows, int) else 0
        progress(seen)
        replay.commit()
        while (held := sweep.advance(connection, results.add)) is not None:
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
