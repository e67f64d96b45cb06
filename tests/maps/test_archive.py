"""A map file is read where it lies, and a damaged one is refused with a code; tiles are what other programs read and write."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import mapbox_vector_tile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.reader import MmapSource, Reader, all_tiles

from maps import Archive, MapError, style, vector, writing
from maps.vector import LINE, POINT, POLYGON

SQUARE = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]


def test_every_tile_is_what_the_other_reader_finds(file: Path, archive: Archive) -> None:
    with file.open("rb") as stream:
        others = dict(all_tiles(MmapSource(stream)))
    assert len(others) > 30
    for place, packed in others.items():
        assert archive.packed(*place) == packed and archive.tile(*place) == gzip.decompress(packed)
    assert archive.packed(14, 0, 0) is None and archive.packed(25, 0, 0) is None and archive.packed(10, -1, 5) is None


def test_the_file_says_what_it_is(file: Path, archive: Archive) -> None:
    with file.open("rb") as stream:
        assert Reader(MmapSource(stream)).metadata()["khatm:invented"] is True
    south, west, north, east = archive.box
    assert archive.invented and south < 31.25 < north and west < 30.0 < east and len(archive.version) == 12


def test_our_tiles_are_read_by_another_program(archive: Archive) -> None:
    column, row = next((c, r) for c in range(9540, 9580) for r in range(6680, 6700) if "roads" in archive.layers(14, c, r))
    tile = archive.tile(14, column, row)
    assert tile
    theirs, ours = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True}), vector.decode(tile, style.LAYERS)
    assert set(theirs) == set(ours) and theirs["roads"]["features"]
    for name, layer in ours.items():
        assert [each.tags for each in layer.features] == [each["properties"] for each in theirs[name]["features"]]
        for mine, other in zip(layer.features, theirs[name]["features"], strict=True):
            assert flat(mine.paths) == flat(lists(other["geometry"]))


def flat(paths: list[list[tuple[int, int]]]) -> set[tuple[int, int]]:
    return {(x, y) for path in paths for x, y in path}


def lists(geometry: dict) -> list:  # type: ignore[type-arg]
    """Return a GeoJSON geometry's paths."""
    shapes = {"Point": lambda c: [[c]], "LineString": lambda c: [c], "MultiLineString": lambda c: c, "Polygon": lambda c: c}
    shapes["MultiPolygon"] = lambda c: [ring for polygon in c for ring in polygon]
    found: list = shapes[geometry["type"]](geometry["coordinates"])  # type: ignore[type-arg]
    return found


def test_another_program_s_tiles_are_read() -> None:
    features = [
        {
            "geometry": "LINESTRING(10 20, 300 40, 300 400)",
            "properties": {"kind": "minor_road", "name": "شارع فؤاد", "lanes": 2, "oneway": True},
        },
        {
            "geometry": "POLYGON((0 0, 100 0, 100 100, 0 100, 0 0), (10 10, 10 20, 20 20, 20 10, 10 10))",
            "properties": {"kind": "park", "area": -7},
        },
        {"geometry": "MULTIPOINT(5 5, 9 9)", "properties": {"height": 12.5}},
    ]
    other = {"name": "pois", "features": features[2:]}
    tile = mapbox_vector_tile.encode([{"name": "roads", "features": features}, other], default_options={"y_coord_down": True})
    layers = vector.decode(tile, frozenset({"roads"}))
    assert set(layers) == {"roads"} and layers["roads"].extent == 4096
    road, park, dots = layers["roads"].features
    assert road == (LINE, {"kind": "minor_road", "name": "شارع فؤاد", "lanes": "2", "oneway": "1"}, [[(10, 20), (300, 40), (300, 400)]])
    assert park.kind == POLYGON and park.tags["area"] == "-7" and len(park.paths) == 2 and park.paths[0][0] == park.paths[0][-1]
    assert dots.kind == POINT and flat(dots.paths) == {(5, 5), (9, 9)}


@given(st.binary(max_size=400))
def test_any_octets_are_a_tile_or_refused(octets: bytes) -> None:
    try:
        vector.decode(octets, style.LAYERS)
    except MapError as error:
        assert error.code == "map_corrupt"


def test_a_damaged_tile_is_refused_or_read_never_worse() -> None:
    tile = writing.encode(
        {"roads": [writing.Drawn(LINE, {"kind": "path"}, [[(0, 0), (9, 9), (50, 9)]])], "earth": [writing.Drawn(POLYGON, {}, [SQUARE])]}
    )
    chance, refused = random.Random(5), 0
    for _ in range(3_000):
        damaged = bytearray(tile)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            vector.decode(bytes(damaged[: chance.randrange(1, len(damaged) + 1)]), style.LAYERS)
        except MapError:
            refused += 1
    assert refused > 300


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "map_unreadable"),
        (b"PMTiles\x03", "map_corrupt"),
        (b"\x89PNG" * 100, "map_corrupt"),
        (b"PMTiles\x02" + bytes(200), "map_corrupt"),
        (b"PMTiles\x03" + bytes(200), "map_not_vector"),
    ],
)
def test_what_is_no_map_file_is_refused(tmp_path: Path, octets: bytes, code: str) -> None:
    path = tmp_path / "x.pmtiles"
    path.write_bytes(octets)
    with pytest.raises(MapError) as told:
        Archive(path)
    assert told.value.code == code
    with pytest.raises(MapError, match="map_missing"):
        Archive(tmp_path / "none.pmtiles")


def test_a_file_that_is_cut_off_or_damaged_is_refused_at_the_tile(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    path = tmp_path / "cut.pmtiles"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(MapError, match="map_corrupt"):
        cut = Archive(path)
        for place in places(file):
            cut.tile(*place)
    chance, refused = random.Random(3), 0
    for _ in range(60):
        damaged = bytearray(whole)
        for at in (chance.randrange(127), chance.randrange(len(whole))):
            damaged[at] ^= 1 << chance.randrange(8)
        path = tmp_path / "damaged.pmtiles"
        path.write_bytes(damaged)
        try:
            open_ = Archive(path)
            for place in places(file)[:20]:
                open_.layers(*place)
        except MapError:
            refused += 1
    assert refused > 10


def places(file: Path) -> list[tuple[int, int, int]]:
    with file.open("rb") as stream:
        return [place for place, _ in all_tiles(MmapSource(stream))]


def test_a_tile_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pmtiles"
    path.write_bytes(writing.archive([((10, 600, 400), bytes(40 << 20))], (30, 29, 32, 31), {}))
    with pytest.raises(MapError, match="map_corrupt"):
        Archive(path).tile(10, 600, 400)
