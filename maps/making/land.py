"""The land within a box, from coastlines: OpenStreetMap has no sea, but every coast has the land on its left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from shapely.geometry import LineString, Point, box, mapping
from shapely.ops import linemerge, polygonize, unary_union

Spot = tuple[float, float]  # longitude and latitude, degrees
_BESIDE = 1e-6  # degrees, a decimetre


def polygons(coasts: Sequence[Sequence[Spot]], within: tuple[float, float, float, float]) -> list[dict[str, Any]]:
    """Return the land as GeoJSON polygons; all of the box (west, south, east, north) where it has no coast.

    A coast that ends inside the box parts nothing: land and sea beside it are then land, where streets can be seen.
    """
    ground = box(*within)
    lines = [line for coast in coasts if len(coast) > 1 and not (line := LineString(coast).intersection(ground)).is_empty]
    if not lines:
        return [dict(mapping(ground))]
    merged = linemerge(unary_union(lines)) if len(lines) > 1 else lines[0]
    faces = list(polygonize(unary_union([ground.boundary, merged])))
    left, right = _sides(coasts, ground)
    return [dict(mapping(face)) for face in faces if _is_land(face, left, right)]


def _sides(coasts: Sequence[Sequence[Spot]], ground: Any) -> tuple[list[Point], list[Point]]:
    """Return a point to the left and one to the right of every piece of coast within the box."""
    left, right = list[Point](), list[Point]()
    for coast in coasts:
        for (west, south), (east, north) in pairwise(coast):
            x, y, length = (west + east) / 2, (south + north) / 2, math.hypot(east - west, north - south)
            if length == 0 or not ground.contains(Point(x, y)):
                continue
            across, up = -(north - south) / length * _BESIDE, (east - west) / length * _BESIDE
            left.append(Point(x + across, y + up))
            right.append(Point(x - across, y - up))
    return left, right


def _is_land(face: Any, left: Sequence[Point], right: Sequence[Point]) -> bool:
    """Say whether coast has this face on its left; a little of it may be a way drawn backwards. A face without any coast is land."""
    land, sea = (sum(1 for point in side if face.contains(point)) for side in (left, right))
    return land * 10 >= sea
