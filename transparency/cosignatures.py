"""What each kind of key signs, and what it puts into its signature line (C2SP signed-note and tlog-cosignature).

Octets of a line after the key's id: the signature alone (0x01), or a timestamp of 8 octets and then the signature (0x04, 0x06).
"""

from __future__ import annotations

from dataclasses import dataclass

from . import checkpoints
from .checkpoints import Checkpoint
from .errors import NoteError
from .keys import ED25519, ML_DSA_44, NoteKey
from .signatures import ED25519_SIGNATURE, ML_DSA_44_SIGNATURE, ed25519_holds, ml_dsa_44_holds
from .tree import EMPTY_ROOT, HASH_BYTES, SIZE_MAX

TIMESTAMP_BYTES = 8
_LABEL = b"subtree/v1\n\0"


@dataclass(frozen=True, slots=True)
class Subtree:
    """The leaves [start, end) of a log and the root over them (32 octets). A checkpoint is the subtree that starts at 0."""

    origin: str
    start: int
    end: int
    root: bytes


def subtree_of(checkpoint: Checkpoint) -> Subtree:
    """Return what ML-DSA-44 signs of a checkpoint. It would not sign extension lines: with such, NoteError `checkpoint_malformed`."""
    if checkpoint.extensions:
        raise NoteError("checkpoint_malformed", "extension lines are not signed by ML-DSA-44")
    return Subtree(checkpoint.origin, 0, checkpoint.size, checkpoint.root)


def message_v1(text: str, timestamp: int) -> bytes:
    """Return what a cosignature of Ed25519 signs ("Ed25519 signed message"). `timestamp`: POSIX seconds."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def subtree_message(cosigner: str, timestamp: int, subtree: Subtree) -> bytes:
    """Return what a cosignature of ML-DSA-44 signs: `cosigned_message` ("ML-DSA-44 signed message").

    A timestamp of 0 says nothing of the time; of a part of the tree that is all that may be said. Raises NoteError `subtree_malformed`.
    """
    origin, name = subtree.origin.encode(), cosigner.encode()
    if not (1 <= len(origin) <= 255 and 1 <= len(name) <= 255 and _is_subtree(subtree)) or (subtree.start and timestamp):
        raise NoteError("subtree_malformed")
    numbers = [number.to_bytes(8, "big") for number in (timestamp, subtree.start, subtree.end)]
    named = bytes((len(name),)) + name + numbers[0] + bytes((len(origin),)) + origin
    return _LABEL + named + numbers[1] + numbers[2] + subtree.root


def _is_subtree(subtree: Subtree) -> bool:
    """Say whether there is such a subtree: `start` is a multiple of the smallest power of two that holds its leaves."""
    start, size = subtree.start, subtree.end - subtree.start
    if not 0 <= start <= subtree.end <= SIZE_MAX or len(subtree.root) != HASH_BYTES or (size == 0) != (subtree.root == EMPTY_ROOT):
        return False
    return size == 0 or start % (1 << (size - 1).bit_length()) == 0


def signed_message(key: NoteKey, text: str, timestamp: int) -> bytes:
    """Return what a key signs of a note. Cosigners sign checkpoints only. Raises NoteError."""
    if key.kind == ED25519:
        return text.encode()
    checkpoint = checkpoints.parse(text)
    return subtree_message(key.name, timestamp, subtree_of(checkpoint)) if key.kind == ML_DSA_44 else message_v1(text, timestamp)


def timestamp_of(key: NoteKey, signature: bytes) -> int | None:
    """Return the POSIX seconds that a signature line carries (0 if a key of kind 0x01 signed), or None if it is not of the key's form."""
    length = ML_DSA_44_SIGNATURE if key.kind == ML_DSA_44 else ED25519_SIGNATURE
    stamp = 0 if key.kind == ED25519 else TIMESTAMP_BYTES
    timestamp = int.from_bytes(signature[:stamp], "big")
    return timestamp if len(signature) == stamp + length and timestamp <= SIZE_MAX else None


def holds(key: NoteKey, message: bytes, signature: bytes) -> bool:
    """Say whether what a signature line carries holds over a message that was made with its timestamp. Raises NoteSignatureError."""
    if key.kind == ML_DSA_44:
        return ml_dsa_44_holds(key.public, message, signature[TIMESTAMP_BYTES:])
    return ed25519_holds(key.public, message, signature if key.kind == ED25519 else signature[TIMESTAMP_BYTES:])
