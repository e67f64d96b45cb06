"""Base 64 as notes have it (RFC 4648 §4): padded, no spaces, no spare bits. One text for one value."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error


def encode(data: bytes) -> str:
    """Return `data` in Base 64."""
    return b64encode(data).decode("ascii")


def decode(text: str) -> bytes | None:
    """Return what a text stands for, or None if it is not what `encode` writes."""
    try:
        data = b64decode(text, validate=True)
    except (Error, ValueError):
        return None
    return data if encode(data) == text else None
