"""A tree that grows at its right edge, tile by tile. It holds at most 255 hashes of each level, whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .errors import ProofError
from .tiles import TILE_BYTES, WIDTH, Tile, edge
from .tree import EMPTY_ROOT, HASH_BYTES, check_size, node_hash, top


class TreeBuilder:
    """The tree of the leaves that were appended."""

    def __init__(self) -> None:
        self.size = 0
        self._rows: list[bytearray] = []  # of each level, the hashes that do not fill a tile yet

    @classmethod
    def resume(cls, size: int, read: Callable[[Tile], bytes]) -> TreeBuilder:
        """Return the builder of a tree that is stored: `read` gives the octets of a partial tile.

        Whoever reads files compares `root()` with the checkpoint before appending. Raises ProofError `size_out_of_range`, TileError
        `tile_malformed`.
        """
        builder = cls()
        for tile in edge(size):
            builder._row(tile.level).extend(tile.check(read(tile)))
        builder.size = size
        return builder

    def append(self, leaves: Iterable[bytes]) -> list[tuple[Tile, bytes]]:
        """Append leaf hashes and return the tiles that became full, with their octets; a tile comes after those below it.

        Raises ProofError `proof_malformed` for a leaf hash that is none (nothing is appended then), `size_out_of_range`.
        """
        hashes = list(leaves)
        if not {HASH_BYTES}.issuperset(map(len, hashes)):
            raise ProofError("proof_malformed", "leaf hash")
        return self.append_joined(b"".join(hashes))

    def append_joined(self, leaves: bytes) -> list[tuple[Tile, bytes]]:
        """Do the same with leaf hashes that are joined. Raises ProofError `proof_malformed`, `size_out_of_range`."""
        if len(leaves) % HASH_BYTES:
            raise ProofError("proof_malformed", "leaf hash")
        check_size(self.size + len(leaves) // HASH_BYTES)
        full: list[tuple[Tile, bytes]] = []
        for start in range(0, len(leaves), TILE_BYTES):
            chunk = leaves[start : start + TILE_BYTES]
            self._extend(chunk, len(chunk) // HASH_BYTES, full)
        return full

    def _extend(self, data: bytes, count: int, full: list[tuple[Tile, bytes]]) -> None:
        level, index = 0, self.size // WIDTH
        self.size += count
        while data:
            row = self._row(level)
            row.extend(data)
            if len(row) < TILE_BYTES:
                return
            tile = bytes(row[:TILE_BYTES])
            del row[:TILE_BYTES]
            full.append((Tile(level, index), tile))
            data, level, index = top(tile), level + 1, index // WIDTH

    def _row(self, level: int) -> bytearray:
        while len(self._rows) <= level:
            self._rows.append(bytearray())
        return self._rows[level]

    def partial_tiles(self) -> list[tuple[Tile, bytes]]:
        """Return the tiles at the right edge that are not full, lowest level first, with their octets."""
        return [(tile, bytes(self._rows[tile.level])) for tile in edge(self.size)]

    def root(self) -> bytes:
        """Return the Merkle Tree Hash of all leaves (RFC 9162 §2.1.1)."""
        root = b""
        for row in self._rows:
            for perfect in _perfect_subtrees(bytes(row)):
                root = node_hash(perfect, root) if root else perfect
        return root or EMPTY_ROOT


def _perfect_subtrees(row: bytes) -> list[bytes]:
    """Return the roots of the perfect subtrees that a row ends in, the smallest, which is rightmost, first."""
    found, count = [], len(row) // HASH_BYTES
    while count:
        last = count & -count
        found.append(top(row[(count - last) * HASH_BYTES : count * HASH_BYTES]))
        count -= last
    return found
