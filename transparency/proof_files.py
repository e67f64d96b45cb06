"""`.tlog-proof` files (C2SP tlog-proof): that an entry is in a log, in one file that needs nothing but the policy to be checked."""

from __future__ import annotations

from dataclasses import dataclass

from . import base64, heads, notes
from .checkpoints import decimal
from .errors import NoteError
from .heads import Head, Policy
from .notes import NOTE_MAX
from .proofs import verify_inclusion
from .tree import HASH_BYTES, PATH_MAX

FIRST_LINE = "c2sp.org/tlog-proof@v1"
EXTRA_MAX = 65_536
#: Octets of what stands before the checkpoint: the extra data and the hashes, in Base 64.
HEAD_MAX = 96_000


@dataclass(frozen=True, slots=True)
class LogProof:
    """A leaf's place, the path from it to the root, the signed checkpoint as it was published, and data that nobody signed."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """Return the file. Raises NoteError for one that `parse` would not take back."""
        extra = [] if self.extra is None else [f"extra {base64.encode(self.extra)}"]
        lines = [FIRST_LINE, *extra, f"index {self.index}", *map(base64.encode, self.path)]
        data = "".join(f"{line}\n" for line in (*lines, "")).encode() + self.checkpoint
        if parse(data) != self:
            raise NoteError("proof_file_malformed")
        return data


def parse(data: bytes) -> LogProof:
    """Take a proof file apart; its checkpoint must be a signed note. Raises NoteError `proof_file_malformed`, and what notes raise."""
    head, gap, checkpoint = data.partition(b"\n\n")
    if not gap or len(head) > HEAD_MAX or len(checkpoint) > NOTE_MAX or not head.isascii():
        raise NoteError("proof_file_malformed")
    first, *lines = head.decode("ascii").split("\n")
    extra = _after("extra ", lines.pop(0)) if lines and lines[0].startswith("extra ") else None
    index = decimal(_after("index ", lines.pop(0)) or "") if lines else None
    path = [base64.decode(line) for line in lines]
    content = None if extra is None else base64.decode(extra)
    hashes = [each for each in path if each is not None and len(each) == HASH_BYTES]
    if first != FIRST_LINE or index is None or len(hashes) != len(path) or len(path) > PATH_MAX:
        raise NoteError("proof_file_malformed")
    if extra is not None and (not content or len(content) > EXTRA_MAX):
        raise NoteError("proof_file_malformed")
    notes.parse(checkpoint)
    return LogProof(index, tuple(hashes), checkpoint, content)


def _after(start: str, line: str) -> str | None:
    return line[len(start) :] if line.startswith(start) else None


def verify(proof: LogProof, leaf: bytes, policy: Policy) -> Head:
    """Return the head under which a leaf hash is proven to stand at `proof.index`. `extra` stays unproven.

    Raises what `heads.verify` raises, and ProofError.
    """
    head = heads.verify(proof.checkpoint, policy)
    verify_inclusion(head.checkpoint.root, head.checkpoint.size, proof.index, leaf, proof.path)
    return head
