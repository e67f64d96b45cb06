"""Where a license is valid, where somebody stands, and how far apart the two are.

Coordinates are WGS 84 degrees. Small lengths are whole decimetres so that every language compares the same integers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from geographiclib.geodesic import Geodesic

RADIUS_MAX_M = 150
FOOTPRINT_EXTENT_DM = 5_000  # 500 m
FOOTPRINT_CORNERS_MAX = 24
CORNERS_USUAL = 4  # a house's; with more, edges that turn one way may go round twice
FOOTPRINT_MARGIN_M = 25  # how near the edge of a footprint still counts as there
PLANE_LIMIT_M = 2_000.0  # beyond this the local plane is not used
_A = 6_378_137.0  # WGS 84 semi-major axis, metres
_GEODESIC = Geodesic(_A / 1000, 1 / 298.257223563)  # on WGS 84 (Karney 2013), in kilometres, as geopy computes
_E2 = 6.694_379_990_141_316e-3  # first eccentricity squared

Corner = tuple[int, int]  # decimetres east and north of the site point


class Point(NamedTuple):
    """A position in WGS 84 degrees."""

    latitude: float
    longitude: float


class Site(NamedTuple):
    """A point with a radius in metres, or a point with a footprint (then the radius is 0)."""

    point: Point
    radius_m: int
    footprint: tuple[Corner, ...] = ()

    @property
    def reach_dm(self) -> int:
        """How far from the point, or from the footprint's edge, still counts as here, in decimetres."""
        return 10 * (FOOTPRINT_MARGIN_M if self.footprint else self.radius_m)


class Fix(NamedTuple):
    """A measured position. `accuracy_m` is a radius that holds the true place with `confidence` percent (68 or 95)."""

    latitude: float
    longitude: float
    accuracy_m: float
    measured_at: datetime
    confidence: int = 68
    source: str = ""

    @property
    def uncertainty_m(self) -> float:
        """The accuracy at 95 %. In two dimensions sqrt(ln 0.05 / ln 0.32) = 1.62 times the one at 68 %."""
        return self.accuracy_m if self.confidence == 95 else 1.62 * self.accuracy_m


class Offset(NamedTuple):
    """Metres east and north on the local plane of a site."""

    east: float
    north: float


def scale(latitude: float) -> tuple[float, float]:
    """Return metres per degree of longitude and of latitude at `latitude` (degrees), from the WGS 84 radii of curvature."""
    phi = math.radians(latitude)
    w = 1 - _E2 * math.sin(phi) ** 2
    normal = _A / math.sqrt(w)
    meridian = _A * (1 - _E2) / (w * math.sqrt(w))
    return math.radians(normal * math.cos(phi)), math.radians(meridian)


def offset(origin: Point, latitude: float, longitude: float) -> Offset:
    """Return where a position lies on the local plane at `origin`.

    At 31° north good to 1 cm at 700 m and 8 cm at 2 km; not for places farther than that.
    """
    per_lon, per_lat = scale(origin.latitude)
    return Offset((longitude - origin.longitude) * per_lon, (latitude - origin.latitude) * per_lat)


def distance_m(site: Site, latitude: float, longitude: float) -> float:
    """Return metres from a position to the site: to its point (geodesic), or to its footprint (0 inside)."""
    metres: float = 1000 * _GEODESIC.Inverse(*site.point, latitude, longitude, Geodesic.DISTANCE)["s12"]
    if not site.footprint or metres > PLANE_LIMIT_M:
        return metres
    here = offset(site.point, latitude, longitude)
    ring = [Offset(east / 10, north / 10) for east, north in site.footprint]
    return distance_to_ring(ring, here)


def bearing_degrees(start: Point, end: Point) -> int:
    """Return the initial bearing from `start` to `end`, whole degrees clockwise from north (0–359), on a sphere.

    Written with differences, as docs/format.md §9.2 has it: the textbook's formula subtracts two numbers that are nearly equal where the
    places are near, and then the last bits of each language's sines decide.
    """
    phi1, phi2 = math.radians(start.latitude), math.radians(end.latitude)
    delta_phi, delta = math.radians(end.latitude - start.latitude), math.radians(end.longitude - start.longitude)
    east = math.sin(delta) * math.cos(phi2)
    north = math.sin(delta_phi) + 2 * math.sin(phi1) * math.cos(phi2) * math.sin(delta / 2) ** 2
    return round(math.degrees(math.atan2(east, north))) % 360


def inside(ring: Sequence[Offset], spot: Offset) -> bool:
    """Say whether `spot` lies inside the ring, by the even-odd rule (a point exactly on the edge may fall either way)."""
    x, y = spot
    result = False
    previous = ring[-1]
    for corner in ring:
        if (corner[1] > y) != (previous[1] > y):
            crossing = (previous[0] - corner[0]) * (y - corner[1]) / (previous[1] - corner[1]) + corner[0]
            if x < crossing:
                result = not result
        previous = corner
    return result


def distance_to_ring(ring: Sequence[Offset], spot: Offset) -> float:
    """Return the distance from `spot` to the area of the ring, 0 inside, in the ring's unit."""
    if inside(ring, spot):
        return 0.0
    return min(_to_segment(spot, ring[i - 1], ring[i]) for i in range(len(ring)))


def _to_segment(spot: Offset, start: Offset, end: Offset) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    square = dx * dx + dy * dy
    along = 0.0
    if square > 0:
        along = min(1.0, max(0.0, ((spot[0] - start[0]) * dx + (spot[1] - start[1]) * dy) / square))
    return math.hypot(spot[0] - start[0] - along * dx, spot[1] - start[1] - along * dy)


def footprint_fault(corners: Sequence[Corner]) -> str | None:
    """Return the code of what is wrong with a footprint, or None.

    `footprint_invalid`: fewer than 3 or more than 24 corners, no area, a corner twice, or edges that cross;
    `footprint_too_large`: wider or higher than 500 m, or more than 500 m from the site point.
    """
    if not 3 <= len(corners) <= FOOTPRINT_CORNERS_MAX:
        return "footprint_invalid"
    easts, norths = zip(*corners, strict=True)
    if max(*easts, 0) - min(*easts, 0) > FOOTPRINT_EXTENT_DM or max(*norths, 0) - min(*norths, 0) > FOOTPRINT_EXTENT_DM:
        return "footprint_too_large"
    if len(corners) == CORNERS_USUAL and _turns_one_way(*corners):
        return None
    if len(set(corners)) != len(corners) or _crosses_itself(corners) or _double_area(corners) == 0:
        return "footprint_invalid"
    return None


def _double_area(ring: Sequence[Corner]) -> int:
    return sum(ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1] for i in range(len(ring)))


def _turn(a: Corner, b: Corner, c: Corner) -> int:
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def _turns_one_way(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Say whether four corners turn the same way at each: then they have an area, differ, and no edge crosses another."""
    first = _turn(a, b, c)
    return first != 0 and first == _turn(b, c, d) == _turn(c, d, a) == _turn(d, a, b)


def _touches(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Say whether the closed segments ab and cd share a point."""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    return any(
        turn == 0 and min(p[0], q[0]) <= r[0] <= max(p[0], q[0]) and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])
        for turn, p, q, r in zip(turns, (a, a, c, c), (b, b, d, d), (c, d, a, b), strict=True)
    )


def _crosses_itself(ring: Sequence[Corner]) -> bool:
    count = len(ring)
    return any(
        _touches(ring[i], ring[(i + 1) % count], ring[j], ring[(j + 1) % count])
        for i in range(count)
        for j in range(i + 2, count)
        if (j + 1) % count != i  # edges that share a corner touch there, and may
    )
