"""Mapbox Vector Tiles (version 2.1, https://github.com/mapbox/vector-tile-spec): from octets to features, as far as a drawing needs it.

Own, and short, because drawing is all that is asked: the kept library decodes twice as slowly and brings a geometry engine. Strict in what
it reads past the end of (`map_corrupt`), lenient in what it does not know: other fields, layers and values are passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .errors import MapError

POINT, LINE, POLYGON = 1, 2, 3
_MOVE, _LINE_TO, _CLOSE = 1, 2, 7
_COMMANDS = 200_000  # of one feature: a tile holds far fewer
Path = list[tuple[int, int]]


class Feature(NamedTuple):
    """One thing on a tile: its kind of geometry, what is said of it, and its paths in the tile's own units, y downwards."""

    kind: int
    tags: Mapping[str, str]
    paths: list[Path]


class Layer(NamedTuple):
    """What lies on one layer; a side of the tile is `extent` units."""

    extent: int
    features: list[Feature]


def decode(tile: bytes, wanted: frozenset[str]) -> dict[str, Layer]:
    """Return the layers of a tile that are wanted. Raises MapError `map_corrupt`."""
    try:
        layers = (_layer(value, wanted) for field, value in _fields(tile) if field == 3 and isinstance(value, bytes))
        return {name: layer for found in layers if found for name, layer in [found]}
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise MapError("map_corrupt", "tile") from error


def _layer(octets: bytes, wanted: frozenset[str]) -> tuple[str, Layer] | None:
    name, extent, keys, values, features = "", 4096, list[str](), list[str](), list[bytes]()
    for field, value in _fields(octets):
        if field == 5 and isinstance(value, int):
            extent = value
        elif not isinstance(value, bytes):
            continue
        elif field == 1:
            name = value.decode()
            if name not in wanted:
                return None
        elif field == 2:
            features.append(value)
        elif field == 3:
            keys.append(value.decode())
        elif field == 4:
            values.append(_text(value))
    if not 0 < extent <= 1 << 16:
        raise MapError("map_corrupt", "extent")
    return name, Layer(extent, [_feature(each, keys, values) for each in features])


def _feature(octets: bytes, keys: list[str], values: list[str]) -> Feature:
    kind, tags, geometry = 0, dict[str, str](), b""
    for field, value in _fields(octets):
        if field == 3 and isinstance(value, int):
            kind = value
        elif field == 2 and isinstance(value, bytes):
            numbers = list(_varints(value))
            tags = {keys[key]: values[each] for key, each in zip(numbers[::2], numbers[1::2], strict=False)}
        elif field == 4 and isinstance(value, bytes):
            geometry = value
    return Feature(kind, tags, _paths(geometry))


def _paths(geometry: bytes) -> list[Path]:
    paths, x, y, numbers = list[Path](), 0, 0, list(_varints(geometry))
    at, done = 0, 0
    while at < len(numbers):
        command, times = numbers[at] & 7, numbers[at] >> 3
        at, done = at + 1, done + times
        if done > _COMMANDS:
            raise MapError("map_corrupt", "geometry")
        if command == _CLOSE:
            paths[-1].append(paths[-1][0])
            continue
        path = [] if command == _MOVE else paths[-1]
        for place in range(at, at + 2 * times, 2):
            east, south = numbers[place], numbers[place + 1]
            x, y = x + ((east >> 1) ^ -(east & 1)), y + ((south >> 1) ^ -(south & 1))
            if command == _MOVE:
                paths.append([(x, y)])
            else:
                path.append((x, y))
        at += 2 * times
    return paths


def _zigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)


def _text(value: bytes) -> str:
    """Return what a tag says as text; numbers and yes or no as far as a drawing asks for them."""
    for field, found in _fields(value):
        if field == 1 and isinstance(found, bytes):
            return found.decode()
        if field == 4 and isinstance(found, int):
            return str(found - (1 << 64) if found >> 63 else found)
        if field in (5, 7) and isinstance(found, int):
            return str(found)
        if field == 6 and isinstance(found, int):
            return str(_zigzag(found))
    return ""


def _fields(octets: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Return field numbers and values of a protocol buffer message; fixed-width numbers are passed over."""
    at = 0
    while at < len(octets):
        key, at = octets[at], at + 1
        if key >= 0x80:  # as hardly ever, and a call costs more than all of this
            key, at = _varint(octets, at - 1)
        kind = key & 7
        if kind == 0:
            value, at = _varint(octets, at)
            yield key >> 3, value
        elif kind == 2:
            length, at = octets[at], at + 1
            if length >= 0x80:
                length, at = _varint(octets, at - 1)
            if at + length > len(octets):
                raise MapError("map_corrupt", "tile")
            yield key >> 3, octets[at : at + length]
            at += length
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise MapError("map_corrupt", "tile")


def _varints(octets: bytes) -> Iterator[int]:
    """Yield the numbers of a packed field. Most have one octet: this is where a tile's time goes."""
    value = shift = 0
    for octet in octets:
        if octet < 0x80 and not shift:
            yield octet
            continue
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            yield value
            value = shift = 0
        elif (shift := shift + 7) > 63:
            raise MapError("map_corrupt", "tile")
    if shift:
        raise MapError("map_corrupt", "tile")  # cut off within a number


def _varint(octets: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        octet = octets[at]
        value |= (octet & 0x7F) << shift
        at += 1
        if octet < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise MapError("map_corrupt", "tile")
