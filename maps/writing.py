"""A map file made by us: vector tiles (Mapbox Vector Tile 2.1) into a PMTiles archive (version 3)."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from .vector import LINE, POINT, Path

EXTENT = 4096


class Drawn(NamedTuple):
    """A thing on a tile, in the tile's own units (a side is 4096): its kind of geometry, what is said of it, its paths."""

    kind: int
    tags: Mapping[str, str]
    paths: Sequence[Path]


def encode(layers: Mapping[str, Sequence[Drawn]]) -> bytes:
    """Return a tile."""
    return b"".join(_field(3, _layer(name, things)) for name, things in layers.items() if things)


def archive(
    tiles: Iterable[tuple[tuple[int, int, int], bytes]], box: tuple[float, float, float, float], metadata: Mapping[str, object]
) -> bytes:
    """Return the file that holds tiles by (zoom, column, row); `box` is south, west, north, east in degrees."""
    file = io.BytesIO()
    writer = Writer(file)
    packed = sorted((zxy_to_tileid(*place), place[0], gzip.compress(tile, 9, mtime=0)) for place, tile in tiles)
    for number, _, tile in packed:
        writer.write_tile(number, tile)
    south, west, north, east = (round(degrees * 1e7) for degrees in box)
    zooms = [zoom for _, zoom, _ in packed]
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_zoom": min(zooms),
        "max_zoom": max(zooms),
        "min_lat_e7": south,
        "min_lon_e7": west,
        "max_lat_e7": north,
        "max_lon_e7": east,
        "center_zoom": min(zooms),
        "center_lat_e7": (south + north) // 2,
        "center_lon_e7": (west + east) // 2,
    }
    writer.finalize(header, dict(metadata))
    return file.getvalue()


def _layer(name: str, things: Sequence[Drawn]) -> bytes:
    keys, values = dict[str, int](), dict[str, int]()
    features = [_field(2, _feature(each, keys, values)) for each in things]
    told = [_field(3, key.encode()) for key in keys] + [_field(4, _field(1, value.encode())) for value in values]
    return b"".join([_field(1, name.encode()), *features, *told, _number(5, EXTENT), _number(15, 2)])


def _feature(thing: Drawn, keys: dict[str, int], values: dict[str, int]) -> bytes:
    tags = [(keys.setdefault(key, len(keys)), values.setdefault(value, len(values))) for key, value in thing.tags.items()]
    packed = b"".join(_varint(number) for pair in tags for number in pair)
    return _field(2, packed) + _number(3, thing.kind) + _field(4, b"".join(map(_varint, _commands(thing))))


def _commands(thing: Drawn) -> Iterator[int]:
    x, y = 0, 0
    for path in thing.paths:
        steps = path[:-1] if thing.kind not in (POINT, LINE) and path[0] == path[-1] else path
        for at, (next_x, next_y) in enumerate(steps):
            if at < 2:
                yield 1 | 1 << 3 if at == 0 else 2 | len(steps) - 1 << 3
            yield from (_zigzag(next_x - x), _zigzag(next_y - y))
            x, y = next_x, next_y
        if thing.kind not in (POINT, LINE):
            yield 7 | 1 << 3


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _field(field: int, octets: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(octets)) + octets


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _varint(number: int) -> bytes:
    octets = bytearray()
    while number > 0x7F:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    octets.append(number)
    return bytes(octets)
