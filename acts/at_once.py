"""Holds rows that were made at once all at once: of each column one digest of all its values, and no row is taken apart.

Where that holds, every row that no act named since is what it was, to the last octet. Where it does not, nothing is said of any row: then
each is held by itself (audit.py), and that one tells what is wrong. What is known of a batch is known for as long as one looks at the
database as it is at one moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, select

from storage.straight import of_driver

from . import bodies
from .audit import Derivation
from .bodies import Key, Value
from .errors import ActError
from .guarded import Guarded
from .looking import Named, Processors, processors_of
from .replay import Replay, Whole

Columns = Mapping[str, Sequence[Value]]
_OCTETS = {bytes, type(None)}
_NEVER = 1 << 63  # no key
_KNOWN_MOST = 100_000  # batches, of two hundred million rows


class AtOnce:
    """What is found of batches at one moment: `connection` looks at it."""

    def __init__(self, connection: Connection, replay: Replay, tables: Iterable[Guarded], derivation: Derivation | None) -> None:
        self._connection, self._replay, self._derivation = connection, replay, derivation
        self._tables = {table.table.name: table for table in tables}
        self._known: dict[tuple[str, int, int], list[int] | None] = {}
        self.elsewhere: Callable[[str, Whole], bool] | None = None  # says that a batch was found to be as it was made, at another moment
        self._told: dict[str, list[range]] = {}  # by table: keys of batches of which nothing but that is known
        self.taken: Callable[[str, Whole, Columns], object] | None = None  # hears of the columns of one that is, as they were read

    def named(self, table: Guarded, whole: Whole) -> list[int] | None:
        """Return the keys of the rows that acts named since, which are to be held by themselves: every other one is as it was made.

        None where that is not so, or nobody can tell. Rows that others were made with pair by pair hang on those: a license is known by the
        token of its seal.
        """
        place = (table.table.name, whole.first, whole.last)
        if place not in self._known:
            if len(self._known) >= _KNOWN_MOST:
                self._known.clear()
            found = self._found(table, whole)
            beside = self._replay.made_with(table.table.name, whole.first) if found is not None else ()
            good = all(each in self._tables and self.named(self._tables[each], other) is not None for each, other in beside)
            hangs = self._derivation is not None and table.table.name == self._derivation.batch
            self._known[place] = found if good and (beside or not hangs) else None
        return self._known[place]

    def disown(self) -> None:
        """Go by this moment alone from now on: what was said elsewhere is true of the rows that were read there, which may be others."""
        self.elsewhere = None
        if self._told:
            self._known.clear()
        for ranges in self._told.values():
            ranges.sort(key=lambda each: each.start)

    @property
    def heard(self) -> bool:
        """Whether anything was taken for right that was read elsewhere."""
        return bool(self._told)

    def told(self, table: str, keys: Iterable[Key]) -> list[Key]:
        """Return those of some keys whose rows were taken for right because of what was said elsewhere, until that was disowned."""
        ranges = self._told.get(table, [])
        return [key for key in keys if type(key[0]) is not int or _is_in(ranges, key[0])]

    def left(self, table: Guarded, keys: Sequence[Key]) -> list[Key]:
        """Return those of some keys whose rows are not known to be right."""
        if not counts_up(table):
            return list(keys)
        left = [key for key in keys if type(key[0]) is not int]  # which no program of ours writes
        good, end, named = False, 0, set[int]()
        for number in sorted(key[0] for key in keys if type(key[0]) is int):
            if number >= end or not end:
                whole = self._replay.whole(table.table.name, number - 1)
                there = whole is not None and whole.first <= number
                found = self.named(table, whole) if whole is not None and there else None
                good, named = found is not None, set(found or ())
                end = whole.last + 1 if whole is not None and there else whole.first if whole is not None else _NEVER
            if not good or number in named:
                left.append((number,))
        return left

    def _found(self, table: Guarded, whole: Whole) -> list[int] | None:
        if not whole.salt or not whole.columns.keys() >= {*table.columns}:
            return None
        name = table.table.name
        if self.elsewhere is not None and self.elsewhere(name, whole):
            self._told.setdefault(name, []).append(range(whole.first, whole.last + 1))
            return self._replay.named_within(name, whole.first, whole.last)
        columns = whole_columns(self._connection, table, whole)
        if not columns:
            return None
        wrong = [column for column, values in columns.items() if not holds(name, whole, column, values)]
        if not wrong and self.taken is not None:
            self.taken(name, whole, columns)
        named = self._replay.named_within(name, whole.first, whole.last)
        if wrong:
            made = made_as(self._connection, table, whole, columns, named, self._derivation)
            left = {column for column in wrong if not holds(name, whole, column, made[column])}
            if left and not self._are_kept(name, whole, columns, named, left):
                return None
        return named

    def _are_kept(self, table: str, whole: Whole, columns: Columns, named: Sequence[int], left: set[str]) -> bool:
        """Say whether some columns are as they were made in all rows but those that acts named, by the digest of each row."""
        derivation = self._derivation
        if derivation is None or table != derivation.batch or not named or not left <= {*derivation.kept_names}:
            return False
        since = {*named}
        keys = [key for key in range(whole.first, whole.last + 1) if key not in since]
        rows = [{name: values[key - whole.first] for name, values in columns.items()} for key in keys]
        for key, kept in zip(keys, derivation.kept(self._connection, table, rows), strict=True):
            digest = self._replay.batched(table, key)
            if kept is None or digest is None or not digest.salt or bodies.digest_of_row(digest.salt, kept) != digest.octets:
                return False
        return True


def _is_in(ranges: Sequence[range], key: int) -> bool:
    place = bisect_right(ranges, key, key=lambda each: each.start) - 1
    return place >= 0 and key in ranges[place]


def whole_columns(connection: Connection, table: Guarded, whole: Whole) -> dict[str, Sequence[Value]]:
    """Return the columns of rows whose keys count up, in their order; none where one of the rows is gone."""
    rows = _rows(connection, table, whole)
    if len(rows) != whole.last - whole.first + 1:
        return {}
    return dict(zip(table.columns, zip(*rows, strict=True), strict=True))


def counts_up(table: Guarded) -> bool:
    """Say whether the rows of a table are known by one number."""
    return len(table.key) == 1 and table.key[0].type.python_type is int


def holds(table: str, whole: Whole, column: str, values: Sequence[Value]) -> bool:
    """Say whether the values of a column, in the order of their rows, are those that were written when the rows were made."""
    try:
        return bool(whole.salt) and bodies.digest_of_column(whole.salt, table, column, values) == whole.columns.get(column)
    except ActError:  # a value that no program of ours writes
        return False


def made_as(
    connection: Connection,
    table: Guarded,
    whole: Whole,
    columns: Columns,
    named: Sequence[int],
    derivation: Derivation | None,
) -> dict[str, Sequence[Value]]:
    """Return columns as they were made: of rows that acts named since, what something signed says of them, where it does."""
    made = {name: list(values) for name, values in columns.items()}
    rows = [{name: values[key - whole.first] for name, values in columns.items()} for key in named]
    derived = derivation.derived(connection, table.table.name, rows) if derivation is not None and rows else ()
    for key, each in zip(named, derived, strict=False):
        for name, value in each.columns.items() if each is not None else ():
            made[name][key - whole.first] = value
    return dict(made)


def _rows(connection: Connection, table: Guarded, whole: Whole) -> list[tuple[Value, ...]]:
    """Return the rows of some keys in their order, as acts hold them: of thousands, rows of the driver's own are enough."""
    result = connection.exec_driver_sql(_question(table, Named(connection.dialect)), (whole.first, whole.last))
    if result.cursor is None:
        raise RuntimeError("no rows")
    processors = processors_of(table.raw, connection.dialect, result.cursor.description)
    rows = of_driver(result)
    return _processed(rows, processors) if processors else rows


def _processed(rows: list[tuple[Value, ...]], processors: Processors) -> list[tuple[Value, ...]]:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    changed = False
    for place, processor in processors if rows else ():
        if not {*map(type, columns[place])} <= _OCTETS:  # octets are what the driver gives
            columns[place], changed = list(map(processor, columns[place])), True
    return list(zip(*columns, strict=True)) if changed else rows


@lru_cache(maxsize=256)
def _question(table: Guarded, named: Named) -> str:
    dialect: Dialect = named.dialect
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    key = dialect.identifier_preparer.format_column(table.key[0], use_table=True)
    return f"{select(*table.raw).compile(dialect=dialect)} WHERE {key} BETWEEN {mark} AND {mark} ORDER BY {key}"
