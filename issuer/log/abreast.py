"""Reading a register's seals in a second process, while this one makes the tree and its files, or reads the others: for very many of them.

The other process opens the database for itself and only looks. It may end in any way: then this one goes on where it came to.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection as Pipe
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from issuer.register import positions
from storage.database import opening, reading
from storage.errors import KhatmError

from . import placed as placed_
from .placed import Placed

WORTH_SHARING = 200_000  # seals; a second process has to begin first, which takes as long as reading these
_AT_ONCE = 16_384
_ALONE = 6  # the part of the seals that is read before the other process is there: one in so many


def entries(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    """Yield the entries of positions [start, end), all of which were given and committed, as `positions.entries` does."""
    place = start
    if _is_worth_sharing(connection, start, end):
        parts = [range(first, min(first + _AT_ONCE, end)) for first in range(start, end, _AT_ONCE)]
        with _elsewhere(connection, _entries, parts) as pipe, suppress(EOFError, OSError):
            while True:
                some = pipe.recv()
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
    with _elsewhere(connection, placed_.placed, parts[alone::2]) as pipe:
        there = True
        for number, part in enumerate(parts):
            found = None
            if there and number >= alone and (number - alone) % 2 == 0:
                try:
                    found = pipe.recv()
                except (EOFError, OSError):
                    there = False
            yield found if found is not None else placed_.placed(connection, part)


def _is_worth_sharing(connection: Connection, start: int, end: int) -> bool:
    return end - start >= WORTH_SHARING and bool(connection.get_execution_options().get("reading"))


def _entries(connection: Connection, part: range) -> list[bytes]:
    return list(positions.entries(connection, part.start, part.stop))


@contextmanager
def _elsewhere(connection: Connection, read: Callable[[Connection, range], Any], parts: Sequence[range]) -> Iterator[Pipe]:
    """Open the pipe to another process that reads parts, one after another; it ends there where that one ends."""
    context = multiprocessing.get_context("spawn")  # threads of this one, and its connections, are nothing that may be copied
    here, there = context.Pipe(duplex=False)
    database = connection.engine.url.render_as_string(hide_password=False)
    process = context.Process(target=_read, args=(database, read, parts, there), daemon=True)
    with here:
        with there:
            process.start()
        try:
            yield here
        finally:
            process.terminate()
            process.join()


def _read(database: str, read: Callable[[Connection, range], Any], parts: Sequence[range], pipe: Pipe) -> None:
    """Read parts and send what they are: the body of the other process. What goes wrong here the first one meets and tells."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted here ends that one too
    with suppress(DBAPIError, KhatmError, OSError), opening(database, create=False) as engine, reading(engine) as connection:
        for part in parts:
            pipe.send(read(connection, part))
