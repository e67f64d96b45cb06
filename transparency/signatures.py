"""The two signature algorithms of the log, over octets: Ed25519 (RFC 8032) and ML-DSA-44 (FIPS 204, pure, empty context)."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from seal import ml_dsa

from .errors import NoteSignatureError

ED25519_KEY = 32
ED25519_SIGNATURE = 64
ML_DSA_44_KEY = ml_dsa.PUBLIC_BYTES
ML_DSA_44_SIGNATURE = ml_dsa.SIGNATURE_BYTES


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature holds under a public key of 32 octets. A key that is no point of the curve signs nothing."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def ml_dsa_44_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature holds under a public key of 1,312 octets.

    Raises NoteSignatureError `log_algorithm_unsupported` where the library was built without the algorithm: not false, but unknown.
    """
    try:
        return ml_dsa.holds(public, message, signature)
    except UnsupportedAlgorithm as error:
        raise NoteSignatureError("log_algorithm_unsupported", "ML-DSA-44") from error
