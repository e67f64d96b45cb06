"""Streets beneath a picture of ours, as paths that a template writes into its SVG, so that they are there without a script and on paper.

The picture is `web.plan`'s: a square of ground, north up, a side of 600 units. A tile's corners are placed exactly (Web Mercator),
what lies between them evenly: at the span of a whole governorate that is wrong by less than a fifth of a unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from seal.catalogue import Language
from seal.site import Point
from web import plan
from web.plan import Frame

from . import lettering, style
from .archive import Archive
from .lettering import Label
from .vector import POINT, Feature, Layer

_EQUATOR_M = 40_075_016.686
_POLE = 85.05112878
_OUTSIDE = 60.0  # units around the picture, beyond which nothing is drawn


class Shape(NamedTuple):
    """Everything of one colour: an SVG path, filled, or drawn as lines of a width in the picture's units."""

    colour: str
    width: float  # 0: filled
    path: str


class Streets(NamedTuple):
    """What lies beneath a picture, and what must be said of it."""

    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]
    attribution: str
    invented: bool


class _Tile(NamedTuple):
    """A tile on the picture: where its north-western corner is, and how large one of its sides."""

    x: float
    y: float
    width: float
    height: float
    layers: dict[str, Layer]


def draw(archive: Archive, frame: Frame, language: Language, *, letters: float = lettering.SIZE) -> Streets:
    """Return the streets of a frame; empty shapes where the file has nothing. `letters` is the size of names, in the picture's units.

    Raises MapError `map_corrupt`.
    """
    tiles = list(_tiles(archive, frame))
    shapes = [shape for rule in style.rules() if frame.span < rule.below_m and (shape := _shape(rule, tiles, frame.span))]
    return Streets(tuple(shapes), lettering.place(_named(tiles, frame.span), language, letters), archive.attribution, archive.invented)


def zoom_of(frame: Frame, zooms: Sequence[int]) -> int:
    """Return the zoom whose tiles are just wider than the frame, so that four hold it."""
    across = _EQUATOR_M * math.cos(math.radians(frame.centre.latitude)) / frame.span
    return min(max(math.floor(math.log2(across)), zooms[0]), zooms[-1])


def column_row(point: Point, zoom: int) -> tuple[float, float]:
    """Return where a position is in tiles of a zoom, from 180° W and the northern edge of the map."""
    latitude = math.radians(min(max(point.latitude, -_POLE), _POLE))
    across = 1 << zoom
    return (point.longitude + 180) / 360 * across, (1 - math.asinh(math.tan(latitude)) / math.pi) / 2 * across


def corner(column: int, row: int, zoom: int) -> Point:
    """Return the north-western corner of a tile."""
    across = 1 << zoom
    return Point(math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / across)))), column / across * 360 - 180)


def _tiles(archive: Archive, frame: Frame) -> Iterator[_Tile]:
    zoom = zoom_of(frame, archive.zooms)
    west, north = column_row(frame.point(0, 0), zoom)
    east, south = column_row(frame.point(1, 1), zoom)
    for row in range(math.floor(north), math.floor(south) + 1):
        for column in range(math.floor(west), math.floor(east) + 1):
            layers = archive.layers(zoom, column, row)
            if layers:
                x, y = _place(frame, corner(column, row, zoom))
                right, bottom = _place(frame, corner(column + 1, row + 1, zoom))
                yield _Tile(x, y, right - x, bottom - y, layers)


def _place(frame: Frame, point: Point) -> tuple[float, float]:
    """Return where a position is on the picture, not rounded: tiles must meet."""
    origin, unit = frame.point(0, 0), plan.SIDE / frame.span
    one = frame.point(1, 1)
    x = (point.longitude - origin.longitude) / (one.longitude - origin.longitude) * frame.span * unit
    y = (origin.latitude - point.latitude) / (origin.latitude - one.latitude) * frame.span * unit
    return x, y


def _shape(rule: style.Rule, tiles: Sequence[_Tile], span: float) -> Shape | None:
    drawn = [
        _path(path, closed=rule.shape == "fill")
        for tile in tiles
        for feature in _features(tile, rule.layer)
        if (not rule.kinds or feature.tags.get("kind") in rule.kinds) and feature.kind == (3 if rule.shape == "fill" else 2)
        for path in _lines(tile, feature, rule.layer)
    ]
    width = rule.width(span) if rule.shape == "line" else 0.0
    return Shape(rule.colour, width, "".join(drawn)) if drawn else None


def _named(tiles: Sequence[_Tile], span: float) -> Iterator[tuple[Feature, list[tuple[float, float]]]]:
    kinds = [kind for kind, widest in style.NAMED if span <= widest]
    for kind in kinds:
        for tile in tiles:
            for feature in _features(tile, "roads"):
                if feature.kind != POINT and feature.tags.get("kind") == kind and "name" in feature.tags:
                    for path in _lines(tile, feature, "roads"):
                        yield feature, path


def _features(tile: _Tile, layer: str) -> Sequence[Feature]:
    found = tile.layers.get(layer)
    return found.features if found else ()


def _lines(tile: _Tile, feature: Feature, layer: str) -> Iterator[list[tuple[float, float]]]:
    """Return the feature's paths on the picture, without those that lie outside."""
    across, down = tile.width / tile.layers[layer].extent, tile.height / tile.layers[layer].extent
    for path in feature.paths:
        line = [(tile.x + x * across, tile.y + y * down) for x, y in path]
        if _seen(line):
            yield line


def _seen(line: Sequence[tuple[float, float]]) -> bool:
    columns, rows = [x for x, _ in line], [y for _, y in line]
    most = plan.SIDE + _OUTSIDE
    return max(columns) > -_OUTSIDE and min(columns) < most and max(rows) > -_OUTSIDE and min(rows) < most


def _path(line: Sequence[tuple[float, float]], *, closed: bool) -> str:
    """Return an SVG path in whole tenths, by relative steps, without steps that nobody sees."""
    x, y = round(line[0][0] * 10), round(line[0][1] * 10)
    said = [f"M{x / 10:g} {y / 10:g}l"]
    for next_x, next_y in line[1:]:
        east, south = round(next_x * 10) - x, round(next_y * 10) - y
        if abs(east) + abs(south) >= 5:
            said.append(f"{east / 10:g} {south / 10:g} ")
            x, y = x + east, y + south
    return "".join(said).rstrip("l ") + ("z" if closed else "") if len(said) > 1 else ""
