"""ML-DSA-44 (FIPS 204, pure, empty context), over octets: a signature that holds when P-256 does no more."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

PUBLIC_BYTES = 1312
SIGNATURE_BYTES = 2420


def holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature holds under a public key of 1,312 octets.

    Raises cryptography's UnsupportedAlgorithm where the library was built without it: not false, but unknown.
    """
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
