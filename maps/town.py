"""An invented town on real ground, for demonstrations and tests: streets by rule, with Arabic names, where nobody drew any for us.

It says so of itself (`khatm:invented`), and every map drawn from it does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seal.area import Area
from seal.site import Point, scale

from .drawing import column_row, corner
from .vector import LINE, POLYGON
from .writing import EXTENT, Drawn, archive, encode

ZOOMS = range(10, 15)
NAMES = (
    *(("النخيل", "Palm"), ("الياسمين", "Jasmine"), ("المنارة", "Lighthouse"), ("البحر", "Sea"), ("الصيادين", "Fishermen")),
    *(("الزيتون", "Olive"), ("الفنار", "Beacon"), ("السوق", "Market"), ("المدرسة", "School"), ("القناطر", "Arches")),
    *(("الورد", "Rose"), ("الميناء", "Harbour"), ("الرمال", "Sands"), ("النوارس", "Gulls"), ("المرجان", "Coral")),
)
ATTRIBUTION = "Khatm"
_TURNED = math.radians(-24)  # streets follow the coast
_MAJOR_M, _MINOR_M, _STEP_M = 900.0, 100.0, 50.0
_MINOR_FROM = 13
_Floats = NDArray[np.float64]


class _Ground(NamedTuple):
    """Metres east and north of an origin, by the town's own turned axes."""

    origin: Point
    per_lon: float
    per_lat: float

    def of(self, latitudes: _Floats, longitudes: _Floats) -> tuple[_Floats, _Floats]:
        east, north = (longitudes - self.origin.longitude) * self.per_lon, (latitudes - self.origin.latitude) * self.per_lat
        return east * math.cos(_TURNED) - north * math.sin(_TURNED), east * math.sin(_TURNED) + north * math.cos(_TURNED)

    def back(self, along: _Floats, across: _Floats) -> tuple[_Floats, _Floats]:
        east, north = along * math.cos(_TURNED) + across * math.sin(_TURNED), across * math.cos(_TURNED) - along * math.sin(_TURNED)
        return self.origin.latitude + north / self.per_lat, self.origin.longitude + east / self.per_lon


def build(areas: Sequence[Area]) -> bytes:
    """Return the map file of an invented town that fills the areas."""
    corners = [point for area in areas for point in area.ring]
    south, north = min(point.latitude for point in corners), max(point.latitude for point in corners)
    west, east = min(point.longitude for point in corners), max(point.longitude for point in corners)
    ground = _Ground(Point(south, west), *scale((south + north) / 2))
    tiles = (
        ((zoom, column, row), tile)
        for zoom in ZOOMS
        for column, row in _places(zoom, south, west, north, east)
        if (tile := _tile(areas, ground, zoom, column, row))
    )
    return archive(tiles, (south, west, north, east), {"attribution": ATTRIBUTION, "khatm:invented": True, "name": "Khatm's invented town"})


def _places(zoom: int, south: float, west: float, north: float, east: float) -> Iterator[tuple[int, int]]:
    left, top = column_row(Point(north, west), zoom)
    right, bottom = column_row(Point(south, east), zoom)
    yield from ((column, row) for row in range(int(top), int(bottom) + 1) for column in range(int(left), int(right) + 1))


def _tile(areas: Sequence[Area], ground: _Ground, zoom: int, column: int, row: int) -> bytes:
    first, last = corner(column, row, zoom), corner(column + 1, row + 1, zoom)
    near = [area for area in areas if _meets(area, first, last)]
    earth = [
        Drawn(POLYGON, {"kind": "earth"}, [[_unit(point, zoom, column, row) for point in (*area.ring, area.ring[0])]]) for area in near
    ]
    if not near:
        return b""
    roads = list(_roads(near, ground, zoom, column, row, minor=True)) if zoom >= _MINOR_FROM else []
    roads += _roads(near, ground, zoom, column, row, minor=False)
    return encode({"earth": earth, "roads": roads})


def _meets(area: Area, first: Point, last: Point) -> bool:
    latitudes, longitudes = [point.latitude for point in area.ring], [point.longitude for point in area.ring]
    tall = min(latitudes) < first.latitude and max(latitudes) > last.latitude
    return tall and min(longitudes) < last.longitude and max(longitudes) > first.longitude


def _unit(point: Point, zoom: int, column: int, row: int) -> tuple[int, int]:
    x, y = column_row(point, zoom)
    return round((x - column) * EXTENT), round((y - row) * EXTENT)


def _roads(areas: Sequence[Area], ground: _Ground, zoom: int, column: int, row: int, *, minor: bool) -> Iterator[Drawn]:
    """Streets both ways, as the parts of straight lines that lie within the areas and on the tile."""
    first, last = corner(column, row, zoom), corner(column + 1, row + 1, zoom)
    latitudes = np.array([first.latitude, first.latitude, last.latitude, last.latitude])
    longitudes = np.array([first.longitude, last.longitude, first.longitude, last.longitude])
    ends = ground.of(latitudes, longitudes)
    for way in (0, 1):
        low, high = (float(edge(ends[way])) for edge in (np.min, np.max))
        run = np.arange(float(ends[1 - way].min()), float(ends[1 - way].max()) + _STEP_M, _STEP_M)
        apart = _MINOR_M if minor else _MAJOR_M
        for number in range(math.ceil(low / apart), math.floor(high / apart) + 1):
            if minor and (number * _MINOR_M) % _MAJOR_M == 0:
                continue
            fixed = np.full_like(run, number * apart)
            there = ground.back(*((fixed, run) if way == 0 else (run, fixed)))
            paths = [path for path in _runs(areas, there, zoom, column, row) if len(path) > 1]
            if paths:
                yield Drawn(LINE, _called(number, way, minor=minor), paths)


def _called(number: int, way: int, *, minor: bool) -> dict[str, str]:
    arabic, english = NAMES[(number * 7 + way * 4) % len(NAMES)]
    kind = "شارع" if minor else "طريق"
    road = "Street" if minor else "Road"
    said = {"name": f"{kind} {arabic} {abs(number)}", "name:en": f"{english} {road} {abs(number)}"}
    return {"kind": "minor_road" if minor else "major_road", **said, "name:ar": said["name"]}


def _runs(areas: Sequence[Area], there: tuple[_Floats, _Floats], zoom: int, column: int, row: int) -> list[list[tuple[int, int]]]:
    latitudes, longitudes = there
    first, last = corner(column, row, zoom), corner(column + 1, row + 1, zoom)
    tall, wide = (first.latitude - last.latitude) / 16, (last.longitude - first.longitude) / 16
    kept = (latitudes < first.latitude + tall) & (latitudes > last.latitude - tall)
    kept &= (longitudes > first.longitude - wide) & (longitudes < last.longitude + wide)
    kept &= np.logical_or.reduce([_inside(area, latitudes, longitudes) for area in areas])
    edges = np.flatnonzero(np.diff(np.concatenate(([False], kept, [False])).astype(int)))
    runs = ((int(start), int(end) - 1) for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start > 1)
    return [[_unit(Point(float(latitudes[at]), float(longitudes[at])), zoom, column, row) for at in run] for run in runs]


def _inside(area: Area, latitudes: _Floats, longitudes: _Floats) -> NDArray[np.bool_]:
    """Whether points lie in a polygon, by counting the edges to their east."""
    inside = np.zeros(latitudes.shape, dtype=bool)
    for one, two in zip(area.ring, (*area.ring[1:], area.ring[0]), strict=True):
        if one.latitude == two.latitude:
            continue
        crossed = (one.latitude > latitudes) != (two.latitude > latitudes)
        at = one.longitude + (latitudes - one.latitude) * (two.longitude - one.longitude) / (two.latitude - one.latitude)
        inside ^= crossed & (longitudes < at)
    return inside
