"""A second process that holds batches at once with this one: for the first look at a register of very many licenses.

It begins at the other end, opens the database for itself and only looks. It says of which batches every row is as it was made, and what the
log and approvals are to know of these rows, made of what it read: nobody else has to read them, at another moment. Whatever it does not
say, this process finds out by itself, and so goes on where that one ends in any way, or hangs.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection as Pipe
from threading import Thread
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from acts import at_once, guarded
from acts.replay import Replay, Whole
from issuer import garbage
from issuer.log import held
from issuer.log.held import HeldSeals, Run
from issuer.register.tables import licenses, seals
from seal import cbor
from storage.database import opening, reading
from storage.errors import KhatmError

WORTH_SHARING = 100_000  # rows; a second process has to begin first, which takes as long as holding these
_MOST = 50_000  # batches that are told it: of a hundred million rows, 30 MB
_END_SECONDS = 5.0  # how long it may take to end when it is told to
_PAIRS = """
    SELECT one.first, one.last, one.salt, one.columns, other.first, other.last, other.salt, other.columns
    FROM whole AS one JOIN whole AS other ON other.batch = one.name AND other.beside = one.first
    WHERE one.name = ? AND one.batch = one.name AND one.beside = one.first AND other.name = ? ORDER BY one.first
"""  # in the order in which they are held here


class _Batch(NamedTuple):
    """Rows that were made at once, as a memory keeps it: `columns` are CBOR."""

    first: int
    last: int
    salt: bytes
    columns: bytes

    def whole(self) -> Whole:
        """Return the same, read."""
        return Whole(self.first, self.last, self.salt, cbor.loads(self.columns))


class _Pair(NamedTuple):
    """Licenses, and their first seals, that were made with them."""

    licenses: _Batch
    seals: _Batch


class Told(NamedTuple):
    """What is known of a batch that was held: of licenses the files that they came from, of seals the run that they are in the log."""

    table: str
    first: int
    many: int
    sources: frozenset[bytes] = frozenset()
    run: Run | None = None

    def tell(self, seals_held: HeldSeals) -> None:
        """Let the log and approvals know."""
        if self.table == licenses.name:
            seals_held.hear(self.first, self.many, self.sources)
        elif self.run is not None:
            seals_held.take(self.run)


def told(table: str, whole: Whole, columns: Mapping[str, Sequence[Any]]) -> Told:
    """Return what the columns of a batch say, every one of which holds."""
    many = whole.last - whole.first + 1
    if table == licenses.name:
        return Told(table, whole.first, many, sources=frozenset(columns["source"]))
    return Told(table, whole.first, many, run=held.of_columns(columns) if table == seals.name else None)


class Elsewhere:
    """What the other process says. A thread listens to it, so that neither waits for the other."""

    def __init__(self, pipe: Pipe, seals_held: HeldSeals) -> None:
        """Listen at the pipe, and tell what is heard of the log's seals."""
        self._pipe, self._held = pipe, seals_held
        self._good: set[tuple[str, int, int]] = set()
        self.thread = Thread(target=self._listen, daemon=True)
        self.thread.start()

    def __call__(self, table: str, whole: Whole) -> bool:
        """Say whether it is known by now that all rows of a batch are as they were made."""
        return (table, whole.first, whole.last - whole.first + 1) in self._good

    def _listen(self) -> None:
        with suppress(Exception):  # whatever comes of a process that was ended in the middle of a word: what it did not say is done here
            while True:
                heard: tuple[Told, Told] = self._pipe.recv()
                for each in heard:
                    each.tell(self._held)
                self._good |= {(each.table, each.first, each.many) for each in heard}


@contextmanager
def elsewhere(connection: Connection, replay: Replay, seals_held: HeldSeals) -> Iterator[Elsewhere | None]:
    """Let another process hold the batches of a register with this one, as long as this is open; None where they are too few."""
    pairs = [_Pair(_Batch(*row[:4]), _Batch(*row[4:])) for row in replay.file.execute(_PAIRS, (licenses.name, seals.name))][-_MOST:]
    if sum(2 * (each.licenses.last - each.licenses.first + 1) for each in pairs) < WORTH_SHARING:
        yield None
        return
    context = multiprocessing.get_context("spawn")  # threads of this one, and its connections, are nothing that may be copied
    here, there = context.Pipe(duplex=False)
    database = connection.engine.url.render_as_string(hide_password=False)
    process = context.Process(target=_hold, args=(database, pairs, there), daemon=True)
    with here:
        with there:
            process.start()
        listening = Elsewhere(here, seals_held)
        try:
            yield listening
        finally:
            process.terminate()
            process.join(_END_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()
            listening.thread.join()  # at the end of what it said


def _hold(database: str, pairs: Sequence[_Pair], pipe: Pipe) -> None:
    """Hold batches, the last ones first: the body of the other process. What goes wrong here the first one meets and tells."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted here ends that one too
    with (
        suppress(DBAPIError, KhatmError, OSError),
        opening(database, create=False) as engine,
        reading(engine) as connection,
        garbage.between() as collect,
    ):
        for pair in reversed(pairs):
            found = _held(connection, licenses, pair.licenses), _held(connection, seals, pair.seals)
            if found[0] is not None and found[1] is not None and found[1].run is not None:  # else nobody would know what was read here
                pipe.send(found)
            collect()


def _held(connection: Connection, table: Table, batch: _Batch) -> Told | None:
    """Return what is to be known of a batch, if every row of it is as it was made."""
    guarded_, whole = guarded.of(table), batch.whole()
    if guarded_ is None or not whole.columns.keys() >= {*guarded_.columns}:
        return None
    columns = at_once.whole_columns(connection, guarded_, whole)
    if not columns or not all(at_once.holds(table.name, whole, name, values) for name, values in columns.items()):
        return None
    return told(table.name, whole, columns)
