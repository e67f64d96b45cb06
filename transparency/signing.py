"""Signing checkpoints and subtrees. Custody of the keys is the caller's, and so is the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .checkpoints import Checkpoint
from .cosignatures import Subtree, signed_message, subtree_message, timestamp_of
from .errors import NoteError
from .keys import ED25519, ML_DSA_44, NoteKey
from .notes import Note, SignatureLine
from .tree import SIZE_MAX


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A key and what signs with it: `sign` takes a message and returns the bare signature, 64 octets or 2,420."""

    key: NoteKey
    sign: Callable[[bytes], bytes]


def sign_checkpoint(checkpoint: Checkpoint, signers: Iterable[NoteSigner], *, timestamp: int) -> bytes:
    """Return a checkpoint as a signed note. `timestamp`: POSIX seconds, which cosignatures carry. Raises NoteError."""
    text = checkpoint.to_text()
    return Note(text, tuple(signature_line(signer, text, timestamp=timestamp) for signer in signers)).to_bytes()


def signature_line(signer: NoteSigner, text: str, *, timestamp: int) -> SignatureLine:
    """Return one more signature of a note, as a witness gives it. Raises NoteError."""
    return _line(signer, signed_message(signer.key, text, timestamp), timestamp)


def sign_subtree(signer: NoteSigner, subtree: Subtree, *, timestamp: int = 0) -> SignatureLine:
    """Return a cosignature of a part of a log; only ML-DSA-44 has such. Raises NoteError `subtree_malformed`."""
    if signer.key.kind != ML_DSA_44:
        raise NoteError("subtree_malformed", "Ed25519 signs no subtrees")
    return _line(signer, subtree_message(signer.key.name, timestamp, subtree), timestamp)


def _line(signer: NoteSigner, message: bytes, timestamp: int) -> SignatureLine:
    if not 0 <= timestamp <= SIZE_MAX:
        raise NoteError("note_malformed", "timestamp")
    stamp = b"" if signer.key.kind == ED25519 else timestamp.to_bytes(8, "big")
    signature = stamp + signer.sign(message)
    if timestamp_of(signer.key, signature) != (timestamp if stamp else 0):
        raise NoteError("note_malformed", "a signature of another kind of key")
    return SignatureLine(signer.key.name, signer.key.key_id(), signature)
