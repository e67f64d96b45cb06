"""The last checkpoint that was signed, kept in a folder apart from the register's disk: what no backup of the register brings back.

    log, acts   the checkpoint of each log, a signed note

Whoever replaces it says what it replaces. So a log never gets shorter here, nor another root at one size, whoever signs it and how many do.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from issuer.errors import IssuerError
from published import whole
from transparency import checkpoints, notes
from transparency.checkpoints import Checkpoint
from transparency.errors import NoteError

NAME, ACTS = "log", "acts"


class Stored(NamedTuple):
    """A checkpoint, and the signed note that it is. Its signatures are not verified: it is ours, on our own disk."""

    checkpoint: Checkpoint
    note: bytes


class LogStore:
    """The folder of the last checkpoint. It need not be there yet."""

    def __init__(self, folder: Path, name: str = NAME, *, before: Collection[str] = (), durable: bool = True) -> None:
        """Take `folder`; `durable` is false where nobody minds what a power cut takes.

        `before` are the names of logs in whose place this one came: it goes on with what they had.
        """
        self.before = frozenset(before)
        self._folder, self._path, self._durable = folder, folder / name, durable

    def read(self) -> Stored | None:
        """Return what is stored, None where nothing ever was. Raises IssuerError `log_checkpoint_damaged`, OSError."""
        return read(self._path)

    def replace(self, before: Stored | None, after: bytes) -> None:
        """Store a checkpoint in the place of the one that was read before.

        Raises IssuerError `log_store_conflict` where another one stands there by now, or this one is of another log, shorter, or of
        another root at the same size; OSError. Then nothing has changed.
        """
        new = parse(after, str(self._path))
        self._folder.mkdir(parents=True, exist_ok=True)
        with alone_in(self._folder):
            found = self.read()
            if (found and found.note) != (before and before.note):
                raise IssuerError("log_store_conflict", "another publisher")
            if found and not self._follows(new.checkpoint, found.checkpoint):
                raise IssuerError("log_store_conflict", f"{new.checkpoint.size} < {found.checkpoint.size}")
            whole.clear(self._folder, of=self._path.name)
            whole.write({self._path: after}, mode=0o644, durable=self._durable)

    def _follows(self, new: Checkpoint, old: Checkpoint) -> bool:
        grown = new.size > old.size or (new.size == old.size and new.root == old.root)
        return grown and (new.origin == old.origin or old.origin in self.before)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other publishers out of `folder` as long as this is open. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # which gives the lock up


def read(path: Path) -> Stored | None:
    """Return the checkpoint in a file, None where there is no file. Raises IssuerError `log_checkpoint_damaged`, OSError."""
    try:
        with path.open("rb") as stream:
            data = stream.read(notes.NOTE_MAX + 1)
    except FileNotFoundError:
        return None
    return parse(data, str(path))


def parse(data: bytes, where: str) -> Stored:
    """Return a checkpoint of octets. Raises IssuerError `log_checkpoint_damaged`."""
    try:
        return Stored(checkpoints.parse(notes.parse(data).text), data)
    except NoteError as error:
        raise IssuerError("log_checkpoint_damaged", where) from error


def latest(*found: Stored | None) -> Stored | None:
    """Return the longest of some checkpoints of one log."""
    return max((each for each in found if each), key=lambda each: each.checkpoint.size, default=None)


def logged(store: Path, published: Path, name: str = NAME) -> int:
    """Return how many places are under the last checkpoint of a log that is stored or published.

    No position below it may be given any more, and what stands below it may leave the house. Raises as `read`.
    """
    last = latest(read(store / name), read(published / name / "checkpoint"))
    return last.checkpoint.size if last else 0
