"""The log's positions, as the register gives them: which is next, and which entry stands at each (docs/format.md §18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, CursorResult, func, select

from acts import lost, publishing
from issuer.errors import IssuerError
from seal import cbor, cose, leaves, status
from seal.cose import Sign1
from seal.errors import FormatError
from storage.straight import of_driver

from .tables import seals, status_lists

LOG = "log"  # the log's name among those of the house
_SIGNED = Sign1(b"", b"", b"").signed()[:-3]  # the start of what every seal signs
_LEAD, _SIGNATURE_HEAD = 20, b"\x58\x40"  # octets that hold tag, array, header, the head of nearly every payload, and how that begins
BEGIN = 7  # octets of a payload that hold the authority, which stands first in it
_LEADS: dict[bytes, tuple[int, int, bytes, bytes]] = {}
_LEADS_MOST = 8_192  # of ten authorities, hundreds of sizes
_MANY = 4_096  # seals read at once: memory stays flat over any register


def following(connection: Connection) -> int:
    """Return the position that the next seal gets: all below it were given, or are in lists that are closed."""
    table = status_lists.c
    row = connection.execute(select(table.number, table.used).order_by(table.number.desc()).limit(1)).first()
    return 0 if row is None else (row.number - 1) * status.ENTRIES + row.used


def _end(connection: Connection, following_: int) -> int:
    """Return the position behind the last of the newest list that a seal has or had: those are given one after another.

    In a list of before, whose places were drawn at random and which was closed, that is all of them.
    """
    number, used = (following_ - 1) // status.ENTRIES + 1, (following_ - 1) % status.ENTRIES + 1
    own = seals.c.list == number
    newest = connection.scalar(select(func.max(seals.c.idx)).where(own))
    here = 0 if newest is None else newest + 1
    if used == status.ENTRIES > here and (connection.scalar(select(func.count()).select_from(seals).where(own)) or 0) < here:
        return following_
    return max(leaves.position_of(number, here), lost.end(connection, LOG))


class Logged(NamedTuple):
    """Over how many seals, and over how many acts, a checkpoint was signed."""

    seals: int
    acts: int = 0


def refuse_behind(connection: Connection, logged: Logged) -> None:
    """Return if the register has given all positions, and has all acts, that a checkpoint was ever signed over.

    Else it is a backup of before that: what it gave next would stand in the place of codes that hang already. Raises IssuerError
    `register_behind_log`; `positions_without_seals` where it has given some that nobody got: a gap that nobody closes again.
    """
    if (own := following(connection)) < logged.seals:
        raise IssuerError("register_behind_log", f"{own} < {logged.seals}")
    if own > logged.seals and own > (end := max(_end(connection, own), logged.seals)):
        raise IssuerError("positions_without_seals", f"{end}-{own - 1}")
    if logged.acts and (own := publishing.size(connection)) < logged.acts:
        raise IssuerError("register_behind_log", f"acts: {own} < {logged.acts}")


def sealed(connection: Connection, start: int, end: int) -> Iterator[tuple[int, Sign1]]:
    """Yield position and seal of all seals in positions [start, end), in order. Raises as `read`."""
    for part in parts(start, end):
        there, tokens = _some(connection, part)
        with _readable(connection, part):
            messages = [*map(_message, tokens)]
        yield from zip(there, messages, strict=True)


def entries(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    """Yield the entries of positions [start, end); `void` where a list of before was closed without a seal there.

    Of a seal that was lost, the entry is known all the same (acts/lost.py). Raises as `read`.
    """
    for part in parts(start, end):
        there, tokens = _some(connection, part)
        with _readable(connection, part):
            made = _entries(tokens)
        if there is not part:
            found = lost.entries(connection, LOG, part.start, part.stop) | dict(zip(there, made, strict=True))
            made = [found.get(position, leaves.VOID) for position in part]
        yield from made


class Part(NamedTuple):
    """Seals that were read at once: the positions that have some, in order, and of each its entry and how its payload begins."""

    positions: Sequence[int]
    entries: list[bytes]
    begins: list[bytes]


def read(connection: Connection, part: range) -> Part:
    """Return the seals at positions of one list; `positions` is `part` itself where every position has one.

    Raises IssuerError `rows_past_programs` with the seal whose token is none.
    """
    there, tokens = _some(connection, part)
    with _readable(connection, part):
        made, begins = entries_and_begins(tokens)
        _require_authorities(begins)
    return Part(there, made, begins)


def parts(start: int, end: int) -> Iterator[range]:
    """Cut positions into parts that are read at once, each within one list."""
    while start < end:
        until = min(start + _MANY, end, (start // status.ENTRIES + 1) * status.ENTRIES)
        yield range(start, until)
        start = until


def _some(connection: Connection, part: range) -> tuple[Sequence[int], list[bytes]]:
    """Return which of the positions have seals, and their tokens: a range of the unique index over (list, idx)."""
    table, (number, index) = seals.c, leaves.slot_of(part.start)
    inside = table.list == number, table.idx >= index, table.idx < index + len(part)
    tokens = _rows(connection.execute(select(table.token).where(*inside).order_by(table.idx)))
    if len(tokens) == len(part):
        return part, tokens
    both = connection.execute(select(table.idx, table.token).where(*inside).order_by(table.idx)).all()
    return [part.start - index + row.idx for row in both], [row.token for row in both]


def _rows(result: CursorResult[tuple[bytes]]) -> list[bytes]:
    """Return a column as the driver gives it."""
    return [value for (value,) in of_driver(result)]


@contextmanager
def _readable(connection: Connection, part: range) -> Iterator[None]:
    """Name the row whose token nobody can read, which no program wrote: SQLite keeps anything in any column."""
    try:
        yield
    except (FormatError, TypeError, LookupError, ValueError) as error:
        table, (number, index) = seals.c, leaves.slot_of(part.start)
        inside = table.list == number, table.idx >= index, table.idx < index + len(part)
        for id_, token in connection.execute(select(table.id, table.token).where(*inside).order_by(table.idx)):
            if not _is_token(token):
                raise IssuerError("rows_past_programs", f"{seals.name} {id_} [token]") from error
        raise IssuerError("rows_past_programs", f"{LOG} {part.start}-{part.stop - 1}") from error  # it was otherwise a moment ago


def _is_token(token: object) -> bool:
    try:
        _require_authorities(entries_and_begins([token])[1] if isinstance(token, bytes) else [b""])
    except (FormatError, LookupError, ValueError):
        return False
    return True


def _require_authorities(begins: Iterable[bytes]) -> None:
    """Return if payloads begin with an authority (`BEGIN`). Raises ValueError."""
    for begin in {*begins}:
        if len(begin) != BEGIN or not begin[3 : 3 + (begin[2] & 31)].isascii():
            raise ValueError("no authority")


def _message(token: bytes) -> Sign1:
    """Take a stored token apart."""
    start, payload = _laid_out(token)
    return Sign1(token[3:start], token[payload:-66], token[-64:]) if start else cose.from_bytes(token)


def _entries(tokens: Iterable[bytes]) -> list[bytes]:
    """Return the entries of stored tokens."""
    return entries_and_begins(tokens)[0]


def entries_and_begins(tokens: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Return the entries of stored tokens (`leaves.entry_of`), and how the payload of each begins (`BEGIN` octets): of millions, so that
    those that are laid out as usual are not taken apart.
    """
    made, begins = list[bytes](), list[bytes]()
    for token in tokens:
        lead = token[:_LEAD]
        size, start, signed, begin = _LEADS.get(lead) or _lead(lead, len(token))
        if len(token) != size or token[-66:-64] != _SIGNATURE_HEAD:
            message = cose.from_bytes(token)
            made.append(leaves.entry_of(message))
            begins.append(message.payload[:BEGIN])
            continue
        made.append(sha256(cose.low(token[-64:]) + signed + token[start:-66]).digest())
        begins.append(begin)
    return made, begins


def _lead(lead: bytes, size: int) -> tuple[int, int, bytes, bytes]:
    """Return of a token that begins so: its size, where its payload's head stands, what a seal signs before that, how its payload begins.

    The size is 0 where that cannot be told: then the token has to be parsed. What is told of `size` octets is remembered: a lead holds the
    payload's size.
    """
    if size < _LEAD + 66:
        return 0, 0, b"", b""
    start, payload = _laid_out(lead + bytes(size - _LEAD - 66) + _SIGNATURE_HEAD + bytes(64))
    if not 0 < payload <= _LEAD - BEGIN:
        return 0, 0, b"", b""
    if len(_LEADS) >= _LEADS_MOST:
        _LEADS.clear()
    _LEADS[lead] = size, start + 1, _SIGNED + lead[2:start] + b"\x40", lead[payload : payload + BEGIN]
    return _LEADS[lead]


def _laid_out(token: bytes) -> tuple[int, int]:
    """Return where the header ends and the payload begins in a token as we write it; 0, 0 for one that has to be parsed."""
    start = 3 + (token[2] & 31)  # behind the tag, the array's head and the protected header
    ends, mid = _frame(len(token) - start - 67)
    usual = token[:2] == b"\xd2\x84" and 0x40 <= token[2] < 0x58 and token.startswith(mid, start) and token[-66:-64] == ends
    return (start, start + len(mid)) if usual else (0, 0)


@lru_cache(maxsize=1024)
def _frame(size: int) -> tuple[bytes, bytes]:
    """Return the head of the signature, and what lies between header and a payload of `size` octets with its head: empty map, head."""
    if size < 1:
        return b"-", b""  # which nothing has
    head = 1 if size <= 24 else 2 if size <= 257 else 3
    return b"\x58\x40", b"\xa0" + cbor.head(2, max(size - head, 0))
