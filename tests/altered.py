"""Octets that were changed, whatever they were: a constant in the last one's place is what stood there once in 256 runs."""

from __future__ import annotations


def altered(octets: bytes) -> bytes:
    """Return the same octets with one bit of the last one turned."""
    return octets[:-1] + bytes([octets[-1] ^ 1])
