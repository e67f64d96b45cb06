"""Our own map: an authority's outline, what is near by, the chosen spot. North is up, nothing is fetched from anywhere.

A frame is a square of ground; a click on its picture is a position. It is drawn by the server, so picking a site works without a script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from seal.area import Area
from seal.site import Point, Site, scale

SIDE = 600.0  # units of the picture
LINE = 34.0  # how high a name is, in these units
LETTER = 15.0  # how wide a letter is at the most, on the average
NARROWEST_M = 120.0
LEVELS = range(12)
_MARGIN = 1.08
_BARS = (10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10)  # metres


class Frame(NamedTuple):
    """A square of ground around `centre`, `span` metres a side."""

    centre: Point
    span: float

    def point(self, x: float, y: float) -> Point:
        """Return the position at a share (0–1) of the picture, from its left and its top edge."""
        east, north = (x - 0.5) * self.span, (0.5 - y) * self.span
        per_lon, per_lat = scale(self.centre.latitude)
        return Point(self.centre.latitude + north / per_lat, self.centre.longitude + east / per_lon)

    def place(self, point: Point) -> tuple[float, float]:
        """Return where a position is in the picture, in its units, y downwards."""
        return self.places((point,))[0]

    def places(self, points: Iterable[Point]) -> list[tuple[float, float]]:
        """Return the same of many, for which metres per degree are reckoned once: on the plane of `seal.site.offset`."""
        (south, west), span = self.centre, self.span
        per_lon, per_lat = scale(south)
        return [
            (round(SIDE * (0.5 + (longitude - west) * per_lon / span), 1), round(SIDE * (0.5 - (latitude - south) * per_lat / span), 1))
            for latitude, longitude in points
        ]

    def moved(self, x: float, y: float) -> Frame:
        """Return the frame that many sides to the east and to the north."""
        return self._replace(centre=self.point(0.5 + x, 0.5 - y))


def box(frame: Frame) -> tuple[float, float, float, float]:
    """Return south, west, north and east of a frame, degrees."""
    low, high = frame.point(0, 1), frame.point(1, 0)
    return low.latitude, low.longitude, high.latitude, high.longitude


def box_text(frame: Frame) -> str:
    """Return the same for a script: a space between."""
    return " ".join(f"{degrees:.7f}" for degrees in box(frame))


class Plan(NamedTuple):
    """What the picture shows, in its units."""

    areas: tuple[tuple[str, str], ...]  # code, points of its polygon
    names: tuple[tuple[str, float, float], ...]  # a name and its middle, of the areas whose name has room
    dots: tuple[tuple[float, float, str], ...]  # neighbours, with their type
    spot: tuple[float, float] | None
    radius: float
    outline: str
    corners: tuple[tuple[float, float], ...]
    bar: float
    bar_metres: int


def frame_of(areas: Iterable[Area], *, level: int = 0, centre: Point | None = None) -> Frame:
    """Return the frame that holds `areas`, or at `level` a part of it that many times halved, around `centre`."""
    corners = [corner for area in areas for corner in area.ring] or [Point(31.2, 29.9)]
    south, north = min(c.latitude for c in corners), max(c.latitude for c in corners)
    west, east = min(c.longitude for c in corners), max(c.longitude for c in corners)
    middle = Point((south + north) / 2, (west + east) / 2)
    per_lon, per_lat = scale(middle.latitude)
    whole = max((north - south) * per_lat, (east - west) * per_lon, 1_000.0) * _MARGIN
    span = max(whole / 2 ** min(max(level, 0), LEVELS[-1]), NARROWEST_M)
    return Frame(centre if centre is not None and level > 0 else middle, span)


def draw(
    frame: Frame,
    areas: Iterable[tuple[str, Area]],
    near: Iterable[tuple[Point, str]] = (),
    *,
    spot: Point | None = None,
    radius_m: float = 0,
    outline: Sequence[Point] = (),
    names: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    """Return what the picture of `frame` shows. `names` are those of the areas, the most important first."""
    unit = SIDE / frame.span
    shapes = {code: frame.places(area.ring) for code, area in areas}
    metres = next((bar for bar in _BARS if bar * unit <= SIDE / 3.5), _BARS[-1])
    corners = tuple(frame.places(outline))
    dots = tuple((*frame.place(point), type_) for point, type_ in near)
    return Plan(
        tuple((code, _points(places)) for code, places in shapes.items()),
        _lettered(shapes, names),
        dots,
        frame.place(spot) if spot else None,
        round(radius_m * unit, 1),
        _points(corners),
        corners,
        round(metres * unit, 1),
        metres,
    )


def footprint(site: Site) -> list[Point]:
    """Return the corners of a site's footprint, degrees WGS 84; none for a site of a point and a radius."""
    per_lon, per_lat = scale(site.point.latitude)
    here = site.point
    return [Point(here.latitude + north / 10 / per_lat, here.longitude + east / 10 / per_lon) for east, north in site.footprint]


def _lettered(shapes: Mapping[str, Sequence[tuple[float, float]]], names: Mapping[str, str]) -> tuple[tuple[str, float, float], ...]:
    """Return names with their middles, leaving out what would cover another. Around a place, a name stands at the top."""
    placed: list[tuple[str, float, float]] = []
    for code, name in names.items():
        seen = _seen(shapes.get(code, ()))
        if not seen:
            continue
        left, right, top, bottom = (edge(place[axis] for place in seen) for axis in (0, 1) for edge in (min, max))
        half = len(name) * LETTER / 2
        x = min(max((left + right) / 2, half), SIDE - half)
        y = 1.5 * LINE if bottom - top == SIDE else (top + bottom) / 2 + LINE / 3
        free = all(abs(y - other_y) > LINE or abs(x - other_x) > half + len(other) * LETTER / 2 for other, other_x, other_y in placed)
        if free and right - left > LINE and bottom - top > LINE / 2:
            placed.append((name, round(x, 1), round(y, 1)))
    return tuple(placed)


def _seen(ring: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the part of a polygon within the picture (Sutherland and Hodgman, 1974)."""
    kept = list(ring)
    for axis, edge, side in ((0, 0.0, 1), (0, SIDE, -1), (1, 0.0, 1), (1, SIDE, -1)):
        corners, kept = kept, []
        for before, here in zip(corners[-1:] + corners[:-1], corners, strict=True):
            inside = [(place[axis] - edge) * side >= 0 for place in (before, here)]
            if inside[0] != inside[1]:
                share = (edge - before[axis]) / (here[axis] - before[axis])
                other = before[1 - axis] + share * (here[1 - axis] - before[1 - axis])
                kept.append((edge, other) if axis == 0 else (other, edge))
            if inside[1]:
                kept.append(here)
    return kept


def _points(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)
