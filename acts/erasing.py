"""Erasing the salts of acts: what they, and their entries in the public log, were made of can then be confirmed by no guess (ADR 68).

The rows that such acts spoke of are held to what they say once more, and then to the act that erases: an audit finds what it would have
found. What the acts say of values that are not there any more is gone.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, select, tuple_, update

from storage.locks import lock_writers

from . import acting, audit, bodies
from .at_once import made_as, whole_columns
from .audit import Derivation
from .bodies import Batch, Body, Change, Columns, Erased, Key, Touched
from .capture import write
from .errors import ActError
from .finding import Finding
from .guarded import Guarded
from .looking import by_keys
from .replay import Act, Replay, Whole, scratch
from .sweep import touched
from .tables import acts

_T = TypeVar("_T")
_AT_ONCE = 200
_BACK = 10_000  # acts read a second time, for transactions end in any order

#: Chooses the rows whose acts are to be erased: table and key of each.
Choice = Callable[[Replay], Sequence[tuple[str, Key]]]


class Erasure(NamedTuple):
    """How many acts lost their salts, and how many rows that are there are held by the act of erasing now."""

    acts: int
    rows: int


def erase(connection: Connection, tables: Sequence[Guarded], choice: Choice, *, derivation: Derivation | None, now: int) -> Erasure:
    """Erase the salts of all acts about some rows, in the caller's transaction. Nobody else writes meanwhile.

    Raises ActError `acts_not_begun`, `erase_found` where an audit would find something in a row that these acts speak of.
    """
    lock_writers(connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    with scratch() as replay:
        chosen = _chosen(connection, replay, choice, {each.table.name: each for each in tables})
        if not replay.begun:
            raise ActError("acts_not_begun")
        return _Eraser(connection, replay, tables, derivation).erase(chosen, now) if chosen else Erasure(0, 0)


def scrub(engine: Engine, *tables: str) -> None:
    """Let the database itself forget what stood in rows that were changed: SQLite's journal, PostgreSQL's old versions of rows.

    `tables` are those that were changed beside that of acts.
    """
    raw = engine.raw_connection()
    try:
        if engine.dialect.name == "sqlite":
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            raw.driver_connection.autocommit = True  # type: ignore[union-attr]
            try:
                for name in (acts.name, *tables):
                    raw.cursor().execute(f"VACUUM {name}")
            finally:  # whoever has it next would commit statement by statement; after a failure it goes, for it may not be told so
                raw.detach()
    finally:
        raw.close()


def _chosen(connection: Connection, replay: Replay, choice: Choice, named: Mapping[str, Guarded]) -> dict[int, Act]:
    """Return the acts about the rows that are chosen, by id, with all rows that they speak of locked."""
    batches: list[tuple[str, range, int]] = []
    locked: set[tuple[str, Key]] = set()
    while True:
        for act in replay.absorb(connection, _refuse, back=_BACK):
            batches += [(row.table, row.keys, act.id) for row in _rows(act) if isinstance(row, Batch) and act.salt]
        rows = choice(replay)
        ids = replay.about(rows) | {id_ for name, keys, id_ in batches for table, key in rows if table == name and key[0] in keys}
        chosen = dict(_read(connection, sorted(ids)))
        more = {each for act in chosen.values() for each in touched(act)} - locked
        if not more or connection.dialect.name == "sqlite":  # there nobody else writes
            return chosen
        _lock(connection, more, named)
        locked |= more


def _lock(connection: Connection, rows: Iterable[tuple[str, Key]], named: Mapping[str, Guarded]) -> None:
    """Wait for who writes these rows just now: what their acts say is read again then."""
    for table, keys in _by_table(rows, named):
        for some in _some(keys):
            where = tuple_(*table.key).in_(some) if len(table.key) > 1 else table.key[0].in_([key for (key,) in some])
            connection.execute(select(*table.key).where(where).with_for_update()).all()


def _read(connection: Connection, ids: Sequence[int]) -> Iterator[tuple[int, Act]]:
    for some in _some(ids):
        for row in connection.execute(select(acts).where(acts.c.id.in_(some)).order_by(acts.c.id)):
            yield row.id, Act(row.id, row.salt, row.body, row.position, bodies.read(row.body), (row.at, row.actor, row.kind))


class _Eraser:
    """What it takes to let go of some acts."""

    def __init__(self, connection: Connection, replay: Replay, tables: Sequence[Guarded], derivation: Derivation | None) -> None:
        self._connection, self._replay, self._derivation = connection, replay, derivation
        self._named = {each.table.name: each for each in tables}
        self._salt = secrets.token_bytes(bodies.SALT)

    def erase(self, chosen: Mapping[int, Act], now: int) -> Erasure:
        lost = frozenset(act.salt for act in chosen.values())
        rows: list[Touched] = []
        for table, keys in _by_table({each for act in chosen.values() for each in touched(act)}, self._named):
            for some in _some(keys):
                rows += self._held_anew(table, some, lost)
        for row in (row for act in chosen.values() for row in _rows(act)):
            if isinstance(row, Batch | Columns):  # in the order of before: what was made with a batch stands behind it
                rows.append(self._batch(row) if isinstance(row, Batch) else self._columns(row))
        held = sum(len(row.keys) if isinstance(row, Batch) else 1 for row in rows if isinstance(row, Change | Batch))
        rows += [self._without_salt(act) for act in chosen.values()]
        write(self._connection, Body(now, *acting.current(), tuple(rows)), self._salt)
        return Erasure(len(chosen), held)

    def _held_anew(self, table: Guarded, keys: Sequence[Key], lost: frozenset[bytes]) -> Iterator[Change]:
        """Hold rows, and take over what only acts that are to be erased say of them."""
        for finding in audit.hold(self._connection, self._replay, table, keys, self._derivation):
            raise _found(finding)
        expected, there = self._replay.expected(table.table.name, keys), by_keys(self._connection, table, keys)
        for key, row in there.items():
            columns = expected[key].columns if key in expected else {}
            mine = {name: value for name, value in zip(table.columns, row, strict=True) if name in columns and columns[name].salt in lost}
            if mine:
                yield Change(table.table.name, key, {name: bodies.digest(self._salt, name, value) for name, value in mine.items()})

    def _batch(self, batch: Batch) -> Batch:
        """Return a batch of rows with digests of the new salt; where a row is gone, with none."""
        table, digests = self._named[batch.table], []
        for some in _some([(key,) for key in batch.keys]):
            there = by_keys(self._connection, table, some)
            values = [dict(zip(table.columns, row, strict=True)) for row in there.values()]
            derived = self._derivation.derived(self._connection, batch.table, values) if self._derivation else [None] * len(values)
            kept = {key: each.kept for key, each in zip(there, derived, strict=True) if each and each.kept}
            digests += [bodies.digest_of_row(self._salt, kept[key]) if key in kept else bodies.NO_DIGEST for key in some]
        return batch._replace(digests=b"".join(digests))

    def _columns(self, made: Columns) -> Columns:
        """Return rows that were made at once with digests of the new salt, of what they were made as; where one is gone, with none.

        All of them were held before (`_held_anew`).
        """
        table, whole = self._named.get(made.table), Whole(made.first, made.first + made.many - 1, b"", {})
        columns = whole_columns(self._connection, table, whole) if table and made.columns else {}
        if table and columns:
            named = self._replay.named_within(made.table, whole.first, whole.last)
            columns = made_as(self._connection, table, whole, columns, named, self._derivation)
        names = sorted(made.columns.keys() & columns.keys())
        return made._replace(columns={name: bodies.digest_of_column(self._salt, made.table, name, columns[name]) for name in names})

    def _without_salt(self, act: Act) -> Erased:
        """Take an act's salt away, and return what vouches for what is left of it."""
        if act.body is None:
            raise ActError("act_damaged")
        body = bodies.without_digests(act.body, bodies.entry(act.salt, act.octets))
        octets = bodies.write(body)
        left = {"salt": b"", "actor": body.actor, "body": octets}
        self._connection.execute(update(acts).where(acts.c.id == act.id).values(left))
        return Erased(act.id, sha256(octets).digest())


def _refuse(finding: Finding) -> None:
    raise _found(finding)


def _found(finding: Finding) -> ActError:
    key = " ".join(part.hex() if isinstance(part, bytes) else str(part) for part in finding.key)
    return ActError("erase_found", f"{finding.table} {key}: {finding.kind}")


def _rows(act: Act) -> tuple[Touched, ...]:
    return act.body.rows if act.body else ()


def _by_table(rows: Iterable[tuple[str, Key]], named: Mapping[str, Guarded]) -> Iterator[tuple[Guarded, list[Key]]]:
    found = defaultdict[str, list[Key]](list)
    for name, key in rows:
        found[name].append(key)
    for name in sorted(found.keys() & named.keys()):
        yield named[name], sorted(found[name])


def _some(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]
