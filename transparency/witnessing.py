"""What a log and its witness say to each other (C2SP tlog-witness): the request for a cosignature, and what is made of the answers.

Nothing here sends anything. Whoever publishes a log hands in how a witness is asked, and how a proof is made (web/witnesses.py does).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from . import base64, checkpoints, notes
from .checkpoints import decimal
from .cosignatures import holds, signed_message, timestamp_of
from .errors import NoteError
from .heads import Policy
from .keys import NoteKey
from .notes import NOTE_MAX, Note, SignatureLine
from .tree import HASH_BYTES

PATH = "add-checkpoint"
#: The type of an answer 409 that says how large the tree is that the witness cosigned last.
SIZE_TYPE = "text/x.tlog.size"
PROOF_LINES_MAX = 63
#: Octets of a request: an old size, 63 hashes and a note at its longest.
REQUEST_MAX = NOTE_MAX + 4_096
#: Octets of an answer that anybody reads.
ANSWER_MAX = 65_536
#: How often one witness is asked about one checkpoint: its size may be another one than we remember, and change meanwhile.
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Submission:
    """A request for cosignatures: the size that the witness knows, the path from there (empty from size 0), and the signed checkpoint."""

    old: int
    path: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        """Return the body of the request. Raises NoteError for one that `parse` would not take back."""
        lines = [f"old {self.old}", *map(base64.encode, self.path), ""]
        data = "".join(f"{line}\n" for line in lines).encode() + self.note
        if parse(data) != self:
            raise NoteError("witness_request_malformed")
        return data


def parse(data: bytes) -> Submission:
    """Take the body of a request apart; its note is not looked into. Raises NoteError `witness_request_malformed`, `note_too_long`."""
    head, gap, note = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    old = decimal(first[4:]) if first.startswith("old ") else None
    path = [base64.decode(line) for line in lines]
    hashes = [each for each in path if each is not None and len(each) == HASH_BYTES]
    if not gap or old is None or len(path) > PROOF_LINES_MAX or len(hashes) != len(path):
        raise NoteError("witness_request_malformed")
    if len(note) > NOTE_MAX:
        raise NoteError("note_too_long")
    return Submission(old, tuple(hashes), note)


def size_of(body: bytes) -> int | None:
    """Return the size that an answer 409 gives, None if it gives none."""
    return decimal(body[:-1].decode("latin-1")) if body.endswith(b"\n") else None


class Answer(NamedTuple):
    """What came back: the status, the media type without its parameters, the body."""

    status: int
    kind: str
    body: bytes


#: Sends the body of a request to one witness; None where no answer came.
Ask = Callable[[bytes], Answer | None]
#: Gives the path from a smaller tree, of 1 leaf or more, to the one that is submitted.
Prove = Callable[[int], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of asking one witness.

    `code`: `cosigned`; `witness_unreachable`; `witness_ahead` (it cosigned a larger tree: what is published here is behind);
    `witness_disagrees` (it cosigned a tree that this one does not begin with, or was given a proof that does not hold);
    `witness_refused`, with the status (404: it does not follow this log; 403: it knows other keys of it); `witness_signature_invalid`;
    `witness_busy` (others submit at the same time).

    `lines` hold, all of them; `invalid` counts those of known keys that do not. `size`: of the tree that it cosigned last, where known.
    `forgot`: it says that it cosigned less than we remember, so its state is an old one, and it may cosign forks.
    """

    witness: str
    code: str
    lines: tuple[SignatureLine, ...] = ()
    size: int | None = None
    status: int | None = None
    invalid: int = 0
    forgot: bool = False


@dataclass(frozen=True, slots=True)
class Gathered:
    """A checkpoint with the cosignatures that were got, what each witness told, and whether there are as many as the policy asks for."""

    note: bytes
    told: tuple[Told, ...]
    witnesses: frozenset[str]
    met: bool


def ask_witness(name: str, keys: Sequence[NoteKey], data: bytes, *, old: int, prove: Prove, ask: Ask) -> Told:
    """Ask one witness to cosign a signed checkpoint. `old`: the size of the last tree that it cosigned for us, 0 if we remember none.

    Raises NoteError for what is no checkpoint, and what `prove` raises.
    """
    size, remembered, forgot = checkpoints.parse(notes.parse(data).text).size, old, False
    for _ in range(ROUNDS):
        if old > size:
            return Told(name, "witness_ahead", size=old, forgot=forgot)
        path = prove(old) if 0 < old < size else ()
        answer = ask(Submission(old, tuple(path), data).to_bytes())
        known = size_of(answer.body) if answer and (answer.status, answer.kind) == (409, SIZE_TYPE) else None
        if answer is None:
            return Told(name, "witness_unreachable", forgot=forgot)
        if known is None or known == old:
            return replace(_told(name, keys, data, answer, size), forgot=forgot)
        old, forgot = known, forgot or known < remembered
    return Told(name, "witness_busy", size=old, forgot=forgot)


def _told(name: str, keys: Sequence[NoteKey], data: bytes, answer: Answer, size: int) -> Told:
    if answer.status == 200:
        good, invalid = cosignatures(answer.body, notes.parse(data).text, keys)
        code = "cosigned" if good else "witness_signature_invalid"
        return Told(name, code, good, size if good else None, invalid=invalid)
    disagrees = answer.status in (409, 422)
    return Told(name, "witness_disagrees" if disagrees else "witness_refused", status=answer.status)


def cosignatures(body: bytes, text: str, keys: Iterable[NoteKey]) -> tuple[tuple[SignatureLine, ...], int]:
    """Return an answer's cosignatures by known keys that hold over a checkpoint's text, one for each key, and how many do not hold.

    A cosignature without a time does not hold here; lines by other keys are ignored. What is no sequence of signature lines has none.
    """
    known = {(key.name, key.key_id()): key for key in keys}
    good: dict[NoteKey, SignatureLine] = {}
    invalid = 0
    for line in _lines(body):
        key = known.get((line.name, line.key_id))
        if key is None or key in good:
            continue
        timestamp = timestamp_of(key, line.signature)
        if timestamp and holds(key, signed_message(key, text, timestamp), line.signature):
            good[key] = line
        else:
            invalid += 1
    return tuple(good.values()), invalid


def _lines(body: bytes) -> tuple[SignatureLine, ...]:
    """Return the lines of an answer, read as those under a note are."""
    try:
        return notes.parse(b"-\n\n" + body).lines
    except NoteError:
        return ()


def gather(data: bytes, policy: Policy, told: Sequence[Told]) -> Gathered:
    """Return a signed checkpoint with what its witnesses gave, each key's newest line only. Raises NoteError."""
    note = notes.parse(data)
    fresh = [line for each in told for line in each.lines]
    renewed = {(line.name, line.key_id) for line in fresh}
    kept = Note(note.text, tuple(line for line in note.lines if (line.name, line.key_id) not in renewed))
    names = {key.name for key in policy.witnesses}
    witnesses = frozenset(each.witness for each in told if each.lines and each.witness in names)
    whole = replace(kept, lines=(*kept.lines, *fresh)).to_bytes()
    return Gathered(whole, tuple(told), witnesses, len(witnesses) >= policy.threshold)
