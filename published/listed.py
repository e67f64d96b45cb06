"""Status lists that stand in the log of acts: the proof of each, beside it among the published files (docs/format.md §7, §18).

    proofs/<SHA-256 of the list, hex>     a `.tlog-proof` file (C2SP tlog-proof) whose extra data is the act: 16 octets of salt, then CBOR

A proof has its list's digest for a name, so it stands beside its list whichever of the two is written or fetched first, and never changes.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from seal import cbor
from seal.dating import Dates
from seal.errors import FormatError, ListError
from seal.trust import TrustList
from transparency import proof_files
from transparency.errors import LogError
from transparency.heads import Head
from transparency.tree import leaf_hash

from . import log, whole
from .log import policy_of

PROOFS = "proofs"
PROOF_MAX = 256 << 10  # octets; with two witnesses it is 12 KB
PUBLISHED, SALT = "published", 16  # the kind of row that an act of a list has; octets
KEPT_SECONDS = 3600  # how long the proof of a list stays that was replaced: somebody may have fetched the list just before


def proof_name(digest: bytes) -> str:
    """Return the name of a list's proof in the folder, by the list's SHA-256."""
    return f"{PROOFS}/{digest.hex()}"


def require(data: bytes, folder: Path, trust: TrustList, dates: Dates) -> None:
    """Return if a status list may count: no proof is asked for, or it has one, whose witnesses' dates are noted.

    Raises ListError `status_list_unproven`.
    """
    if trust.lists_proven:
        digest = sha256(data).digest()
        log.note_witnesses(check(digest, _read(folder / proof_name(digest)), trust), dates)


def check(digest: bytes, proof: bytes, trust: TrustList) -> Head:
    """Return the head under which a list, by its SHA-256, stands in the log of acts. Raises ListError `status_list_unproven`."""
    try:
        found = proof_files.parse(proof)
        if trust.acts is None or found.extra is None or not _publishes(found.extra, digest):
            raise ListError("status_list_unproven", "another act")
        return proof_files.verify(found, leaf_hash(sha256(found.extra).digest()), policy_of(trust.acts))
    except LogError as error:
        raise ListError("status_list_unproven", error.code) from error


def _publishes(act: bytes, digest: bytes) -> bool:
    """Say whether an act (salt ‖ CBOR) is that of publishing a file, and nothing else."""
    try:
        body = cbor.parse(act[SALT:])
    except FormatError:
        return False
    match body:
        case [int() as at, str(), str(), [[str() as kind, [str()], bytes() as published]]]:
            return type(at) is int and kind == PUBLISHED and published == digest
        case _:
            return False


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(PROOF_MAX + 1)
    except OSError as error:
        raise ListError("status_list_unproven", "no proof") from error
    if len(data) > PROOF_MAX:
        raise ListError("status_list_unproven", "too large")
    return data


def tidy(folder: Path, lists: Path) -> None:
    """Remove the proofs of lists that are published no more, an hour after the newest proof came. Raises OSError."""
    kept = {sha256(path.read_bytes()).hexdigest() for path in lists.glob("[1-9]*")}
    made = {path: path.stat().st_mtime for path in (folder / PROOFS).glob("[0-9a-f]*")}
    newest = max(made.values(), default=0.0)
    for path, at in made.items():
        if path.name not in kept and at < newest - KEPT_SECONDS:
            path.unlink(missing_ok=True)
    whole.clear(folder / PROOFS)
