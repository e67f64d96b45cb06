"""A second process that holds batches at once with this one: for the first look at a register of very many licenses.

It begins at the other end, opens the database for itself and only looks. It says of which batches every row is as it was made; whatever it
does not say, this process finds out by itself, and so goes on where that one ends in any way.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection as Pipe
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from acts import at_once, guarded
from acts.replay import Replay, Whole
from issuer.register.tables import licenses, seals
from seal import cbor
from storage.database import opening, reading
from storage.errors import KhatmError

WORTH_SHARING = 100_000  # rows; a second process has to begin first, which takes as long as holding these
_MOST = 50_000  # batches that are told it: of a hundred million rows, 30 MB
_TABLES = {table.name: table for table in (licenses, seals)}


class _Task(NamedTuple):
    """A batch, as a memory keeps it: `columns` are CBOR."""

    table: str
    first: int
    last: int
    salt: bytes
    columns: bytes


class Elsewhere:
    """What the other process says."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe: Pipe | None = pipe
        self._good: set[tuple[str, int]] = set()

    def __call__(self, table: str, whole: Whole) -> bool:
        """Say whether it is known by now that all rows of a batch are as they were made."""
        with suppress(EOFError, OSError):
            while self._pipe is not None and self._pipe.poll():
                try:
                    self._good.add(self._pipe.recv())
                except EOFError:
                    self._pipe = None
        return (table, whole.first) in self._good


@contextmanager
def elsewhere(connection: Connection, replay: Replay) -> Iterator[Elsewhere | None]:
    """Let another process hold the batches of a register with this one, as long as this is open; None where they are too few."""
    query = "SELECT name, first, last, salt, columns FROM whole ORDER BY beside, batch, name"  # as they are held here
    tasks = [_Task(*row) for row in replay.file.execute(query) if row[0] in _TABLES][-_MOST:]
    if sum(each.last - each.first + 1 for each in tasks) < WORTH_SHARING:
        yield None
        return
    context = multiprocessing.get_context("spawn")  # threads of this one, and its connections, are nothing that may be copied
    here, there = context.Pipe(duplex=False)
    database = connection.engine.url.render_as_string(hide_password=False)
    process = context.Process(target=_hold, args=(database, tasks, there), daemon=True)
    with here:
        with there:
            process.start()
        try:
            yield Elsewhere(here)
        finally:
            process.terminate()
            process.join()


def _hold(database: str, tasks: Sequence[_Task], pipe: Pipe) -> None:
    """Hold batches, the last ones first: the body of the other process. What goes wrong here the first one meets and tells."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted here ends that one too
    with suppress(DBAPIError, KhatmError, OSError), opening(database, create=False) as engine, reading(engine) as connection:
        for task in reversed(tasks):
            if _is_as_made(connection, task):
                pipe.send((task.table, task.first))


def _is_as_made(connection: Connection, task: _Task) -> bool:
    """Say whether every row of a batch is as it was made."""
    table, whole = guarded.of(_TABLES[task.table]), Whole(task.first, task.last, task.salt, cbor.loads(task.columns))
    if table is None or not whole.columns.keys() >= {*table.columns}:
        return False
    columns = at_once.whole_columns(connection, table, whole)
    return bool(columns) and all(at_once.holds(task.table, whole, name, values) for name, values in columns.items())
