"""What an act holds, and what stands of it in the log.

body   = CBOR([at, actor, kind, [* row]])                      deterministic (RFC 8949 §4.2.1)
row    = [table, key, {column: digest} / null]                 a row made or changed: the columns that changed; null: it is gone
       / [table, [first], digests]                             rows made at once, with keys that count up: 8 octets for each
       / ["columns", [table, first, many], {column: whole}]   behind these: rows made with them, with keys of their own that count up
       / ["published", [name], SHA-256]                        a file that is published under a name
       / ["erased", [id], SHA-256]                             an act whose salt was erased, and what is left of its body
digest = SHA-256(salt ‖ column ‖ 00 ‖ value)[:8]
whole  = SHA-256(salt ‖ "columns" ‖ 00 ‖ table ‖ 00 ‖ column ‖ 00 ‖ values)[:8]     the values of all rows, see `of_column`
entry  = SHA-256(salt ‖ body)                                  in the act log

An act whose salt was erased keeps its entry at the end of its body: CBOR([at, actor, kind, [* row], entry]), with zeros for digests.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from seal import cbor
from seal.errors import FormatError

from .errors import ActError

DIGEST = 8  # octets: whoever wants another value with the same digest has to try 2^63, for each salt anew
SALT = 16
PUBLISHED, ERASED, COLUMNS, FILE_DIGEST = "published", "erased", "columns", 32
NO_DIGEST = bytes(DIGEST)  # in the place of one whose salt was erased
_CITIZEN = "citizen:"
_PLAIN = (str, int, bytes)
KEY_MOST = 1 << 62  # of rows that are made at once: what a database counts to
Value = None | bool | int | float | str | bytes
Key = tuple[int | str | bytes, ...]


class Change(NamedTuple):
    """What became of one row: the digests of the columns that changed (of all for a new row), None if it is gone."""

    table: str
    key: Key
    columns: Mapping[str, bytes] | None


class Batch(NamedTuple):
    """Rows that were made at once, their keys counting up from `first`; `digests` has one of each, of what cannot be derived of it."""

    table: str
    first: int
    digests: bytes

    @property
    def keys(self) -> range:
        """The rows' keys."""
        return range(self.first, self.first + len(self.digests) // DIGEST)


class Columns(NamedTuple):
    """Rows of one table that were made at once, their keys counting up from `first`: of each column one digest of all its values.

    `columns` is empty where they are too few for that to be worth its octets. They belong to the batch before them in the body: its rows
    and these were made pair by pair, in this order.
    """

    table: str
    first: int
    many: int
    columns: Mapping[str, bytes]

    @property
    def keys(self) -> range:
        """The rows' keys."""
        return range(self.first, self.first + self.many)


class Published(NamedTuple):
    """A file that is published under a name: its SHA-256."""

    name: str
    digest: bytes


class Erased(NamedTuple):
    """An act whose salt was erased: its id, and the SHA-256 of what is left of its body."""

    act: int
    digest: bytes


Touched = Change | Batch | Columns | Published | Erased


class Body(NamedTuple):
    """Who did what, when (seconds since 1970 UTC), and which rows it touched, which file it published, or which acts it erased.

    `entry` is what stands in the log of an act whose salt was erased; None for any other, of which it can be computed.
    """

    at: int
    actor: str
    kind: str
    rows: tuple[Touched, ...]
    entry: bytes | None = None


def digest(salt: bytes, column: str, value: Value) -> bytes:
    """Return the digest of one column's value."""
    return sha256(b"%b%b\0%b" % (salt, column.encode(), canonical(value))).digest()[:DIGEST]


def digest_of_row(salt: bytes, values: Iterable[Value]) -> bytes:
    """Return one digest of several values."""
    parts = [_SHORT[type(value)](value) if type(value) in _SHORT else canonical(value) for value in values]
    return sha256(salt + b"".join([b"%d:%b" % (len(part), part) for part in parts])).digest()[:DIGEST]


def digest_of_column(salt: bytes, table: str, column: str, values: Sequence[Value]) -> bytes:
    """Return one digest of all values of a column, in the order of their rows."""
    hashed = sha256(b"%bcolumns\0%b\0%b\0" % (salt, table.encode(), column.encode()))
    for part in _parts(values):  # one after another: those of tokens are a megabyte, which copying costs more than hashing
        hashed.update(part)
    return hashed.digest()[:DIGEST]


def of_column(values: Sequence[Value]) -> bytes:
    """Return the octets of some values, in their order: others have others. Those of one kind are written at once.

    The first octet tells how: `i`, `f` numbers of eight octets each, high octet first; `s`, `o` how long each is, in four octets, and then
    all of them, texts counted in characters and written in UTF-8; `n` only NULL; `?` an octet for each that says whether it is not NULL,
    and then those; `m` each by itself. How many there are stands behind it, in four octets.
    """
    return b"".join(_parts(values))


def _parts(values: Sequence[Value]) -> Sequence[bytes]:
    count, kinds = struct.pack(">I", len(values)), {*map(type, values)}
    if len(kinds) == 2 and type(None) in kinds:
        there = [value for value in values if value is not None]
        return b"?", count, bytes([value is not None for value in values]), *_parts(there)
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is int and min(values) > -KEY_MOST and max(values) < KEY_MOST:  # type: ignore[type-var,operator]
        return b"i", count, _numbers(values)  # type: ignore[arg-type]
    if kind is float:
        return b"f", count, struct.pack(f">{len(values)}d", *values)
    if kind is str or kind is bytes:
        sizes = struct.pack(f">{len(values)}I", *map(len, values))  # type: ignore[arg-type]
        if kind is str:
            return b"s", count, sizes, "".join(values).encode("utf-8", "surrogatepass")  # type: ignore[arg-type]
        return b"o", count, sizes, b"".join(values)  # type: ignore[arg-type]
    if kind is type(None):
        return b"n", count
    return b"m", count, *[b"%d:%b" % (len(part), part) for part in map(canonical, values)]


def _numbers(values: Sequence[int]) -> bytes:
    """Return whole numbers, eight octets each, high octet first."""
    if values[0] == values[-1] and values.count(values[0]) == len(values):  # as those of rows that were made at once often are
        return struct.pack(">q", values[0]) * len(values)
    return struct.pack(f">{len(values)}q", *values)


def canonical(value: Value) -> bytes:
    """Return the octets of a value, the same on every database; the first tells its kind. Raises ActError `act_value`."""
    match value:
        case None:
            return b"n"
        case bool():
            return b"b1" if value else b"b0"
        case int():
            return b"i%d" % value
        case str():
            return b"s" + value.encode("utf-8", "surrogatepass")
        case bytes() | memoryview():
            return b"o" + bytes(value)
        case float():
            return b"f" + struct.pack(">d", value)
    raise ActError("act_value", type(value).__name__)


#: The same for kinds that nearly all values are of.
_SHORT: Mapping[type, Callable[[Any], bytes]] = {
    int: b"i%d".__mod__,
    bytes: b"o".__add__,
    float: lambda value: b"f" + struct.pack(">d", value),
}


def same(one: Value, other: Value) -> bool:
    """Say whether two values have the same octets. Numbers of floating point go by these: 0 and -0 are equal otherwise."""
    if type(one) is type(other) and type(one) in _PLAIN:
        return one == other
    return canonical(one) == canonical(other)


def write(body: Body) -> bytes:
    """Return the octets of a body."""
    entry = [] if body.entry is None else [body.entry]
    return cbor.encode([body.at, body.actor, body.kind, [_written(row) for row in body.rows], *entry])


def without_digests(body: Body, entry: bytes) -> Body:
    """Return what is left of a body whose salt is erased: when, what, which rows and columns; who, but for a citizen."""
    actor = _CITIZEN if body.actor.startswith(_CITIZEN) else body.actor
    return Body(body.at, actor, body.kind, tuple(map(_without_digests, body.rows)), entry)


def _without_digests(row: Touched) -> Touched:
    if isinstance(row, Batch):
        return row._replace(digests=bytes(len(row.digests)))
    if isinstance(row, Columns):
        return row._replace(columns={})
    if isinstance(row, Change) and row.columns is not None:
        return row._replace(columns=dict.fromkeys(row.columns, NO_DIGEST))
    return row


def _written(row: Touched) -> list[object]:
    if isinstance(row, Erased):
        return [ERASED, [row.act], row.digest]
    if isinstance(row, Published):
        return [PUBLISHED, [row.name], row.digest]
    if isinstance(row, Batch):
        return [row.table, [row.first], row.digests]
    if isinstance(row, Columns):
        return [COLUMNS, [row.table, row.first, row.many], dict(row.columns)]
    return [row.table, list(row.key), None if row.columns is None else dict(row.columns)]


def read(octets: bytes) -> Body:
    """Return what `write` wrote. Raises ActError `act_damaged` for anything else."""
    try:
        at, actor, kind, rows, *more = cbor.parse(octets)
        if not (type(at) is int and type(actor) is type(kind) is str and type(rows) is list):
            raise ActError("act_damaged")
        return Body(at, actor, kind, _rows(rows), _entry(more))
    except (FormatError, ValueError, TypeError) as error:
        raise ActError("act_damaged") from error


def _entry(more: list[object]) -> bytes | None:
    match more:
        case []:
            return None
        case [bytes() as octets] if len(octets) == FILE_DIGEST:
            return octets
    raise ActError("act_damaged")


def _rows(given: Sequence[Sequence[object]]) -> tuple[Touched, ...]:
    """Return the rows of a body; columns are of as many rows as the batch before them: few octets stand for no crowd."""
    rows, size = tuple(map(_row, given)), 0
    for row in rows:
        if isinstance(row, Batch):
            size = len(row.keys)
        elif isinstance(row, Columns) and row.many != size:
            raise ActError("act_damaged")
    return rows


def _row(given: Sequence[object]) -> Touched:
    table, key, held = given
    if table == ERASED:
        return _erased(key, held)
    if table == PUBLISHED:
        return _published(key, held)
    if table == COLUMNS:
        return _columns(key, held)
    if type(table) is not str or type(key) is not list or not all(type(part) in (int, str, bytes) for part in key):
        raise ActError("act_damaged")
    if type(held) is bytes:
        (first,) = key
        if type(first) is not int or len(held) % DIGEST:
            raise ActError("act_damaged")
        return Batch(table, first, held)
    if held is not None and not (isinstance(held, dict) and all(_is_digest(*each) for each in held.items())):
        raise ActError("act_damaged")
    return Change(table, tuple(key), held)


def _columns(key: object, held: object) -> Columns:
    match key, held:
        case [str() as table, int() as first, int() as count], dict() if type(first) is type(count) is int:
            if 0 < first < KEY_MOST and 0 < count < KEY_MOST and all(_is_digest(*each) for each in held.items()):
                return Columns(table, first, count, held)
    raise ActError("act_damaged")


def _published(key: object, held: object) -> Published:
    match key, held:
        case [str() as name], bytes() as digest_ if len(digest_) == FILE_DIGEST:
            return Published(name, digest_)
    raise ActError("act_damaged")


def _erased(key: object, held: object) -> Erased:
    match key, held:
        case [int() as act], bytes() as digest_ if type(act) is int and len(digest_) == FILE_DIGEST:
            return Erased(act, digest_)
    raise ActError("act_damaged")


def _is_digest(name: object, octets: object) -> bool:
    return type(name) is str and type(octets) is bytes and len(octets) == DIGEST


def entry(salt: bytes, body: bytes) -> bytes:
    """Return what stands in the act log of an act, also once its salt was erased (b"")."""
    return (not salt and _kept_entry(body)) or sha256(salt + body).digest()


def _kept_entry(body: bytes) -> bytes | None:
    try:
        return read(body).entry
    except ActError:
        return None
