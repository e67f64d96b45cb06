"""The log's positions, as the register gives them: which is next, and which entry stands at each (docs/format.md §18)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, CursorResult, select

from acts import lost, publishing
from issuer.errors import IssuerError
from seal import cbor, cose, leaves, status
from seal.cose import Sign1

from .tables import seals, status_lists

LOG = "log"  # the log's name among those of the house
_SIGNED = Sign1(b"", b"", b"").signed()[:-3]  # the start of what every seal signs
_MANY = 4_096  # seals read at once: memory stays flat over any register


def following(connection: Connection) -> int:
    """Return the position that the next seal gets: all below it were given, or are in lists that are closed."""
    table = status_lists.c
    row = connection.execute(select(table.number, table.used).order_by(table.number.desc()).limit(1)).first()
    return 0 if row is None else (row.number - 1) * status.ENTRIES + row.used


class Logged(NamedTuple):
    """Over how many seals, and over how many acts, a checkpoint was signed."""

    seals: int
    acts: int = 0


def refuse_behind(connection: Connection, logged: Logged) -> None:
    """Return if the register has given all positions, and has all acts, that a checkpoint was ever signed over.

    Else it is a backup of before that: what it gave next would stand in the place of codes that hang already. Raises IssuerError
    `register_behind_log`.
    """
    if (own := following(connection)) < logged.seals:
        raise IssuerError("register_behind_log", f"{own} < {logged.seals}")
    if logged.acts and (own := publishing.size(connection)) < logged.acts:
        raise IssuerError("register_behind_log", f"acts: {own} < {logged.acts}")


def sealed(connection: Connection, start: int, end: int) -> Iterator[tuple[int, Sign1]]:
    """Yield position and seal of all seals in positions [start, end), in order."""
    for first in range(start, end, _MANY):
        for position, token in _some(connection, first, min(first + _MANY, end)):
            yield position, _message(token)


def entries(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    """Yield the entries of positions [start, end); `void` where a list of before was closed without a seal there.

    Of a seal that was lost, the entry is known all the same (acts/lost.py).
    """
    for first in range(start, end, _MANY):
        last = min(first + _MANY, end)
        rows = _some(connection, first, last)
        if len(rows) == last - first:
            yield from [_entry(token) for _, token in rows]
        else:
            there = lost.entries(connection, LOG, first, last) | {position: _entry(token) for position, token in rows}
            yield from [there.get(position, leaves.VOID) for position in range(first, last)]


def _some(connection: Connection, start: int, end: int) -> list[tuple[int, bytes]]:
    """Return position and token of the seals of one list or two: a range of the index over (list, idx) for each."""
    table, found = seals.c, []
    while start < end:
        number, index = leaves.slot_of(start)
        last = min(end - start, status.ENTRIES - index) + index
        first = leaves.position_of(number, 0)
        query = select(first + table.idx, table.token).where(table.list == number, table.idx >= index, table.idx < last).order_by(table.idx)
        found += _rows(connection.execute(query))
        start += last - index
    return found


def _rows(result: CursorResult[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Return a result as the driver gives it: of a million rows, making rows of ours takes as long as reading them."""
    if result.cursor is None:
        raise RuntimeError("no rows")
    rows = list(result.cursor.fetchall())
    result.close()
    return rows


def _message(token: bytes) -> Sign1:
    """Take a stored token apart."""
    start, payload = _laid_out(token)
    return Sign1(token[3:start], token[payload:-66], token[-64:]) if start else cose.from_bytes(token)


def _entry(token: bytes) -> bytes:
    """Return the entry of a stored token, without taking it apart where it is laid out as usual."""
    start, _ = _laid_out(token)
    if not start:
        return leaves.entry_of(cose.from_bytes(token))
    return sha256(b"".join((cose.low(token[-64:]), _SIGNED, token[2:start], b"\x40", token[start + 1 : -66]))).digest()


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
