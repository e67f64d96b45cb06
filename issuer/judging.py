"""A file whose rows are judged once, on two cores, and kept for as long as they are to be sealed: what was approved is what is sealed.

Judging is as much work as all the rest of issuing. Of a large file a child process judges more than half (forked.py), before any register
is opened. What became of the rows is kept in a file without a name, which ends with the run, so that memory stays flat.
"""

from __future__ import annotations

import copyreg
import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple, cast

from .approving import Asked, Asking, Rows, part_of
from .errors import IssuerError
from .forked import forked
from .intake import tables
from .intake.columns import Header
from .intake.row import Row
from .intake.rows import Entry, Refusal, Rules
from .intake.survey import survey

#: Rows that are judged at once: by the child, and meanwhile by the parent, which also reads them and keeps what became of them.
THERE, HERE = 1_200, 800
_WORTH_SHARING = 64 << 10  # octets; a smaller file is judged here, without a child
_IN_MEMORY = 4 << 20  # octets that are kept without a file
_SIZE = 4  # octets that say how long a part is


def _proxy(of: dict[str, object]) -> MappingProxyType[str, object]:
    return MappingProxyType(of)


copyreg.pickle(MappingProxyType, lambda proxy: (_proxy, (dict(proxy),)))  # rows have such, and go to the child


class Judged:
    """A file's rows, judged. `digest` is the SHA-256 of the file, `asked` what sealing it would be."""

    def __init__(self, digest: bytes, header: Header, asked: Asked, kept: BinaryIO) -> None:
        self.digest, self.header, self.asked = digest, header, asked
        self._kept, self._end = kept, kept.tell()
        self._place = 0

    def rows(self) -> Iterator[Entry | Refusal]:
        """Yield what became of each row, in order. Raises OSError."""
        self._kept.seek(0)
        self._place = 0
        while size := int.from_bytes(self._kept.read(_SIZE), "big"):
            part = self._kept.read(size)
            self._place += _SIZE + size
            yield from pickle.loads(part)  # noqa: S301 - we wrote it, and nobody else can

    def done(self) -> float:
        """Return how much of it was yielded, from 0 to 1, for a progress bar."""
        return self._place / self._end if self._end else 1.0


class _Part(NamedTuple):
    """What became of some rows, as it is kept, and what they add to what is asked."""

    kept: bytes
    asked: Rows


@contextmanager
def judged(file: Path, rules: Rules, *, apply: bool) -> Iterator[Judged]:
    """Judge every row of a file, and keep what became of them as long as this is open. Call it before a register is opened.

    Raises IntakeError, OSError, or IssuerError `sealing_stopped` where the child ends.
    """
    surveyed = survey(file, rules)

    def judge(rows: Sequence[Row]) -> _Part:
        found = list(rules.judge(rows, surveyed))
        return _Part(pickle.dumps(found, pickle.HIGHEST_PROTOCOL), part_of(found))

    asking = Asking(file.name, apply=apply)
    with _unnamed(file.parent) as kept, tables.opened(file) as table:
        for part in _parts(table.rows, judge, apart=table.size >= _WORTH_SHARING):
            asking.add(part.asked)
            kept.write(len(part.kept).to_bytes(_SIZE, "big") + part.kept)
        yield Judged(digest(file), table.header, asking.asked(), kept)


def of_file(file: Path, rules: Rules, *, apply: bool) -> Asked:
    """Return what sealing a file would be. Raises as `judged` does."""
    with judged(file, rules, apply=apply) as found:
        return found.asked


def digest(file: Path) -> bytes:
    """Return the SHA-256 of a file: the register knows by it which file a license came from."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


@contextmanager
def _unnamed(folder: Path) -> Iterator[BinaryIO]:
    """Open a file without a name: beside the file, where there is room for its like, or where others are that nobody keeps."""
    beside = str(folder) if os.access(folder, os.W_OK) else None
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=beside) as kept:
        yield cast(BinaryIO, kept)


def _parts(rows: Iterator[Row], judge: Callable[[Sequence[Row]], _Part], *, apart: bool) -> Iterator[_Part]:
    if not apart:
        yield from _alone(rows, judge)
        return
    with forked(judge) as child:
        if child is None:
            yield from _alone(rows, judge)
            return
        while there := list(islice(rows, THERE)):
            try:
                child.send(there)
                here = judge(list(islice(rows, HERE)))
                yield child.recv()
            except (EOFError, BrokenPipeError, ConnectionResetError) as error:
                raise IssuerError("sealing_stopped") from error
            yield here


def _alone(rows: Iterator[Row], judge: Callable[[Sequence[Row]], _Part]) -> Iterator[_Part]:
    while some := list(islice(rows, THERE)):
        yield judge(some)
