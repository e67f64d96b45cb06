"""Where a tree lies in files (C2SP tlog-tiles): tiles of 256 hashes, bundles of 256 entries, and what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .errors import TileError
from .tree import HASH_BYTES, check_size

HEIGHT = 8
WIDTH = 256
TILE_BYTES = 8192
LEVEL_MAX = 63

_PATH = re.compile(r"tile/(entries|[0-9]|[1-9][0-9])/((?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """The `index`-th tile of a level: `width` hashes, each over a full tile of the level below (over a leaf at level 0)."""

    level: int
    index: int
    width: int = WIDTH

    def path(self) -> str:
        """Return where the tile lies below the log's prefix."""
        return f"tile/{self.level}/{_number(self.index)}{_part(self.width)}"

    def check(self, data: bytes) -> bytes:
        """Return `data` if it has the tile's length. Raises TileError `tile_malformed`."""
        if len(data) != self.width * HASH_BYTES:
            raise TileError("tile_malformed", self.path())
        return data


@dataclass(frozen=True, slots=True)
class Bundle:
    """The entries whose hashes are in the `index`-th tile of level 0."""

    index: int
    width: int = WIDTH

    def path(self) -> str:
        """Return where the entries lie below the log's prefix."""
        return f"tile/entries/{_number(self.index)}{_part(self.width)}"


def parse_path(text: str) -> Tile | Bundle:
    """Return what a path names; only the one way to write it is taken. Raises TileError `tile_path_malformed`."""
    found = _PATH.fullmatch(text)
    if not found:
        raise TileError("tile_path_malformed")
    level, number, part = found.groups()
    index, width = int(re.sub("[x/]", "", number)), int(part or WIDTH)
    named = Bundle(index, width) if level == "entries" else Tile(int(level), index, width)
    too_high = isinstance(named, Tile) and named.level > LEVEL_MAX
    if named.path() != text or width > WIDTH or too_high:
        raise TileError("tile_path_malformed")
    return named


def _number(index: int) -> str:
    """Return 1234067 as x001/x234/067."""
    text = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        text = f"x{index % 1000:03d}/{text}"
    return text


def _part(width: int) -> str:
    return "" if width == WIDTH else f".p/{width}"


def tile_at(size: int, level: int, index: int) -> Tile:
    """Return the tile as a tree of `size` leaves has it. Raises TileError `tile_malformed` if it has none there."""
    width = min(WIDTH, (size >> HEIGHT * level) - index * WIDTH)
    if width < 1 or index < 0:
        raise TileError("tile_malformed", "outside the tree")
    return Tile(level, index, width)


def new_tiles(old: int, new: int) -> Iterator[Tile]:
    """Return the tiles of a tree of `new` leaves that one of `old` does not have, level by level, left to right.

    From `old` = 0 that is all of them. Raises ProofError `size_out_of_range`.
    """
    check_size(old)
    check_size(new)
    level = 0
    while new >> HEIGHT * level:
        before, after = old >> HEIGHT * level, new >> HEIGHT * level
        if before < after:
            for index in range(before // WIDTH, -(-after // WIDTH)):
                yield tile_at(new, level, index)
        level += 1


def edge(size: int) -> Iterator[Tile]:
    """Return the partial tiles of a tree, lowest level first: all that is needed to let it grow."""
    check_size(size)
    level = 0
    while hashes := size >> HEIGHT * level:
        if hashes % WIDTH:
            yield Tile(level, hashes // WIDTH, hashes % WIDTH)
        level += 1
