"""Proofs checked: that a leaf is in a tree (RFC 9162 §2.1.3), that a tree begins with another one (§2.1.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .errors import ProofError
from .nodes import Nodes, inclusion_path
from .tree import HASH_BYTES, PATH_MAX, check_size, node_hash


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root that a path leads to from a leaf hash (RFC 9162 §2.1.3.2).

    Raises ProofError: `size_out_of_range`, `index_out_of_range`, `proof_malformed` (a hash that is none, or too many of them),
    `proof_invalid` (a path that is too long or too short for this leaf).
    """
    check_size(size)
    if not 0 <= index < size:
        raise ProofError("index_out_of_range")
    _check_hashes([leaf, *path])
    root = leaf
    for left, each in _walk(index, size - 1, path):
        root = node_hash(each, root) if left else node_hash(root, each)
    return root


def verify_inclusion(root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> None:
    """Return if the leaf hash is the `index`-th of the tree. Raises ProofError, as above; another root is `proof_invalid`."""
    if root_from_inclusion(index, size, leaf, path) != root:
        raise ProofError("proof_invalid")


def roots_from_consistency(old: int, new: int, old_root: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of both sizes that a path leads to (RFC 9162 §2.1.4.2), for 0 < `old` < `new`.

    Raises ProofError: `size_out_of_range`, `proof_malformed`, `proof_invalid` (a path that is too long or too short).
    """
    check_size(new)
    if not 0 < old < new:
        raise ProofError("size_out_of_range")
    _check_hashes([old_root, *path])
    whole = old & (old - 1) == 0  # the old tree is a node of the new one
    hashes = [old_root, *path] if whole else list(path)
    if not hashes:
        raise ProofError("proof_invalid")
    node, last = old - 1, new - 1
    while node % 2:
        node, last = node // 2, last // 2
    first = second = hashes[0]
    for left, each in _walk(node, last, hashes[1:]):
        if left:
            first, second = node_hash(each, first), node_hash(each, second)
        else:
            second = node_hash(second, each)
    return first, second


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Return if the tree of `new` leaves begins with the one of `old` leaves.

    Trees of one size are the same if their roots are, and need an empty path. From the empty tree nothing can be proven: `old` = 0 with a
    larger `new` is `size_out_of_range`. Raises ProofError, as above; other roots are `proof_invalid`.
    """
    check_size(old)
    check_size(new)
    if old == new:
        if path or old_root != new_root:
            raise ProofError("proof_invalid")
    elif roots_from_consistency(old, new, old_root, path) != (old_root, new_root):
        raise ProofError("proof_invalid")


def leaf_at(nodes: Nodes, index: int, size: int, root: bytes) -> bytes:
    """Return the hash of a tree's leaf, proven: `nodes` may come from anybody. Raises ProofError, and what `nodes` raise."""
    leaf = nodes(0, index) if 0 <= index < size else b""
    verify_inclusion(root, size, index, leaf, inclusion_path(nodes, index, size))
    return leaf


def _walk(node: int, last: int, path: Sequence[bytes]) -> Iterator[tuple[bool, bytes]]:
    """Give each hash of a path, and whether it stands to the left, on the way up from a node of a level whose last one is `last`.

    Raises ProofError `proof_invalid` where the path ends too late or too early (the steps that §2.1.3.2 and §2.1.4.2 share).
    """
    for each in path:
        if last == 0:
            raise ProofError("proof_invalid")
        left = node % 2 == 1 or node == last
        yield left, each
        while left and node % 2 == 0 and node:
            node, last = node // 2, last // 2
        node, last = node // 2, last // 2
    if last:
        raise ProofError("proof_invalid")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if len(hashes) > PATH_MAX + 1 or any(len(each) != HASH_BYTES for each in hashes):
        raise ProofError("proof_malformed")
