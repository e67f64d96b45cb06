"""The log's tree as it grows by entries of the register, and the files that it grows by. Memory is flat over any number of entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from transparency import bundles
from transparency.builder import TreeBuilder
from transparency.tiles import WIDTH, Bundle, Tile

_MANY = 64 * WIDTH  # entries appended at once

#: What becomes a file: a full or partial tile or bundle, and its octets.
Part = tuple[Tile | Bundle, bytes]


def leaves_of(entries: Iterable[bytes]) -> list[bytes]:
    """Return the leaf hashes of entries, as `leaves.leaf_of` makes each: a call for each of a million costs half as much as hashing."""
    return [sha256(b"\0" + entry).digest() for entry in entries]


class Chunk(NamedTuple):
    """Entries that follow each other, and their leaf hashes, joined."""

    entries: list[bytes]
    leaves: bytes


def hashed(entries: Iterable[bytes]) -> Iterator[Chunk]:
    """Yield entries with their leaf hashes, some at a time."""
    waiting = iter(entries)
    while some := list(islice(waiting, _MANY)):
        yield Chunk(some, b"".join(leaves_of(some)))


class Growth:
    """A tree, and the entries at its right edge that do not fill a bundle yet."""

    def __init__(self, builder: TreeBuilder | None = None, tail: Iterable[bytes] = ()) -> None:
        """Go on with a tree and the entries of its last bundle, if that is not full."""
        self._builder, self._tail = builder or TreeBuilder(), list(tail)

    @classmethod
    def resume(cls, size: int, read: Callable[[Tile], bytes], tail: Iterable[bytes]) -> Growth:
        """Go on from stored tiles; `tail` are the entries that the register has for those of the last bundle. Raises OSError, TileError."""
        return cls(TreeBuilder.resume(size, read), tail)

    @property
    def size(self) -> int:
        """How many entries the tree has."""
        return self._builder.size

    def root(self) -> bytes:
        """Return the tree's root."""
        return self._builder.root()

    def edge_agrees(self) -> bool:
        """Say whether the entries at the edge are those that the tree has there."""
        hashed = b"".join(leaves_of(self._tail))
        return hashed == next((data for tile, data in self._builder.partial_tiles() if tile.level == 0), b"")

    def grow(self, chunks: Iterable[Chunk]) -> Iterator[list[Part]]:
        """Append entries, a chunk at a time; yield what became full each time, a tile after those below it."""
        for some, leaves in chunks:
            start = self.size - len(self._tail)
            full: list[Part] = list(self._builder.append_joined(leaves))
            waiting = [*self._tail, *some]
            whole = len(waiting) - len(waiting) % WIDTH
            full += [
                (Bundle((start + place) // WIDTH), bundles.to_bytes(waiting[place : place + WIDTH])) for place in range(0, whole, WIDTH)
            ]
            self._tail = waiting[whole:]
            yield full

    def edge(self) -> list[Part]:
        """Return the partial tiles and the partial bundle at the right edge."""
        parts: list[Part] = list(self._builder.partial_tiles())
        if self._tail:
            parts.append((Bundle(self.size // WIDTH, len(self._tail)), bundles.to_bytes(self._tail)))
        return parts
