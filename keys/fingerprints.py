"""Short codes of public keys that people compare and read out: 80 bits in groups of four hexadecimal digits."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from seal import trust
from seal.roots import RootKey
from seal.trust import Key

_DIGITS = 20


def of_jwk(jwk: Mapping[str, Any]) -> str:
    """Return the beginning of a JWK's thumbprint (RFC 7638), as phones show it."""
    canonical = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return _grouped(sha256(canonical.encode()).hexdigest())


def of_key(key: Key) -> str:
    """Return the same of a key in a trust list."""
    return of_point(*trust.coordinates(key.public_key))


def of_point(x: bytes, y: bytes) -> str:
    """Return the same of a point on P-256."""
    return of_jwk({"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y)})


def of_holder(key: RootKey) -> str:
    """Return the beginning of SHA-256 of a root holder's public keys, x || y || ML-DSA key."""
    return _grouped(sha256(b"".join(trust.coordinates(key.public_key)) + key.ml_dsa_44).hexdigest())


def of_vkey(vkey: str) -> str:
    """Return the beginning of SHA-256 of a log's or a witness's key, as its line stands (C2SP signed-note)."""
    return _grouped(sha256(vkey.encode()).hexdigest())


def base64url(data: bytes) -> str:
    """Return octets as JWKs have them (RFC 7515 §2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _grouped(digits: str) -> str:
    return " ".join(digits[start : start + 4].upper() for start in range(0, _DIGITS, 4))
