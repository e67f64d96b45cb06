"""What a seal is in the log: its position, its entry, its leaf (docs/format.md §18).

A leaf binds all that was signed *and* the signature, so that nobody who guesses every field of a license can confirm the guess; and it has
one form, whichever of its two signatures (s or n - s) a code carries. The tree itself is none of this room's business.
"""

from __future__ import annotations

from hashlib import sha256

from . import cose
from .cose import Sign1
from .status import ENTRIES

#: The entry of a position that no seal ever got: in a list from before there was a log.
VOID = b"void"


def position_of(list_number: int, index: int) -> int:
    """Return the log's position of the seal at `index` of status list `list_number` (the first is 1)."""
    return (list_number - 1) * ENTRIES + index


def slot_of(position: int) -> tuple[int, int]:
    """Return the status list's number and the index in it, of a position."""
    number, index = divmod(position, ENTRIES)
    return number + 1, index


def entry_of(message: Sign1) -> bytes:
    """Return a seal's entry, 32 octets: SHA-256 of its signature, s in the lower half, and of what it signs."""
    return sha256(cose.low(message.signature) + message.signed()).digest()


def leaf_of(entry: bytes) -> bytes:
    """Return the leaf hash of an entry, 32 octets (RFC 9162 §2.1.1)."""
    return sha256(b"\0" + entry).digest()
