"""Tiles, their names, entry bundles, and a builder that can be stopped after any leaf."""

from __future__ import annotations

import pytest

from tests.transparency import naive
from tests.transparency.logs import Stored, foreign
from transparency import bundles, checkpoints, heads, keys, tiles, tree
from transparency.builder import TreeBuilder
from transparency.errors import ProofError, TileError
from transparency.heads import Policy
from transparency.tiles import Bundle, Tile

SAMPLE = foreign("tlog_sample")
SAMPLE_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

PATHS = {
    "tile/0/000": Tile(0, 0),
    "tile/0/000.p/1": Tile(0, 0, 1),
    "tile/2/x001/x234/067": Tile(2, 1_234_067),
    "tile/63/999.p/255": Tile(63, 999, 255),
    "tile/1/x001/000": Tile(1, 1_000),
    "tile/entries/x273/112.p/9": Bundle(273_112, 9),
    "tile/entries/001": Bundle(1),
}
NO_PATHS = [
    *("", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "/tile/0/000", "tile/0/000/", "tile/0/000\n"),
    *("tile/64/000", "tile/00/000", "tile/-1/000", "tile/+1/000", "tile/100/000", "tile/entry/000", "tile/٠/000", "tile/0/٠٠٠"),
    *("tile/0/001/000", "tile/0/x001/x000", "tile/0/x000/000", "tile/0/x1/000", "tile/0/x001/", "tile/0/../000", "tile/0/x001/x002"),
    *("tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/999", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p", "tile/0/000.p/1/"),
    "tile/0/" + "x001/" * 400 + "001",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_names_one_tile(path: str) -> None:
    assert tiles.parse_path(path) == PATHS[path]
    assert PATHS[path].path() == path


@pytest.mark.parametrize("path", NO_PATHS)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(TileError, match="tile_path_malformed"):
        tiles.parse_path(path)


def test_a_tree_of_70_000_lies_as_the_specification_says() -> None:
    found = list(tiles.new_tiles(0, 70_000))
    level0 = [tile for tile in found if tile.level == 0]
    assert (len(level0), level0[-1]) == (274, Tile(0, 273, 112))
    assert found[274:] == [Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles.new_tiles(0, 256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles.new_tiles(0, 0)) == []


def test_a_million_leaves_are_3_924_tiles() -> None:
    assert sum(1 for _ in tiles.new_tiles(0, 1_000_000)) == 3_907 + 16 + 1


@pytest.mark.parametrize(("old", "new"), [(0, 1), (1, 1), (255, 256), (256, 257), (100, 700), (65_535, 65_537), (300, 66_000)])
def test_growing_touches_new_tiles_only(old: int, new: int) -> None:
    log = Stored(old)
    before = dict(log.files)
    log.grow(naive.leaf(number) for number in range(old, new))
    fresh = {tile.path() for tile in tiles.new_tiles(old, new)}
    assert fresh == set(log.files) - set(before)
    assert all(log.files[path] == data for path, data in before.items())
    everything = {tile.path() for tile in tiles.new_tiles(0, new)}
    assert everything <= set(log.files)


def test_a_builder_goes_on_from_any_size() -> None:
    log = Stored(0)
    for size in range(600):
        resumed = TreeBuilder.resume(size, log.read)
        assert resumed.root() == log.builder.root() == naive.mth(0, size)
        assert resumed.partial_tiles() == log.builder.partial_tiles()
        log.grow([naive.leaf(size)])
        if size % 37 == 0:
            resumed.append([naive.leaf(size)])
            assert resumed.root() == log.builder.root()


def test_leaves_may_come_in_any_portions() -> None:
    at_once, by_and_by = Stored(1_000), Stored(0)
    for start, end in ((0, 3), (3, 300), (300, 301), (301, 301), (301, 1_000)):
        by_and_by.grow(naive.leaf(number) for number in range(start, end))
    assert at_once.builder.root() == by_and_by.builder.root() == naive.mth(0, 1_000)
    assert at_once.files.items() <= by_and_by.files.items()


def test_what_is_no_hash_is_not_appended() -> None:
    builder = TreeBuilder()
    with pytest.raises(ProofError, match="proof_malformed"):
        builder.append([naive.leaf(0), b"short"])
    assert (builder.size, builder.root()) == (0, tree.EMPTY_ROOT)
    with pytest.raises(TileError, match="tile_malformed"):
        TreeBuilder.resume(3, lambda tile: b"\0" * 95)


@pytest.mark.parametrize("entries", [[b""], [b"x" * 65_535], [b"a", b"", b"bc"], [b"e"] * 256])
def test_a_bundle_gives_its_entries_back(entries: list[bytes]) -> None:
    data = bundles.to_bytes(entries)
    assert bundles.parse(data, len(entries)) == entries
    for wrong in (data[:-1], data + b"\0", data + b"\0\0", data[1:], b""):
        with pytest.raises(TileError, match="bundle_malformed"):
            bundles.parse(wrong, len(entries))
    with pytest.raises(TileError, match="bundle_malformed"):
        bundles.parse(data, len(entries) + 1)


def test_no_bundle_is_empty_or_wider_than_a_tile() -> None:
    for width in (0, -1, 257):
        with pytest.raises(TileError, match="bundle_malformed"):
            bundles.parse(b"\0\0" * max(width, 0), width)


@pytest.mark.parametrize("entries", [[], [b"e"] * 257, [b"x" * 65_536]])
def test_what_fits_into_no_bundle_is_refused(entries: list[bytes]) -> None:
    with pytest.raises(TileError, match="bundle_malformed"):
        bundles.to_bytes(entries)


@pytest.mark.parametrize("size", range(16))
def test_the_foreign_log_is_built_again(size: int) -> None:
    """Every checkpoint, tile and bundle of the sample: signature, root, and each octet."""
    key = keys.parse(SAMPLE_KEY)
    head = heads.verify((SAMPLE / f"checkpoint.{size}").read_bytes(), Policy(key.name, (key,)))
    assert head.checkpoint.size == size
    builder = TreeBuilder()
    if size:
        data = (SAMPLE / tiles.Bundle(0, size).path()).read_bytes()
        entries = bundles.parse(data, size)
        assert bundles.to_bytes(entries) == data
        builder.append(map(tree.leaf_hash, entries))
        [(tile, octets)] = builder.partial_tiles()
        assert octets == (SAMPLE / tile.path()).read_bytes()
    assert builder.root() == head.checkpoint.root
    assert checkpoints.parse(head.checkpoint.to_text()) == head.checkpoint


def test_the_foreign_log_s_newest_head() -> None:
    key = keys.parse(SAMPLE_KEY)
    head = heads.verify((SAMPLE / "checkpoint").read_bytes(), Policy(key.name, (key,)))
    assert (head.checkpoint.size, head.timestamp, head.witnesses) == (15, 0, frozenset())
