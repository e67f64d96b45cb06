"""Holds every guarded row to the acts, and the acts to themselves: what was changed, removed or slipped in past the programs is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple, Protocol

from sqlalchemy import Connection, Engine, func, select, tuple_

from storage.database import reading

from . import bodies
from .bodies import Key, Value
from .capture import Row, rows_of
from .errors import ActError
from .guarded import Guarded
from .replay import Act, Digest, Expected, Replay, read, scratch
from .tables import acts

Kind = Literal["changed", "removed", "slipped_in", "act_changed", "act_missing"]
Values = Mapping[str, Value]
_AT_ONCE = 500


class Finding(NamedTuple):
    """What is wrong: a row by its table and key, and the columns that differ; of the acts, the act's id or its place in the log."""

    kind: Kind
    table: str
    key: Key
    columns: tuple[str, ...] = ()


class Derived(NamedTuple):
    """What a row that was made at once with others has to be: columns that something signed gives, and what one digest was made of."""

    columns: Values
    kept: tuple[Value, ...] | None = None
    names: tuple[str, ...] = ()  # the columns that `kept` is made of


class Derivation(Protocol):
    """How the rows are known that were made at once: told by the room whose tables they are."""

    def key(self, table: str, row: Values) -> int | None:
        """Return the key in its batch that a row hangs on, None for one that hangs on none."""

    def derived(self, connection: Connection, table: str, rows: Sequence[Values]) -> Sequence[Derived | None]:
        """Return what each of some rows has to be; None for a row that cannot be there."""

    @property
    def batch(self) -> str:
        """The table whose keys batches count."""


class Count(NamedTuple):
    """How much was looked at, and how many acts are in no log yet."""

    rows: int
    acts: int
    waiting: int


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Look at a database as it is at one moment, while programs go on writing."""
    with reading(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def replayed(connection: Connection, found: Callable[[Finding], object], logged: Callable[[int], bytes | None]) -> Iterator[Replay]:
    """Lay out all acts, and say which are not as they were written. `logged` gives the entry at a place in the log, None if not at hand."""
    with scratch() as replay:
        for act in read(connection):
            replay.take(act)
            if act.body is None or act.body[:3] != act.told or _differs(act, logged):
                found(Finding("act_changed", acts.name, (act.id,)))
        replay.index()
        yield replay


def _differs(act: Act, logged: Callable[[int], bytes | None]) -> bool:
    entry = None if act.position is None else logged(act.position)
    return entry is not None and entry != bodies.entry(act.salt, act.octets)


def verify(
    engine: Engine,
    tables: Sequence[Guarded],
    *,
    derivation: Derivation | None = None,
    found: Callable[[Finding], object],
    progress: Callable[[int], object] = lambda _: None,
    logged: Callable[[int], bytes | None] = lambda _: None,
    log_size: int = 0,
) -> Count:
    """Go over all guarded rows, and tell `found` what is wrong; `progress` hears of each row.

    `log_size` is the number of acts in the published log. Raises ActError `acts_not_begun` for a database whose rows were not taken on.
    """
    with snapshot(engine) as connection, replayed(connection, found, logged) as replay:
        if not replay.begun:
            raise ActError("acts_not_begun")
        seen = 0
        for table in tables:
            for rows in chunks(connection, table):
                for finding in _wrong(connection, replay, table, rows, derivation):
                    found(finding)
                seen += len(rows)
                progress(len(rows))
            for finding in _removed(connection, replay, table):
                found(finding)
        places = _places(connection, found, log_size)
        return Count(seen, *places)


def chunks(connection: Connection, table: Guarded) -> Iterator[dict[Key, Row]]:
    """Return the rows of a table in the order of their keys, some at a time."""
    query = select(*table.key, *table.raw).order_by(*table.key).limit(_AT_ONCE)
    width, after = len(table.key), None
    while True:
        further = query if after is None else query.where(tuple_(*table.key) > after)
        rows = {tuple(row[:width]): tuple(row[width:]) for row in connection.execute(further)}
        if not rows:
            return
        yield rows
        after = list(rows)[-1]


def _wrong(
    connection: Connection, replay: Replay, table: Guarded, rows: Mapping[Key, Row], derivation: Derivation | None
) -> Iterator[Finding]:
    name = table.table.name
    expected = replay.expected(name, list(rows))
    values = {key: dict(zip(table.columns, row, strict=True)) for key, row in rows.items()}
    bases = _bases(connection, replay, name, values, derivation)
    for key, row in values.items():
        held, (derived, digest) = expected.get(key, Expected()), bases.get(key, (None, None))
        if held.gone or not (held.columns or derived):
            yield Finding("slipped_in", name, key)
        elif wrong := _differing(row, held, derived, digest):
            yield Finding("changed", name, key, tuple(column for column in table.columns if column in wrong))


def _bases(
    connection: Connection, replay: Replay, name: str, values: Mapping[Key, Values], derivation: Derivation | None
) -> dict[Key, tuple[Derived | None, Digest | None]]:
    """Return what is known of rows that were made at once with others."""
    if derivation is None:
        return {}
    hanging = {key: on for key, row in values.items() if (on := derivation.key(name, row)) is not None}
    digests = {key: digest for key, on in hanging.items() if (digest := replay.batched(derivation.batch, on)) is not None}
    derived = derivation.derived(connection, name, [values[key] for key in digests])
    return {key: (base, digests[key]) for key, base in zip(digests, derived, strict=True)}


def _differing(row: Values, held: Expected, derived: Derived | None, digest: Digest | None) -> set[str]:
    """Return the columns of a row that are not what they have to be; a column that nothing speaks of is one of them."""
    wrong = {name for name, value in row.items() if name in held.columns and not _holds(held.columns[name], name, value)}
    left = set(row) - set(held.columns)
    if derived is None:
        return wrong | left
    wrong |= {name for name in left if name in derived.columns and bodies.canonical(derived.columns[name]) != bodies.canonical(row[name])}
    kept = left & set(derived.names)
    if digest is not None and derived.kept is not None and kept == set(derived.names) and not wrong & kept:
        wrong |= kept if bodies.digest_of_row(digest.salt, derived.kept) != digest.octets else set()
    return wrong


def _holds(digest: Digest, column: str, value: Value) -> bool:
    return bodies.digest(digest.salt, column, value) == digest.octets


def _removed(connection: Connection, replay: Replay, table: Guarded) -> Iterator[Finding]:
    for keys in replay.keys(table.table.name):
        there = rows_of(connection, table, keys)
        yield from (Finding("removed", table.table.name, key) for key in keys if key not in there)


def _places(connection: Connection, found: Callable[[Finding], object], log_size: int) -> tuple[int, int]:
    """Hold the acts' places in the log to each other. Return how many acts there are, and how many are in no log yet."""
    count = connection.scalar(select(func.count()).select_from(acts)) or 0
    placed, newest = connection.execute(select(func.count(acts.c.position), func.max(acts.c.position))).one()
    size = max(log_size, 0 if newest is None else newest + 1)
    if placed != size:
        for start in range(0, size, _AT_ONCE):
            inside = (acts.c.position >= start) & (acts.c.position < start + _AT_ONCE)
            there = set(connection.scalars(select(acts.c.position).where(inside)))
            for place in range(start, min(start + _AT_ONCE, size)):
                if place not in there:
                    found(Finding("act_missing", acts.name, (place,)))
    return count, count - placed


def history(engine: Engine, table: Guarded, key: Key) -> Iterator[tuple[Act, tuple[str, ...] | None]]:
    """Return the acts that name a row, the oldest first, with the columns that each changed; None where the row is gone since."""
    name = table.table.name
    with snapshot(engine) as connection:
        for act in read(connection):
            for row in act.body.rows if act.body else ():
                if isinstance(row, bodies.Published):
                    continue
                if isinstance(row, bodies.Batch):
                    if row.table == name and len(key) == 1 and key[0] in row.keys:
                        yield act, table.columns
                elif (row.table, row.key) == (name, key):
                    yield act, None if row.columns is None else tuple(row.columns)
