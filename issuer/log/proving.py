"""What a stranger takes home of a seal: that it stands in the published log, in files that other programs check (docs/how-to/prove.md).

    NUMBER.tlog-proof     C2SP tlog-proof: position, path, the checkpoint as it was published; the seal is its extra data
    NUMBER.receipt.cose   a COSE receipt (RFC 9942) under the log's Ed25519 key
    NUMBER.seal.cose      the seal (tagged COSE_Sign1) with that receipt in its header 394
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from issuer.errors import IssuerError
from published.log import policy_of
from seal import leaves
from seal.cose import Sign1
from seal.trust import LogTerms
from transparency import heads, nodes, proof_files, receipts, statements
from transparency.errors import LogError
from transparency.keys import ED25519
from transparency.proof_files import LogProof
from transparency.receipts import Inclusion
from transparency.signing import NoteSigner

from .files import CHECKPOINT, LogFiles


class Proven(NamedTuple):
    """A seal's position, how many seals the log had, and the files by their endings; without the log's keys there is no receipt."""

    position: int
    size: int
    files: dict[str, bytes]


def prove(published: Path, terms: LogTerms, message: Sign1, position: int, signers: Sequence[NoteSigner]) -> Proven:
    """Prove that a seal stands at its position, from the published files alone.

    Raises IssuerError `log_awaited` where the log does not reach it yet, `log_proof_fails` where its files do not prove it; OSError.
    """
    note, leaf = (published / "log" / CHECKPOINT).read_bytes(), leaves.leaf_of(leaves.entry_of(message))
    try:
        head = heads.verify(note, policy_of(terms))
        size, root = head.checkpoint.size, head.checkpoint.root
        if position >= size:
            raise IssuerError("log_awaited")
        path = tuple(nodes.inclusion_path(nodes.from_tiles(size, LogFiles(published / "log").tile), position, size))
        proof = LogProof(position, path, note, extra=message.to_bytes())
        proof_files.verify(proof, leaf, policy_of(terms))
        files = {".tlog-proof": proof.to_bytes()}
        for signer in [each for each in signers if each.key.kind == ED25519][:1]:
            receipt = receipts.sign(Inclusion(size, position, path), root, kid=signer.key.key_id(), signer=signer.sign).to_bytes()
            files |= {".receipt.cose": receipt, ".seal.cose": statements.attach(message, [receipt])}
    except LogError as error:
        raise IssuerError("log_proof_fails", error.code) from error
    return Proven(position, size, files)
