"""The log's positions, as the register gives them: which is next, and which entry stands at each (docs/format.md §18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from acts import publishing
from issuer.errors import IssuerError
from seal import cose, leaves, status
from seal.cose import Sign1

from .tables import seals, status_lists

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
        yield from _some(connection, first, min(first + _MANY, end))


def entries(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    """Yield the entries of positions [start, end); `void` where a list of before was closed without a seal there."""
    place = start
    for position, message in sealed(connection, start, end):
        if place < position:
            yield from (leaves.VOID for _ in range(place, position))
        yield leaves.entry_of(message)
        place = position + 1
    yield from (leaves.VOID for _ in range(place, end))


def _some(connection: Connection, start: int, end: int) -> Iterator[tuple[int, Sign1]]:
    """Yield those of one list or two: a range of the index over (list, idx) for each."""
    while start < end:
        number, index = leaves.slot_of(start)
        last = min(end - start, status.ENTRIES - index) + index
        table = seals.c
        query = select(table.idx, table.token).where(table.list == number, table.idx >= index, table.idx < last).order_by(table.idx)
        first = leaves.position_of(number, 0)
        for idx, token in connection.execute(query).all():
            yield first + idx, _message(token)
        start += last - index


def _message(token: bytes) -> Sign1:
    """Take a stored token apart by where its parts lie; what is laid out otherwise is parsed, which takes longer."""
    start = 3 + (token[2] & 31)  # behind the tag, the array's head and the protected header
    size = len(token) - start - 67  # of the payload with its head: before it an empty map, behind it the signature
    head = 1 if size <= 24 else 2 if size <= 257 else 3
    message = Sign1(token[3:start], token[start + 1 + head : -66], token[-64:])
    return message if message.to_bytes() == token else cose.from_bytes(token)
