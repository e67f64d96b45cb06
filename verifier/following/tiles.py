"""The tiles of the log of seals, so that every leaf can be proven without the host: each is held against the head before it is kept.

A head's own tiles, at the right edge of the tree, and those that prove that it continues the one before come with the publication. Once
the head counts, every full tile under it is fetched, from the top down: what stands above a tile says what its hash must be.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final

from published import whole
from published.log import read as published_tile
from transparency import nodes
from transparency.builder import TreeBuilder
from transparency.errors import LogError, TileError
from transparency.tiles import HEIGHT, TILE_BYTES, WIDTH, Tile, edge
from transparency.tree import HASH_BYTES, top

from .errors import FollowError
from .fetching import Host

AT_ONCE: Final = 4  # calls to the host
_BATCH: Final = 64  # tiles that are written at once: one turn of the disk for all of them
Wanted = tuple[Tile, bytes]  # a tile, and the hash over it


def proving(old: int, new: int) -> list[Tile]:
    """Return the tiles that are needed to know a head of `new` leaves, and to prove that it continues one of `old` (0: none)."""
    asked = dict.fromkeys(edge(new))

    def dry(tile: Tile) -> bytes:
        asked[tile] = None
        return bytes(tile.width * HASH_BYTES)

    if 0 < old < new:
        tree = nodes.from_tiles(new, dry)
        nodes.range_root(tree, 0, old)
        nodes.consistency_path(tree, old, new)
    return list(asked)


def fetch(host: Host, tile: Tile) -> bytes | None:
    """Return a tile of the host's log, of a full one in its place where it is not full any more; None where there is neither.

    Nothing of it is verified. Raises FollowError, StoppedError.
    """
    found = host.get(f"/log/{tile.path()}", TILE_BYTES, fixed=True)
    if found is None and tile.width < WIDTH:
        found = host.get(f"/log/{Tile(tile.level, tile.index).path()}", TILE_BYTES, fixed=True)
    data = found.data if found else None
    return data[: tile.width * HASH_BYTES] if data is not None else None


class Tiles:
    """The tiles that are kept of one log, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._whole = 0  # so many leaves have all their tiles here, as this process knows

    def held(self, tile: Tile) -> bytes | None:
        """Return what is kept under a tile's name, None for nothing. It is as good as whoever holds it against a head says."""
        try:
            return (self.folder / tile.path()).read_bytes()
        except OSError:
            return None

    def keep(self, size: int, root: bytes, publication: Path, host: Host) -> None:
        """Have every tile of a tree whose head counts. `publication` has those at its edge.

        Raises FollowError `log_tiles_wrong`, and what `Host.get` raises: what was kept until then counts the next time; OSError.
        """
        rows = _edge(size, root, publication)
        self._put([(tile, rows[tile.level]) for tile in edge(size)])
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for level in range(size.bit_length() // HEIGHT, -1, -1):  # top down: what is above says what a tile must be
                missing = self._missing(size, rows, level)
                while wanted := list(islice(missing, _BATCH)):
                    self._put(list(pool.map(lambda each: (each[0], _good(host, *each)), wanted)))
        self._whole = size

    def _missing(self, size: int, rows: dict[int, bytes], level: int) -> Iterator[Wanted]:
        """Yield the full tiles of a level that are not kept yet, with the hash over each; those above are kept by now."""
        for index in range(self._whole >> HEIGHT * (level + 1), size >> HEIGHT * (level + 1)):
            tile, over = Tile(level, index), self._over(size, rows, level, index)
            data = self.held(tile)
            if data is None or len(data) != TILE_BYTES or top(data) != over:
                yield tile, over

    def _over(self, size: int, rows: dict[int, bytes], level: int, index: int) -> bytes:
        above, place = divmod(index, WIDTH)
        full = above < size >> HEIGHT * (level + 2)
        row = (self.held(Tile(level + 1, above)) or b"") if full else rows[level + 1]
        return row[place * HASH_BYTES : (place + 1) * HASH_BYTES]

    def _put(self, tiles: list[tuple[Tile, bytes]]) -> None:
        new = {self.folder / tile.path(): data for tile, data in tiles if self.held(tile) != data}
        whole.write(new, mode=0o644)

    def tidy(self, gone: int, kept: list[int]) -> None:
        """Remove the tiles at the edge of a tree that is read no more, but those that others have too. Sizes in leaves."""
        needed = {tile for size in kept for tile in edge(size)}
        for tile in set(edge(gone)) - needed:
            (self.folder / tile.path()).unlink(missing_ok=True)


def _edge(size: int, root: bytes, publication: Path) -> dict[int, bytes]:
    """Return the tiles at the right edge, by level, which the root is made of. Raises FollowError, OSError."""
    try:
        tree = TreeBuilder.resume(size, lambda tile: published_tile(publication, tile))
    except (LogError, FileNotFoundError) as error:
        raise FollowError("log_tiles_wrong", "edge") from error
    if tree.root() != root:
        raise FollowError("log_tiles_wrong", "edge")
    return {tile.level: data for tile, data in tree.partial_tiles()}


def _good(host: Host, tile: Tile, over: bytes) -> bytes:
    data = fetch(host, tile)
    try:
        if data is None or top(tile.check(data)) != over:
            raise FollowError("log_tiles_wrong", tile.path())
    except TileError as error:
        raise FollowError("log_tiles_wrong", tile.path()) from error
    return data
