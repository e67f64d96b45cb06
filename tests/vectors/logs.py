"""The log of the vectors' governorate: its keys and witnesses, which are as public as the others (fixed.py), and by what it is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from seal.trust import LogTerms
from transparency import keys
from transparency.keys import COSIGNATURE, ED25519, ML_DSA_44
from transparency.signing import NoteSigner

ORIGIN = "khatm.example/log"
ACTS = "khatm.example/acts"
WITNESSES = ("witness.example/one", "witness.example/two", "witness.example/three")


@cache
def signer(name: str, kind: int, of: str = "") -> NoteSigner:
    """The PUBLICLY KNOWN key of a name: its seed is SHA-256("khatm test vectors: NAME"), or another text's in its place."""
    seed = sha256(f"khatm test vectors: {of or name}".encode()).digest()
    private = MLDSA44PrivateKey.from_seed_bytes(seed) if kind == ML_DSA_44 else Ed25519PrivateKey.from_private_bytes(seed)
    sign: Callable[[bytes], bytes] = private.sign
    return NoteSigner(keys.note_key(name, kind, private.public_key().public_bytes_raw()), sign)


def log_signers() -> tuple[NoteSigner, ...]:
    """The three signatures that the log gives itself."""
    return tuple(signer(ORIGIN, kind, of=f"log {kind}") for kind in (ED25519, COSIGNATURE, ML_DSA_44))


def act_signers() -> tuple[NoteSigner, ...]:
    """The same keys under the name that the log of acts has."""
    return tuple(signer(ACTS, kind, of=f"log {kind}") for kind in (ED25519, COSIGNATURE, ML_DSA_44))


def witness_signers() -> tuple[NoteSigner, ...]:
    return tuple(signer(name, COSIGNATURE) for name in WITNESSES)


def terms(threshold: int = 2) -> LogTerms:
    """By what the log is known: two of three witnesses."""
    own, witnesses = (tuple(each.key.vkey() for each in signers) for signers in (log_signers(), witness_signers()))
    return LogTerms(ORIGIN, own, witnesses, threshold)


def act_terms(threshold: int = 2) -> LogTerms:
    """By what the log of acts is known: the same witnesses."""
    return terms(threshold)._replace(origin=ACTS, keys=tuple(each.key.vkey() for each in act_signers()))
