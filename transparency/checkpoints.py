"""Checkpoints (C2SP tlog-checkpoint): the text of a note that says how large a log is and what its root is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import base64
from .errors import NoteError
from .tree import EMPTY_ROOT, HASH_BYTES, SIZE_MAX

ORIGIN_OCTETS_MAX = 255
EXTENSIONS_MAX = 16
EXTENSION_OCTETS_MAX = 4_096

_HALVES = re.compile("[\ud800-\udfff]")
_DECIMAL = re.compile("0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's head: its origin, its number of leaves, its root (32 octets), and lines that no monitor can check: ours has none."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return the note's text. Raises NoteError `checkpoint_malformed` for one that `parse` would not take back."""
        text = "".join(f"{line}\n" for line in (self.origin, self.size, base64.encode(self.root), *self.extensions))
        if parse(text) != self:
            raise NoteError("checkpoint_malformed")
        return text


def parse(text: str) -> Checkpoint:
    """Return the checkpoint that a note's text is. An empty tree has its one root. Raises NoteError `checkpoint_malformed`."""
    lines = text.split("\n")
    if _HALVES.search(text):
        raise NoteError("checkpoint_malformed", "UTF-8")
    if lines.pop() or not 3 <= len(lines) <= 3 + EXTENSIONS_MAX or not all(lines):
        raise NoteError("checkpoint_malformed")
    origin, number, hashed, *extensions = lines
    size, root = decimal(number), base64.decode(hashed)
    if size is None or root is None or len(root) != HASH_BYTES or (size == 0) != (root == EMPTY_ROOT):
        raise NoteError("checkpoint_malformed")
    if len(origin.encode()) > ORIGIN_OCTETS_MAX or any(len(line.encode()) > EXTENSION_OCTETS_MAX for line in extensions):
        raise NoteError("checkpoint_malformed")
    return Checkpoint(origin, size, root, tuple(extensions))


def decimal(text: str) -> int | None:
    """Return a number of leaves or an index as C2SP writes it, ASCII digits without leading zeros; None for anything else."""
    value = int(text) if _DECIMAL.fullmatch(text) else None
    return value if value is not None and value <= SIZE_MAX else None
