"""RFC 9162 §2.1 word by word, recursive, over a list of leaf hashes: what the room is held to."""

from __future__ import annotations

from functools import cache
from hashlib import sha256


def leaf(number: int) -> bytes:
    """A leaf hash of a log whose entries are numbers."""
    return sha256(b"\0" + b"entry %d" % number).digest()


def power_below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


@cache
def mth(start: int, end: int) -> bytes:
    """MTH(D[start:end])."""
    n = end - start
    if n == 0:
        return sha256().digest()
    if n == 1:
        return leaf(start)
    k = power_below(n)
    return sha256(b"\1" + mth(start, start + k) + mth(start + k, end)).digest()


def path(m: int, start: int, end: int) -> list[bytes]:
    """PATH(m, D[start:end]), m counted from `start`."""
    n = end - start
    if n == 1:
        return []
    k = power_below(n)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def proof(m: int, n: int) -> list[bytes]:
    """PROOF(m, D[0:n])."""
    return _subproof(m, 0, n, True)


def _subproof(m: int, start: int, end: int, known: bool) -> list[bytes]:
    n = end - start
    if m == n:
        return [] if known else [mth(start, end)]
    k = power_below(n)
    if m <= k:
        return [*_subproof(m, start, start + k, known), mth(start + k, end)]
    return [*_subproof(m - k, start + k, end, False), mth(start, start + k)]
