"""The hashes inside a tree, read from its tiles: what proofs are made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from .errors import ProofError
from .tiles import HEIGHT, WIDTH, Tile, tile_at
from .tree import EMPTY_ROOT, HASH_BYTES, check_size, node_hash, split, top

#: Gives the hash over the leaves [index * 2**height, (index + 1) * 2**height), all of which the tree has.
Nodes = Callable[[int, int], bytes]

_KEPT = 64  # tiles: those of one proof and of its neighbours


def from_tiles(size: int, read: Callable[[Tile], bytes]) -> Nodes:
    """Return the nodes of a tree of `size` leaves whose tiles `read` gives as octets, each asked for once or a few times.

    Nothing of them is verified: a proof that is made of wrong tiles does not lead to the root. Raises ProofError `size_out_of_range`;
    the nodes raise TileError `tile_malformed`, and whatever `read` raises.
    """
    check_size(size)

    @lru_cache(maxsize=_KEPT)
    def tile(level: int, index: int) -> bytes:
        named = tile_at(size, level, index)
        return named.check(read(named))

    @lru_cache(maxsize=_KEPT * HEIGHT)  # the paths of neighbours share most of their nodes
    def node(height: int, index: int) -> bytes:
        level, above = divmod(height, HEIGHT)
        first = index << above
        data = tile(level, first // WIDTH)
        start = first % WIDTH * HASH_BYTES
        return top(data[start : start + (HASH_BYTES << above)])

    return node


def range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """Return MTH(D[start:end]), where `start` is a multiple of the smallest power of two that is not below `end` - `start`."""
    size = end - start
    if size == 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0:
        return nodes(size.bit_length() - 1, start // size)
    middle = start + split(size)
    return node_hash(range_root(nodes, start, middle), range_root(nodes, middle, end))


def inclusion_path(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """Return PATH(index, D[0:size]) of RFC 9162 §2.1.3.1, the leaf's neighbour first. Raises ProofError `index_out_of_range`."""
    check_size(size)
    if not 0 <= index < size:
        raise ProofError("index_out_of_range")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_path(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """Return PROOF(old, D[0:new]) of RFC 9162 §2.1.4.1; empty if the sizes are equal.

    Raises ProofError `size_out_of_range` unless 0 < `old` <= `new`: nothing is proven of the empty tree.
    """
    check_size(new)
    if not 0 < old <= new:
        raise ProofError("size_out_of_range")
    path, start, end = [], 0, new
    while end != old:
        middle = start + split(end - start)
        if old <= middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, start, middle))
            start = middle
    if start:  # the old tree's right part; its whole root is known to whoever checks
        path.append(range_root(nodes, start, end))
    return path[::-1]
