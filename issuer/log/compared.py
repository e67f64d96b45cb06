"""The published logs held to what is known elsewhere: heads to the trust list and the store, the register's seals to their log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from issuer.errors import IssuerError
from issuer.register import positions
from published.log import policy_of
from seal.trust import LogTerms
from transparency import bundles, heads, notes
from transparency.builder import TreeBuilder
from transparency.errors import LogError
from transparency.heads import Head
from transparency.tiles import WIDTH, Bundle
from transparency.tree import leaf_hash

CHECKPOINT = "checkpoint"


def head_of(folder: Path, terms: LogTerms, stored: int) -> Head | None:
    """Return the published head of the log in `folder`, signed and witnessed as the trust list asks for; None where there never was one.

    `stored` is how many entries the last stored checkpoint covers. Raises IssuerError `log_head_refused` for a head that readers
    refuse, `log_head_missing` where there is none though there was one; OSError.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        if stored:
            raise IssuerError("log_head_missing", f"{path}: {stored}")
        return None
    with path.open("rb") as stream:
        data = stream.read(notes.NOTE_MAX + 1)
    try:
        return heads.verify(data, policy_of(terms))
    except LogError as error:
        raise IssuerError("log_head_refused", f"{path}: {error.code}") from error


def differing(connection: Connection, folder: Path, head: Head) -> Iterator[int]:
    """Yield the positions at which the register has another seal than the log, or none.

    The log's entries are held to its head first. Raises IssuerError `log_files_damaged`, OSError. Memory is flat.
    """
    size, builder = head.checkpoint.size, TreeBuilder()
    for start in range(0, size, WIDTH):
        builder.append(map(leaf_hash, _bundle(folder, start, size)))
    if builder.root() != head.checkpoint.root:
        raise IssuerError("log_files_damaged", str(folder))
    ours = positions.entries(connection, 0, size)
    for start in range(0, size, WIDTH):
        for position, theirs in enumerate(_bundle(folder, start, size), start):
            if next(ours) != theirs:
                yield position


def _bundle(folder: Path, start: int, size: int) -> list[bytes]:
    """Return the entries from `start` on; of a bundle that is full by now, those that the head covers."""
    width = min(WIDTH, size - start)
    try:
        for found in dict.fromkeys((width, WIDTH)):
            path = folder / Bundle(start // WIDTH, found).path()
            if path.exists():
                return bundles.parse(path.read_bytes(), found)[:width]
    except LogError as error:
        raise IssuerError("log_files_damaged", str(path)) from error
    raise IssuerError("log_files_damaged", str(folder / Bundle(start // WIDTH, width).path()))
