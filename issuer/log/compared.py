"""The published logs held to what is known elsewhere: heads to the trust list and the store, the register's seals to their log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from issuer.errors import IssuerError
from issuer.register import positions
from published.log import policy_of
from seal.trust import LogTerms
from transparency import heads, notes
from transparency.builder import TreeBuilder
from transparency.errors import LogError
from transparency.heads import Head
from transparency.tree import leaf_hash

from .files import entries_in

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
    try:
        for _, theirs in entries_in(folder, size):
            builder.append(map(leaf_hash, theirs))
        if builder.root() != head.checkpoint.root:
            raise IssuerError("log_files_damaged", str(folder))
        ours = positions.entries(connection, 0, size)
        for start, theirs in entries_in(folder, size):
            yield from (position for position, entry in enumerate(theirs, start) if next(ours) != entry)
    except (LogError, FileNotFoundError) as error:
        raise IssuerError("log_files_damaged", f"{folder}: {error}") from error
