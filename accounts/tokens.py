"""Secrets that are handed out once and recognised later, of which only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets

_OCTETS = 32


def new() -> str:
    """Return 256 random bits as text for a cookie or a link."""
    return secrets.token_urlsafe(_OCTETS)


def digest(token: str) -> bytes:
    """Return what is kept of a token (SHA-256). Enough for what is random; passwords need more (see `passwords`)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
