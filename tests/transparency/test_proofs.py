"""Inclusion and consistency: all trees up to 300 leaves, vectors of another implementation, and every bit changed."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.transparency import naive
from tests.transparency.logs import Stored, stored, vectors
from transparency import nodes, proofs, tree
from transparency.errors import ProofError, TileError

SIZES = 301


@cache
def node(height: int, index: int) -> bytes:
    """A node of the largest tree; nodes that are complete are the same in all of them."""
    return whole(height, index)


whole = stored(SIZES).nodes()


def test_every_root_is_the_naive_one() -> None:
    for size in range(SIZES):
        assert nodes.range_root(node, 0, size) == naive.mth(0, size)


def test_every_leaf_of_every_tree_has_its_path() -> None:
    for size in range(SIZES):
        root = naive.mth(0, size)
        for index in range(size):
            path = nodes.inclusion_path(node, index, size)
            assert path == naive.path(index, 0, size)
            proofs.verify_inclusion(root, size, index, naive.leaf(index), path)


def test_every_tree_begins_with_every_smaller_one() -> None:
    for new in range(1, SIZES):
        for old in range(1, new + 1):
            path = nodes.consistency_path(node, old, new)
            assert path == naive.proof(old, new)
            proofs.verify_consistency(old, new, naive.mth(0, old), naive.mth(0, new), path)


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_900])
def test_paths_come_out_of_tiles_of_the_very_size(size: int) -> None:
    log = stored(size)
    assert log.builder.root() == naive.mth(0, size)
    for index in sorted({0, 1, 254, 255, 256, size // 2, size - 2, size - 1} & set(range(size))):
        assert proofs.leaf_at(log.nodes(), index, size, log.builder.root()) == naive.leaf(index)
    for old in {1, 2, 255, 256, size // 3, size - 1, size} & set(range(size + 1)):
        path = nodes.consistency_path(log.nodes(), old, size)
        proofs.verify_consistency(old, size, naive.mth(0, old), naive.mth(0, size), path)


def flipped(data: bytes) -> Iterator[bytes]:
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 7), (3, 7), (6, 7), (5, 8), (256, 257), (299, 300)])
def test_every_changed_bit_of_an_inclusion_is_refused(index: int, size: int) -> None:
    root, leaf, path = naive.mth(0, size), naive.leaf(index), naive.path(index, 0, size)
    for place, right in enumerate(path):
        for wrong in flipped(right):
            refused(root, size, index, leaf, [*path[:place], wrong, *path[place + 1 :]])
    for wrong in flipped(leaf):
        refused(root, size, index, wrong, path)
    for wrong in flipped(root):
        refused(wrong, size, index, leaf, path)
    for other in range(size):
        if other != index:
            refused(root, size, other, leaf, path)
    refused(root, size, index, leaf, [*path, root])
    if path:
        refused(root, size, index, leaf, path[:-1])
        refused(root, size, index, leaf, path[1:])


def refused(root: bytes, size: int, index: int, leaf: bytes, path: list[bytes]) -> None:
    with pytest.raises(ProofError, match="proof_invalid"):
        proofs.verify_inclusion(root, size, index, leaf, path)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 7), (4, 7), (6, 8), (255, 300), (256, 257)])
def test_every_changed_bit_of_a_consistency_is_refused(old: int, new: int) -> None:
    first, second, path = naive.mth(0, old), naive.mth(0, new), naive.proof(old, new)
    changed = [[*path[:place], wrong, *path[place + 1 :]] for place, right in enumerate(path) for wrong in flipped(right)]
    for wrong_path in (*changed, path[:-1], path[1:], [*path, first], [first, *path]):
        with pytest.raises(ProofError, match="proof_invalid"):
            proofs.verify_consistency(old, new, first, second, wrong_path)
    for wrong in flipped(first):
        with pytest.raises(ProofError, match="proof_invalid"):
            proofs.verify_consistency(old, new, wrong, second, path)
    for wrong in flipped(second):
        with pytest.raises(ProofError, match="proof_invalid"):
            proofs.verify_consistency(old, new, first, wrong, path)


def octets(text: str | None) -> bytes:
    return b64decode(text or "")


def named(name: str) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in vectors(name)]


def holds(check: Any) -> bool:
    try:
        check()
    except ProofError:
        return False
    return True


@pytest.mark.parametrize("vector", named("merkle_inclusion.json"))
def test_foreign_inclusion(vector: dict[str, Any]) -> None:
    path = [octets(each) for each in vector["proof"] or []]
    root, leaf = octets(vector["root"]), octets(vector["leafHash"])
    right = holds(lambda: proofs.verify_inclusion(root, vector["treeSize"], vector["leafIdx"], leaf, path))
    assert right != vector["wantErr"], vector["desc"]


@pytest.mark.parametrize("vector", named("merkle_consistency.json"))
def test_foreign_consistency(vector: dict[str, Any]) -> None:
    path = [octets(each) for each in vector["proof"] or []]
    roots = octets(vector["root1"]), octets(vector["root2"])
    right = holds(lambda: proofs.verify_consistency(vector["size1"], vector["size2"], *roots, path))
    assert right != vector["wantErr"], vector["desc"]


def test_of_the_empty_tree_nothing_is_proven_but_that_it_is_itself() -> None:
    empty = tree.EMPTY_ROOT
    proofs.verify_consistency(0, 0, empty, empty, [])
    for check in (
        lambda: proofs.verify_consistency(0, 3, empty, naive.mth(0, 3), []),
        lambda: nodes.consistency_path(node, 0, 3),
    ):
        with pytest.raises(ProofError, match="size_out_of_range"):
            check()
    for check in (lambda: nodes.inclusion_path(node, 0, 0), lambda: proofs.verify_inclusion(empty, 0, 0, naive.leaf(0), [])):
        with pytest.raises(ProofError, match="index_out_of_range"):
            check()


@pytest.mark.parametrize("size", [-1, tree.SIZE_MAX + 1, 2**64])
def test_a_size_beyond_measure_is_refused(size: int) -> None:
    with pytest.raises(ProofError, match="size_out_of_range"):
        proofs.verify_inclusion(b"", size, 0, naive.leaf(0), [])
    with pytest.raises(ProofError, match="size_out_of_range"):
        proofs.verify_consistency(1, size, b"", b"", [])


def test_a_path_is_bounded_before_it_is_hashed() -> None:
    for path in ([naive.leaf(0)] * 1_000_000, [naive.leaf(0)[:31]]):
        with pytest.raises(ProofError, match="proof_malformed"):
            proofs.verify_inclusion(naive.leaf(1), 2, 0, naive.leaf(0), path)


def test_a_path_that_is_too_long_leads_nowhere() -> None:
    """Also where nobody has a root to compare with yet, as for receipts: a path of two hashes is none of a tree of two leaves."""
    for index, size in ((0, 1), (0, 2), (1, 2), (2, 3)):
        with pytest.raises(ProofError, match="proof_invalid"):
            proofs.root_from_inclusion(index, size, naive.leaf(index), [*naive.path(index, 0, size), naive.leaf(9)])
    for old, new in ((1, 2), (2, 3), (3, 4)):
        with pytest.raises(ProofError, match="proof_invalid"):
            proofs.roots_from_consistency(old, new, naive.mth(0, old), [*naive.proof(old, new), naive.leaf(9)])


def test_a_leaf_of_the_largest_tree_has_a_path() -> None:
    path = [naive.leaf(level) for level in range(53)]
    root = proofs.root_from_inclusion(0, tree.SIZE_MAX, naive.leaf(0), path)
    proofs.verify_inclusion(root, tree.SIZE_MAX, 0, naive.leaf(0), path)


def test_a_tile_of_another_log_proves_nothing() -> None:
    """What a server hands out is held against the root: a leaf is told to be another one only if it is proven to be."""
    log = stored(300)
    other = Stored(299)
    other.grow([naive.leaf(7)])
    path = "tile/0/000"
    forged = log.files | {path: log.files[path][:32] + log.files[path][64:] + log.files[path][:32]}
    for files in (other.files, forged):
        wrong = nodes.from_tiles(300, lambda tile, files=files: files[tile.path()])  # type: ignore[misc]
        with pytest.raises(ProofError, match="proof_invalid"):
            proofs.leaf_at(wrong, 3, 300, log.builder.root())
    short = nodes.from_tiles(300, lambda tile: log.read(tile)[:-1])
    with pytest.raises(TileError, match="tile_malformed"):
        proofs.leaf_at(short, 3, 300, log.builder.root())
