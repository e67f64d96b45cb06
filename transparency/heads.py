"""A log's head, trusted: a checkpoint that the log signed and as many witnesses as a policy asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import checkpoints, notes
from .checkpoints import Checkpoint
from .cosignatures import Subtree, holds, signed_message, subtree_message, timestamp_of
from .errors import NoteError, NoteSignatureError
from .keys import ML_DSA_44, NoteKey
from .notes import Note, SignatureLine


@dataclass(frozen=True, slots=True)
class Policy:
    """Which log is meant, by which keys its head is known, and how many of the witnesses must have signed it too.

    One of the log's keys is enough, so a policy for the time after P-256 and Ed25519 names the one of ML-DSA-44 only. A witness
    is counted once, whatever the number of its keys. Raises NoteError `log_policy_malformed` for a log that is its own witness, a public
    key under two names (what it signs counts for both), a threshold that cannot be met.
    """

    origin: str
    log: tuple[NoteKey, ...]
    witnesses: tuple[NoteKey, ...] = ()
    threshold: int = 0

    def __post_init__(self) -> None:
        """Refuse a policy whose count would mean less than it says."""
        owners = {(key.public, key.name) for key in (*self.log, *self.witnesses)}
        names = {key.name for key in self.witnesses}
        twice = len({public for public, _ in owners}) < len(owners)
        if twice or names & {key.name for key in self.log} or not 0 <= self.threshold <= len(names):
            raise NoteError("log_policy_malformed")


@dataclass(frozen=True, slots=True)
class Signed:
    """A key whose signature holds, and the POSIX seconds that it signed at; 0 where it says nothing of the time."""

    key: NoteKey
    timestamp: int


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint with the signatures that were verified. `timestamp`: the newest that the log itself gave, 0 if it gave none."""

    checkpoint: Checkpoint
    timestamp: int
    signed: tuple[Signed, ...]
    witnesses: frozenset[str]


def verify_note(note: Note, keys: Iterable[NoteKey]) -> tuple[Signed, ...]:
    """Return the signatures by known keys, all of which must hold, in the note's order; those of others are ignored.

    Raises NoteSignatureError `log_signature_invalid` (also for a second signature of one key) or `log_algorithm_unsupported`; NoteError
    where a cosigner signed what is no checkpoint.
    """
    known = {(key.name, key.key_id()): key for key in keys}
    found: dict[NoteKey, Signed] = {}
    for line in note.lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        timestamp = timestamp_of(key, line.signature)
        if key in found or timestamp is None or not holds(key, signed_message(key, note.text, timestamp), line.signature):
            raise NoteSignatureError("log_signature_invalid", key.name)
        found[key] = Signed(key, timestamp)
    return tuple(found.values())


def verify(data: bytes, policy: Policy) -> Head:
    """Return the head that a signed checkpoint is. Every signature by a key of the policy must hold.

    Raises NoteError for a note that is malformed; NoteSignatureError: `log_wrong_origin`, `log_signature_invalid`, `log_unsigned` (no
    key of the log's signed), `log_unwitnessed` (fewer witnesses than the policy's threshold), `log_algorithm_unsupported`.
    """
    note = notes.parse(data)
    checkpoint = checkpoints.parse(note.text)
    if checkpoint.origin != policy.origin:
        raise NoteSignatureError("log_wrong_origin")
    signed = verify_note(note, (*policy.log, *policy.witnesses))
    own = [each.timestamp for each in signed if each.key in policy.log]
    witnesses = frozenset(each.key.name for each in signed if each.key in policy.witnesses)
    if not own:
        raise NoteSignatureError("log_unsigned")
    if len(witnesses) < policy.threshold:
        raise NoteSignatureError("log_unwitnessed")
    return Head(checkpoint, max(own), signed, witnesses)


def verify_subtree(line: SignatureLine, key: NoteKey, subtree: Subtree) -> int:
    """Return the timestamp of a cosignature of a part of a log, which is 0 unless the part begins at leaf 0.

    Raises NoteError `subtree_malformed`; NoteSignatureError `log_unsigned` for another key's line, `log_signature_invalid`.
    """
    if key.kind != ML_DSA_44:
        raise NoteError("subtree_malformed", "Ed25519 signs no subtrees")
    if (line.name, line.key_id) != (key.name, key.key_id()):
        raise NoteSignatureError("log_unsigned")
    timestamp = timestamp_of(key, line.signature)
    if timestamp is None or not holds(key, subtree_message(key.name, timestamp, subtree), line.signature):
        raise NoteSignatureError("log_signature_invalid", key.name)
    return timestamp
