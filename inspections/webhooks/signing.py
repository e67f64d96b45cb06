"""Signatures as the Standard Webhooks specification 1.0.0 has them: `v1`, HMAC-SHA256 over id, timestamp and body."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SALT_BYTES = 16
_BYTES = 32
_PREFIX = "whsec_"


def secret(key: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """Return an endpoint's secret: made of the server's key, so that the database alone gives nobody's away (HKDF, RFC 5869)."""
    private = key.private_numbers().private_value.to_bytes(32, "big")
    return HKDF(hashes.SHA256(), _BYTES, salt, b"khatm inspections webhook").derive(private)


def written(held: bytes) -> str:
    """Return a secret as receivers are given it."""
    return _PREFIX + b64encode(held).decode()


def headers(held: bytes, name: str, body: bytes, *, now: int) -> Mapping[str, str]:
    """Return the headers that sign a message."""
    signed = b".".join((name.encode(), str(now).encode(), body))
    signature = b64encode(hmac.digest(held, signed, hashlib.sha256)).decode()
    return {"webhook-id": name, "webhook-timestamp": str(now), "webhook-signature": f"v1,{signature}"}
