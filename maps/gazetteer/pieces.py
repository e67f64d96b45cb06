"""What a map file calls by a name: the pieces of one street, which a tile's edge parts, as one; streets of one name apart as several."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from maps.archive import Archive
from maps.drawing import corner
from maps.vector import POINT, Feature, decode
from seal.site import Point, scale
from web import spelling

TOGETHER_M = 300.0  # pieces of one name nearer than this are one street
_STEP_M = 100.0  # between the spots by which two pieces are compared
_LAYERS = frozenset({"roads", "places", "pois"})
_NAME_MAX = 80
Spot = tuple[float, float]  # latitude and longitude, degrees


class Named(NamedTuple):
    """A street or a place: what it is called in Arabic and in English, its layer, a spot on it, and how far it reaches from there."""

    ar: str
    en: str
    layer: str
    spot: Point
    reach_m: float


class _Piece(NamedTuple):
    layer: str
    spots: list[Spot]


def of(archive: Archive) -> Iterator[Named]:
    """Yield everything with a name on the tiles of the nearest zoom. Raises MapError `map_corrupt`."""
    pieces = defaultdict[tuple[str, str], list[_Piece]](list)
    for names, piece in _pieces(archive):
        pieces[names].append(piece)
    for (ar, en), found in sorted(pieces.items()):
        for group in _groups([piece.spots for piece in found]):
            together = [found[at] for at in group]
            yield _named(ar, en, together)


def _pieces(archive: Archive) -> Iterator[tuple[tuple[str, str], _Piece]]:
    for zoom, column, row in archive.tiles(archive.zooms[-1]):
        for name, layer in decode(archive.tile(zoom, column, row) or b"", _LAYERS).items():
            for feature in layer.features:
                names = _names(feature.tags)
                if not any(names):
                    continue
                for spots in _spots(feature, zoom, column, row, layer.extent):
                    yield names, _Piece(name, spots)


def _names(tags: Mapping[str, str]) -> tuple[str, str]:
    """Return the names in Arabic and English; what is in one alone is called so in both."""
    said = " ".join(tags.get("name", "").split())[:_NAME_MAX]
    ar, en = (" ".join(tags.get(f"name:{language}", "").split())[:_NAME_MAX] for language in ("ar", "en"))
    return (ar or said or en, en or said or ar) if any(map(spelling.letters, (said, ar, en))) else ("", "")


def _spots(feature: Feature, zoom: int, column: int, row: int, extent: int) -> Iterator[list[Spot]]:
    north, west = corner(column, row, zoom)[:2]
    south, east = corner(column + 1, row + 1, zoom)[:2]
    for path in feature.paths:
        if feature.kind == POINT and not all(0 <= part < extent for part in path[0]):
            continue  # on the margin: its own tile has it
        yield [(north - (north - south) * y / extent, west + (east - west) * x / extent) for x, y in path]


def _groups(paths: Sequence[Sequence[Spot]]) -> list[list[int]]:
    """Return the numbers of paths that belong together: each at most `TOGETHER_M` from another of its group."""
    if len(paths) == 1:
        return [[0]]
    leads = list(range(len(paths)))

    def lead(at: int) -> int:
        while leads[at] != at:
            leads[at] = at = leads[leads[at]]
        return at

    cells = defaultdict[tuple[int, int], list[tuple[int, Spot]]](list)
    here = scale(paths[0][0][0])
    for at, path in enumerate(paths):
        for spot in _dense([_metres(each, here) for each in path]):
            east, north = math.floor(spot[0] / TOGETHER_M), math.floor(spot[1] / TOGETHER_M)
            for cell in ((east + x, north + y) for x in (-1, 0, 1) for y in (-1, 0, 1)):
                for other, there in cells.get(cell, ()):
                    if lead(other) != lead(at) and math.dist(spot, there) <= TOGETHER_M:
                        leads[lead(at)] = lead(other)
            cells[east, north].append((at, spot))
    groups = defaultdict[int, list[int]](list)
    for at in range(len(paths)):
        groups[lead(at)].append(at)
    return list(groups.values())


def _dense(path: Sequence[Spot]) -> Iterator[Spot]:
    """Yield spots along a path, in metres, at most `_STEP_M` apart."""
    yield path[0]
    for one, two in pairwise(path):
        steps = math.ceil(math.dist(one, two) / _STEP_M)
        yield from ((one[0] + (two[0] - one[0]) * step / steps, one[1] + (two[1] - one[1]) * step / steps) for step in range(1, steps + 1))


def _metres(spot: Spot, here: tuple[float, float]) -> Spot:
    """Return a spot in metres east and north, by how long degrees of longitude and latitude are where all that is compared lies."""
    return spot[1] * here[0], spot[0] * here[1]


def _named(ar: str, en: str, pieces: Sequence[_Piece]) -> Named:
    """Return a thing by its pieces: its spot is the corner that is nearest to the middle of all."""
    corners = [spot for piece in pieces for spot in piece.spots]
    latitudes, longitudes = [spot[0] for spot in corners], [spot[1] for spot in corners]
    south, north, west, east = min(latitudes), max(latitudes), min(longitudes), max(longitudes)
    here = scale(south)
    middle = _metres(((south + north) / 2, (west + east) / 2), here)
    spot = min(corners, key=lambda each: math.dist(_metres(each, here), middle))
    reach = math.dist(_metres((south, west), here), _metres((north, east), here)) / 2
    return Named(ar, en, pieces[0].layer, Point(*spot), reach)
