"""A file whose rows are judged once, on two cores, and kept for as long as they are to be sealed: what was approved is what is sealed.

Judging is as much work as all the rest of issuing. Of a large file a child process judges about half (forked.py), before any register is
opened: each of the two goes through the file by itself and takes the next block that nobody has. What became of the rows is kept in files
without a name, which end with the run, so that memory stays flat.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from . import garbage, kept
from .approving import Asked, Asking, Rows, part_of
from .errors import IssuerError
from .forked import forked
from .intake import tables
from .intake.columns import Header
from .intake.errors import IntakeError
from .intake.row import Row
from .intake.rows import Entry, Refusal, Rules
from .intake.survey import survey
from .intake.tables import Table
from .register.issuing import Candidate, candidate_of

#: Rows that one of the two judges at once: so few that what the digest takes of them goes through the pipe without waiting.
BLOCK = 150
_AHEAD = 2  # blocks that the child has before it: it never waits for the next
_WORTH_SHARING = 64 << 10  # octets; a smaller file is judged here, without a child
_IN_MEMORY = 4 << 20  # octets that are kept without a file
_SILENT_SECONDS = 600.0  # that the child may be silent: it opens the file, too, and nobody waits for the register meanwhile
_WAITING_MOST = 32  # blocks that are done before an earlier one of the child is: memory stays flat


class _Place(NamedTuple):
    """Where a part is kept."""

    stream: BinaryIO
    start: int
    size: int


class Judged:
    """A file's rows, judged. `digest` is the SHA-256 of the file, `asked` what sealing it would be."""

    def __init__(self, digest: bytes, header: Header, asked: Asked, parts: Sequence[_Place]) -> None:
        self.digest, self.header, self.asked = digest, header, asked
        self._parts, self._taken = parts, 0

    def rows(self) -> Iterator[Candidate | Refusal]:
        """Yield what became of each row, in order. Raises OSError."""
        for number, (stream, start, size) in enumerate(self._parts, 1):
            stream.seek(start)
            self._taken = number
            yield from kept.unpacked(stream.read(size))

    def done(self) -> float:
        """Return how much of it was yielded, from 0 to 1, for a progress bar."""
        return self._taken / len(self._parts) if self._parts else 1.0


class _Part(NamedTuple):
    """What became of some rows, as it is kept, and what they add to what is asked."""

    kept: bytes
    asked: Rows


class _Told(NamedTuple):
    """What the child says of a block: the file and how many rows it found there, where they are kept, and what they add."""

    file: tuple[int, ...]
    rows: int
    start: int
    size: int
    asked: Rows


@contextmanager
def judged(file: Path, rules: Rules, *, apply: bool) -> Iterator[Judged]:
    """Judge every row of a file, and keep what became of them as long as this is open. Call it before a register is opened.

    Raises IntakeError, OSError, or IssuerError `sealing_stopped` where the child ends, or stands still.
    """
    surveyed = survey(file, rules)

    def judge(rows: Sequence[Row]) -> _Part:
        found = list(rules.judge(rows, surveyed))
        return _Part(kept.packed(candidate_of(each) if isinstance(each, Entry) else each for each in found), part_of(found))

    asking, parts = Asking(file.name, apply=apply), list[_Place]()
    with ExitStack() as stack:
        ours = stack.enter_context(_unnamed(file.parent))
        with tables.opened(file) as table:
            found = _alone(table.rows, judge, ours)
            if table.size >= _WORTH_SHARING:
                found = _shared(file, table, judge, ours, stack.enter_context(_unnamed(file.parent, to_share=True)))
            with garbage.between() as collect:
                for asked, place in found:
                    asking.add(asked)
                    parts.append(place)
                    collect()
        yield Judged(digest(file), table.header, asking.asked(), parts)


def of_file(file: Path, rules: Rules, *, apply: bool) -> Asked:
    """Return what sealing a file would be. Raises as `judged` does."""
    with judged(file, rules, apply=apply) as found:
        return found.asked


def digest(file: Path) -> bytes:
    """Return the SHA-256 of a file: the register knows by it which file a license came from."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


@contextmanager
def _unnamed(folder: Path, *, to_share: bool = False) -> Iterator[BinaryIO]:
    """Open a file without a name: beside the file, where there is room for its like, or where others are that nobody keeps.

    One that is `to_share` with a child is a file from the start.
    """
    beside = str(folder) if os.access(folder, os.W_OK) else None
    with tempfile.TemporaryFile(dir=beside) if to_share else tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=beside) as stream:
        yield cast(BinaryIO, stream)


Found = tuple[Rows, _Place]


def _put(stream: BinaryIO, part: _Part) -> Found:
    start = stream.tell()
    stream.write(part.kept)
    return part.asked, _Place(stream, start, len(part.kept))


def _alone(rows: Iterator[Row], judge: Callable[[Sequence[Row]], _Part], stream: BinaryIO) -> Iterator[Found]:
    while some := list(islice(rows, BLOCK)):
        yield _put(stream, judge(some))


def _shared(file: Path, table: Table, judge: Callable[[Sequence[Row]], _Part], ours: BinaryIO, theirs: BinaryIO) -> Iterator[Found]:
    with forked(_Child(file, judge, theirs.fileno()), silent=_SILENT_SECONDS) as pipe:
        if pipe is None:
            yield from _alone(table.rows, judge, ours)
            return
        try:
            yield from _Both(table, judge, ours, theirs, pipe).found()
        except (EOFError, BrokenPipeError, ConnectionResetError, BlockingIOError) as error:
            raise IssuerError("sealing_stopped") from error


class _Child:
    """What the child does: it goes through the file by itself, judges the blocks that it is told to, and keeps them in its own stream."""

    def __init__(self, file: Path, judge: Callable[[Sequence[Row]], _Part], stream: int) -> None:
        self._file, self._judge, self._stream = file, judge, stream
        self._table: Table | None = None
        self._open = ExitStack()  # until the process ends
        self._read, self._end = 0, 0

    def __call__(self, number: int) -> tuple[_Told | IntakeError | OSError]:
        """Judge a block, later than those before."""
        try:
            return (self._told(number),)
        except (IntakeError, OSError) as error:  # for the parent to raise
            return (error,)

    def _told(self, number: int) -> _Told:
        table = self._table = self._table or self._open.enter_context(tables.opened(self._file))
        deque(islice(table.rows, BLOCK * (number - self._read)), maxlen=0)  # the parent's
        rows, self._read = list(islice(table.rows, BLOCK)), number + 1
        part, start = self._judge(rows), self._end
        while self._end < start + len(part.kept):
            self._end += os.pwrite(self._stream, part.kept[self._end - start :], self._end)
        return _Told(_identity(table), len(rows), start, len(part.kept), part.asked)


class _Both:
    """The parent's side: it goes through the file too, takes blocks as the child does, and puts together what became of all in order."""

    def __init__(self, table: Table, judge: Callable[[Sequence[Row]], _Part], ours: BinaryIO, theirs: BinaryIO, pipe: Connection) -> None:
        self._rows, self._judge, self._pipe, self._file = table.rows, judge, pipe, _identity(table)
        self._ours, self._theirs = ours, theirs
        self._given = 0  # blocks that somebody has
        self._there = deque[tuple[int, int]]()  # blocks that the child has: the number, and how many rows it has here
        self._done: dict[int, Found] = {}

    def found(self) -> Iterator[Found]:
        """Yield what became of the rows, block by block in order. Raises IntakeError, OSError, EOFError."""
        following = 0
        while block := self._mine():
            self._done[self._given - 1] = _put(self._ours, self._judge(block))
            while self._there and (len(self._done) > _WAITING_MOST or self._pipe.poll()):
                self._receive()
            while following in self._done:
                yield self._done.pop(following)
                following += 1
        while self._there:
            self._receive()
        yield from (self._done[number] for number in sorted(self._done))

    def _mine(self) -> list[Row]:
        """Leave the child as many blocks as it should have before it, and return the rows of the next one; none at the end."""
        while len(self._there) < _AHEAD:
            self._pipe.send(self._given)
            self._there.append((self._given, sum(1 for _ in islice(self._rows, BLOCK))))
            self._given += 1
        self._given += 1
        return list(islice(self._rows, BLOCK))

    def _receive(self) -> None:
        number, rows = self._there.popleft()
        told: _Told | IntakeError | OSError = self._pipe.recv()
        if isinstance(told, IntakeError | OSError):
            raise told
        if (told.file, told.rows) != (self._file, rows):
            raise IntakeError("file_unreadable", "it changed while it was read")
        if told.rows:
            self._done[number] = told.asked, _Place(self._theirs, told.start, told.size)


def _identity(table: Table) -> tuple[int, ...]:
    """Return by what an open file is known: another one in its place is another one, and one that is written to has another time."""
    found = os.fstat(table.stream.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
