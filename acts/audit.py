"""Holds guarded rows to the acts, and the acts to themselves: what was changed, removed or slipped in past the programs is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, Engine, func, select, tuple_

from storage.among import among
from storage.database import reading

from . import bodies, lost, publishing
from .bodies import Key, Value
from .finding import Finding
from .guarded import Guarded
from .looking import Row, by_keys
from .replay import Act, Digest, Expected, Replay, read
from .tables import acts

Values = Mapping[str, Value]
_AT_ONCE = 500


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

    def kept(self, connection: Connection, table: str, rows: Sequence[Values]) -> Sequence[tuple[Value, ...] | None]:
        """Return what the digest of each of some rows was made of, if nothing of it changed since, without deriving anything."""

    @property
    def kept_names(self) -> tuple[str, ...]:
        """The columns of a batch's rows that these digests are made of."""

    @property
    def batch(self) -> str:
        """The table whose keys batches count."""


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Look at a database as it is at one moment, while programs go on writing."""
    with reading(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def some(connection: Connection, table: Guarded, after: Key | None, *, before: int | None = None) -> dict[Key, Row]:
    """Return some rows of a table behind a key, in the order of their keys, and before a number; none at the end."""
    query = select(*table.key, *table.raw).order_by(*table.key).limit(_AT_ONCE)
    if before is not None:
        query = query.where(table.key[0] < before)
    if after is not None:
        (one, *more), (value, *_) = table.key, after
        query = query.where(tuple_(*table.key) > after if more else one > value)
    width = len(table.key)
    return {tuple(row[:width]): tuple(row[width:]) for row in connection.execute(query)}


def chunks(connection: Connection, table: Guarded) -> Iterator[dict[Key, Row]]:
    """Return the rows of a table in the order of their keys, some at a time."""
    rows = some(connection, table, None)
    while rows:
        yield rows
        rows = some(connection, table, list(rows)[-1])


def hold(connection: Connection, replay: Replay, table: Guarded, keys: Sequence[Key], derivation: Derivation | None) -> Iterator[Finding]:
    """Hold the rows of some keys, and say of those that are not there whether they should be."""
    rows = by_keys(connection, table, keys)
    yield from hold_rows(connection, replay, table, rows, derivation)
    yield from hold_missing(replay, table, [key for key in keys if key not in rows])


def hold_missing(replay: Replay, table: Guarded, keys: Sequence[Key]) -> Iterator[Finding]:
    """Hold keys under which there is no row."""
    name = table.table.name
    expected = replay.expected(name, keys)
    for key in keys:
        known, (first, *_) = expected.get(key), key
        if not known.gone if known else isinstance(first, int) and len(key) == 1 and replay.batched(name, first):
            yield Finding("removed", name, key)


def hold_rows(
    connection: Connection, replay: Replay, table: Guarded, rows: Mapping[Key, Row], derivation: Derivation | None
) -> Iterator[Finding]:
    """Hold rows that are there."""
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
    if name != derivation.batch:  # a row in the place of the one that was made is none of them, whatever it says
        hanging = {key: on for key, on in hanging.items() if replay.beside(derivation.batch, on, name) in (None, key[0])}
    digests = {key: digest for key, on in hanging.items() if (digest := replay.batched(derivation.batch, on)) is not None}
    derived = derivation.derived(connection, name, [values[key] for key in digests])
    return {key: (base, digests[key]) for key, base in zip(digests, derived, strict=True)}


def _differing(row: Values, held: Expected, derived: Derived | None, digest: Digest | None) -> set[str]:
    """Return the columns of a row that are not what they have to be; a column that nothing speaks of is one of them."""
    wrong = {name for name, value in row.items() if name in held.columns and not held.columns[name].holds(name, value)}
    left = set(row) - set(held.columns)
    if derived is None:
        return wrong | left
    wrong |= {name for name in left if name in derived.columns and not bodies.same(derived.columns[name], row[name])}
    kept = left & set(derived.names)
    if digest is not None and derived.kept is not None and kept == set(derived.names) and not wrong & kept:
        wrong |= kept if not digest.salt or bodies.digest_of_row(digest.salt, derived.kept) != digest.octets else set()
    return wrong


def many(connection: Connection, table: Guarded, keys: range) -> int:
    """Return how many rows of a table have one of some keys that count up."""
    (key,) = table.key
    return connection.scalar(select(func.count()).where(key >= keys.start, key < keys.stop)) or 0


def there(connection: Connection, table: Guarded, numbers: Sequence[int]) -> set[int]:
    """Return which of some numbers are the whole keys of rows: none of a table whose keys have several parts."""
    key, *more = table.key
    if more or not numbers:
        return set()
    return {*connection.scalars(select(key).where(among(connection, key, numbers)))}


def hold_places(connection: Connection, found: Callable[[Finding], object], log_size: int) -> tuple[int, int]:
    """Hold the acts' places in the log to each other. Return how many acts there are, and how many are in no log yet."""
    count = connection.scalar(select(func.count()).select_from(acts)) or 0
    placed, newest = connection.execute(select(func.count(acts.c.position), func.max(acts.c.position))).one()
    size = max(log_size, 0 if newest is None else newest + 1)
    if placed + lost.count(connection, publishing.LOG) != size:
        for start in range(0, size, _AT_ONCE):
            inside = (acts.c.position >= start) & (acts.c.position < start + _AT_ONCE)
            there = {*connection.scalars(select(acts.c.position).where(inside))}
            there |= lost.entries(connection, publishing.LOG, start, start + _AT_ONCE).keys()
            for place in range(start, min(start + _AT_ONCE, size)):
                if place not in there:
                    found(Finding("act_missing", acts.name, (place,)))
    return count, count - placed


def history(engine: Engine, table: Guarded, key: Key) -> Iterator[tuple[Act, tuple[str, ...] | None]]:
    """Return the acts that name a row, the oldest first, with the columns that each changed; None where the row is gone since."""
    name = table.table.name
    with snapshot(engine) as connection:
        for act in read(connection):
            made = False
            for row in act.body.rows if act.body else ():
                if isinstance(row, bodies.Batch | bodies.Columns):
                    if not made and row.table == name and len(key) == 1 and key[0] in row.keys:
                        made = True
                        yield act, table.columns
                elif isinstance(row, bodies.Change) and (row.table, row.key) == (name, key):
                    yield act, None if row.columns is None else tuple(row.columns)
