"""The Merkle tree of RFC 9162 §2.1.1 (the same as RFC 6962 §2.1), with SHA-256: the hashes, and how a tree is cut in two."""

from __future__ import annotations

from hashlib import sha256

from .errors import ProofError

HASH_BYTES = 32
#: Of leaves in a tree. The specifications allow 2**63 - 1; here every program counts in whole numbers that JavaScript has too.
SIZE_MAX = 9_007_199_254_740_991
#: A path has a hash for each level that its leaf lies deep, at most 53; a proof of consistency one more.
PATH_MAX = 64
#: MTH({}) = HASH(): the root of the tree of size 0.
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return HASH(0x00 || entry)."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return HASH(0x01 || left || right)."""
    return sha256(b"\1" + left + right).digest()


def parents(row: bytes) -> bytes:
    """Return the hashes above an even number of neighbouring hashes, both as concatenated octets."""
    return b"".join([sha256(b"\1" + row[place : place + 64]).digest() for place in range(0, len(row), 64)])


def top(row: bytes) -> bytes:
    """Return the hash above 2**h neighbouring hashes, concatenated."""
    while len(row) > HASH_BYTES:
        row = parents(row)
    return row


def split(size: int) -> int:
    """Return k, the largest power of two smaller than `size` (2 or more): the left side's leaves."""
    return 1 << ((size - 1).bit_length() - 1)


def check_size(size: int) -> None:
    """Raise ProofError `size_out_of_range` for what is no number of leaves."""
    if not 0 <= size <= SIZE_MAX:
        raise ProofError("size_out_of_range")
