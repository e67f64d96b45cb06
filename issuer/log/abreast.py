"""Reading a register's seals in a second process, while this one makes the tree and its files, or reads the others: for very many of them.

The other process opens the database for itself and only looks. It may end in any way, say anything or nothing at all: then this one goes on
where that one came to. Nobody else can publish meanwhile, so nobody waits for it without an end.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection as Pipe
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from issuer.forked import ended, patient
from issuer.register import positions
from seal import leaves
from storage.database import opening, reading
from storage.errors import KhatmError
from transparency.tree import HASH_BYTES

from . import placed as placed_
from .placed import Placed

T = TypeVar("T")
WORTH_SHARING = 200_000  # seals; a second process has to begin first, which takes as long as reading these
_AT_ONCE = 16_384
_SILENT = 30.0  # seconds in which not one octet comes; a part is read in much less than one
_WORD_MOST = 16 << 20  # octets of a part, which are some 600,000
_ENTRIES = {32, len(leaves.VOID)}  # octets
_ALONE = 6  # the part of the seals that is read before the other process is there: one in so many


def entries(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    """Yield the entries of positions [start, end), all of which were given and committed, as `positions.entries` does."""
    place = start
    if _is_worth_sharing(connection, start, end):
        parts = [range(first, min(first + _AT_ONCE, end)) for first in range(start, end, _AT_ONCE)]
        with _elsewhere(connection, _entries, parts, _are_entries) as other:
            while (some := other.next()) is not None:
                yield from some
                place += len(some)
    yield from positions.entries(connection, place, end)


def placed(connection: Connection, start: int, end: int) -> Iterator[Placed]:
    """Yield the seals of positions [start, end), all of which were given and committed, some at a time, in their order."""
    parts = list(positions.parts(start, end))
    if not _is_worth_sharing(connection, start, end):
        yield from (placed_.placed(connection, part) for part in parts)
        return
    alone = len(parts) // _ALONE
    with _elsewhere(connection, placed_.placed, parts[alone::2], _are_placed) as other:
        for number, part in enumerate(parts):
            found = other.next() if number >= alone and (number - alone) % 2 == 0 else None
            yield found if found is not None else placed_.placed(connection, part)


def _is_worth_sharing(connection: Connection, start: int, end: int) -> bool:
    return end - start >= WORTH_SHARING and bool(connection.get_execution_options().get("reading"))


def _entries(connection: Connection, part: range) -> list[bytes]:
    return list(positions.entries(connection, part.start, part.stop))


def _are_entries(found: object, part: range) -> bool:
    return isinstance(found, list) and len(found) == len(part) and {*map(type, found)} == {bytes} and {*map(len, found)} <= _ENTRIES


def _are_placed(found: object, part: range) -> bool:
    if not isinstance(found, Placed) or not len(found.positions) == len(found.authorities) <= len(part):
        return False
    inside = found.positions == part or all(map(part.__contains__, found.positions))
    leaf_each = type(found.leaves) is bytes and len(found.leaves) == HASH_BYTES * len(found.positions)
    return inside and leaf_each and {*map(type, found.authorities)} <= {str, type(None)}


class _Other(Generic[T]):
    """The other process, as far as it is listened to."""

    def __init__(self, pipe: Pipe, parts: Sequence[range], fits: Callable[[T, range], bool]) -> None:
        self._pipe, self._parts, self._fits = pipe, iter(parts), fits
        self._there = True

    def next(self) -> T | None:
        """Return what the next part is; None from where on it does not say, within `_SILENT` seconds, what a part can be."""
        part = next(self._parts, None)
        if not self._there or part is None:
            return None
        try:
            found: T = pickle.loads(self._pipe.recv_bytes(_WORD_MOST))  # noqa: S301 - a process that this one made says it
            self._there = self._fits(found, part)
        except Exception:  # noqa: BLE001 - whatever comes of a process that was ended in the middle of a word, hangs or raves
            self._there = False
        return found if self._there else None


@contextmanager
def _elsewhere(
    connection: Connection, read: Callable[[Connection, range], T], parts: Sequence[range], fits: Callable[[T, range], bool]
) -> Iterator[_Other[T]]:
    """Let another process read parts, one after another; what it says is believed where it `fits` the part."""
    context = multiprocessing.get_context("spawn")  # threads of this one, and its connections, are nothing that may be copied
    here, there = context.Pipe()
    database = connection.engine.url.render_as_string(hide_password=False)
    process = context.Process(target=_read, args=(database, read, parts, there), daemon=True)
    with here:
        with there:
            process.start()
        try:
            patient(here, _SILENT)
            yield _Other(here, parts, fits)
        finally:
            process.terminate()
            ended(process)


def _read(database: str, read: Callable[[Connection, range], Any], parts: Sequence[range], pipe: Pipe) -> None:
    """Read parts and send what they are: the body of the other process. What goes wrong here the first one meets and tells."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted here ends that one too
    with suppress(DBAPIError, KhatmError, OSError), opening(database, create=False) as engine, reading(engine) as connection:
        for part in parts:
            pipe.send(read(connection, part))
