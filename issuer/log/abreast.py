"""Reading a register's entries in a second process, while this one makes the tree and its files: for a log of very many seals.

The other process opens the database for itself and only looks. It may end in any way: then this one goes on where it came to.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from issuer.register import positions
from storage.database import opening, reading
from storage.errors import KhatmError

WORTH_SHARING = 200_000  # seals; a second process has to begin first, which takes as long as reading these
_AT_ONCE = 16_384


def entries(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    """Yield the entries of positions [start, end), all of which were given and committed, as `positions.entries` does."""
    place = start
    if end - start >= WORTH_SHARING and connection.get_execution_options().get("reading"):
        for some in _elsewhere(connection.engine.url.render_as_string(hide_password=False), start, end):
            yield from some
            place += len(some)
    yield from positions.entries(connection, place, end)


def _elsewhere(database: str, start: int, end: int) -> Iterator[list[bytes]]:
    """Yield what another process reads, as far as it comes."""
    context = multiprocessing.get_context("spawn")  # threads of this one, and its connections, are nothing that may be copied
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_read, args=(database, start, end, there), daemon=True)
    with here:
        with there:
            process.start()
        try:
            with suppress(EOFError, OSError):
                while True:
                    yield here.recv()
        finally:
            process.terminate()
            process.join()


def _read(database: str, start: int, end: int, pipe: Pipe) -> None:
    """Read entries and send them, some at a time: the body of the other process. What goes wrong here the first one meets and tells."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted here ends that one too
    with suppress(DBAPIError, KhatmError, OSError), opening(database, create=False) as engine, reading(engine) as connection:
        for first in range(start, end, _AT_ONCE):
            pipe.send(list(positions.entries(connection, first, min(first + _AT_ONCE, end))))
