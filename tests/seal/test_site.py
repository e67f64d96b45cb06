"""Geometry against slow, independent ways of working it out: Karney's geodesics, dense sampling, and brute force."""

from __future__ import annotations

import math

import pytest
from geographiclib.geodesic import Geodesic
from geographiclib.polygonarea import PolygonArea
from hypothesis import assume, given
from hypothesis import strategies as st

from seal import site as sites
from seal.area import MARGIN_M, Area
from seal.site import Fix, Offset, Point, Site
from tests.seal.rules import FEW, RULES, footprints
from tests.vectors.fixed import NOW

ALEXANDRIA = Point(31.2, 29.9)
ALL = Geodesic.ALL | Geodesic.LONG_UNROLL
CORNERS = st.tuples(st.integers(-2500, 2500), st.integers(-2500, 2500))


def place(origin: Point, metres: float, towards: float) -> Point:
    end = Geodesic.WGS84.Direct(origin.latitude, origin.longitude, towards, metres)
    return Point(end["lat2"], end["lon2"])


@RULES
@given(st.floats(30.5, 31.6), st.floats(29, 30.5), st.floats(0, 2000), st.floats(0, 360))
def test_the_plane_is_good_to_centimetres(latitude: float, longitude: float, metres: float, towards: float) -> None:
    origin = Point(latitude, longitude)
    there = sites.offset(origin, *place(origin, metres, towards))
    assert math.hypot(*there) == pytest.approx(metres, abs=1e-4 + 2e-8 * metres * metres)
    assert there.east == pytest.approx(metres * math.sin(math.radians(towards)), abs=1e-4 + 6e-8 * metres * metres)


@RULES
@given(st.floats(0.5, 20_000), st.floats(0, 360))
def test_distances_are_geodesics(metres: float, towards: float) -> None:
    there = place(ALEXANDRIA, metres, towards)
    assert sites.distance_m(Site(ALEXANDRIA, 40), *there) == pytest.approx(metres, abs=1e-5)
    bearing = sites.bearing_degrees(there, ALEXANDRIA)
    back = Geodesic.WGS84.Inverse(*there, *ALEXANDRIA)["azi1"] % 360
    assert 0 <= bearing <= 359
    assert min(abs(bearing - back), 360 - abs(bearing - back)) < 1


@FEW
@given(footprints(), st.floats(0, 150), st.floats(0, 360))
def test_distance_to_a_footprint_is_that_to_its_nearest_point(ring: tuple[tuple[int, int], ...], metres: float, towards: float) -> None:
    site, there = Site(ALEXANDRIA, 0, ring), place(ALEXANDRIA, metres, towards)
    spot = sites.offset(ALEXANDRIA, *there)
    corners = [(east / 10, north / 10) for east, north in ring]
    nearest = min(
        math.dist(spot, (a[0] + (b[0] - a[0]) * step / 400, a[1] + (b[1] - a[1]) * step / 400))
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
        for step in range(401)
    )
    assume(nearest > 0.05)  # on the edge itself either answer is right
    within = abs(_winding(corners, spot)) > math.pi
    assert sites.distance_m(site, *there) == pytest.approx(0.0 if within else nearest, abs=0.3)


def _winding(ring: list[tuple[float, float]], spot: Offset) -> float:
    """The angle that the ring turns around a spot: 2π inside, 0 outside (another way than even-odd)."""
    total = 0.0
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        turn = math.atan2(b[1] - spot[1], b[0] - spot[0]) - math.atan2(a[1] - spot[1], a[0] - spot[0])
        total += (turn + math.pi) % (2 * math.pi) - math.pi
    return total


def _cross(ring: list[tuple[int, int]]) -> bool:
    """Whether two edges that are no neighbours share a point, or two neighbours more than a corner: in exact fractions."""
    from fractions import Fraction

    edges = list(zip(ring, ring[1:] + ring[:1], strict=True))
    for i, (a, b) in enumerate(edges):
        for j, (c, d) in enumerate(edges[:i]):
            if (i - j) % len(edges) in (1, len(edges) - 1):
                continue
            dx, dy, ex, ey = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
            det = dx * ey - dy * ex
            if det:
                t = Fraction((c[0] - a[0]) * ey - (c[1] - a[1]) * ex, det)
                u = Fraction((c[0] - a[0]) * dy - (c[1] - a[1]) * dx, det)
                if 0 <= t <= 1 and 0 <= u <= 1:
                    return True
            elif (c[0] - a[0]) * dy == (c[1] - a[1]) * dx:  # on one line
                along = sorted((a, b)), sorted((c, d))
                if along[0][0] <= along[1][1] and along[1][0] <= along[0][1]:
                    return True
    return False


@RULES
@given(st.lists(CORNERS, min_size=3, max_size=7, unique=True))
def test_outlines_that_cross_are_noticed(ring: list[tuple[int, int]]) -> None:
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
    extent = max(max(abs(n) for n in axis) for axis in zip(*ring, strict=True))
    assume(extent <= 2500)
    assert sites.footprint_fault(ring) == ("footprint_invalid" if _cross(ring) or area == 0 else None)


@RULES
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=6))
def test_tight_outlines_that_cross_are_noticed(ring: list[tuple[int, int]]) -> None:
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
    good = len(set(ring)) == len(ring) and area != 0 and not _cross(ring)
    assert sites.footprint_fault(ring) == (None if good else "footprint_invalid")


def circle(corners: int) -> tuple[tuple[int, int], ...]:
    return tuple((round(2000 * math.cos(n * math.tau / corners)), round(2000 * math.sin(n * math.tau / corners))) for n in range(corners))


@pytest.mark.parametrize(
    ("ring", "fault"),
    [
        (((0, 0), (5000, 0), (5000, 5000)), None),
        (((0, 0), (5001, 0), (5000, 5000)), "footprint_too_large"),
        (((-2500, 0), (2500, 0), (0, 2501)), None),
        (((-2501, 0), (2500, 0), (0, 2500)), "footprint_too_large"),
        (((5001, 1), (5001, 10), (4990, 5)), "footprint_too_large"),  # small, but far from its point
        (circle(24), None),
        (circle(25), "footprint_invalid"),
        (((0, 0), (10, 0)), "footprint_invalid"),
        (((0, 0), (10, 10), (10, 0), (0, 10)), "footprint_invalid"),
        (((0, 0), (10, 0), (5, 0)), "footprint_invalid"),
        (((0, 0), (10, 0), (10, 10), (5, 0)), "footprint_invalid"),  # a corner on an edge
    ],
)
def test_limits_of_footprints(ring: tuple[tuple[int, int], ...], fault: str | None) -> None:
    assert sites.footprint_fault(ring) == fault


@RULES
@given(st.floats(0, 400), st.floats(0, 360), st.integers(1, 150), st.floats(0, 100))
def test_here_and_elsewhere_leave_a_gap_that_uncertainty_fills(metres: float, towards: float, radius: int, accuracy: float) -> None:
    from datetime import UTC, datetime

    from seal import verify as verifying
    from tests.vectors.making import held

    site = Site(ALEXANDRIA, radius)
    now = datetime.fromtimestamp(NOW, UTC)
    claims = held({"site": site})
    origin = claims.site.point
    found = verifying._site(claims, Fix(*place(origin, metres, towards), accuracy, now), now, True)
    uncertainty = 1.62 * accuracy
    if found.code == "site_here":
        assert metres + uncertainty < radius + 0.21
    elif found.code == "site_elsewhere":
        assert metres - uncertainty > radius - 0.11
    else:
        assert found.code == "site_too_close"
        assert abs(metres - radius) <= uncertainty + 0.21


def test_uncertainty_is_at_95_percent() -> None:
    from datetime import UTC, datetime

    now = datetime.fromtimestamp(NOW, UTC)
    assert Fix(0, 0, 10.0, now).uncertainty_m == pytest.approx(10 * math.sqrt(math.log(0.05) / math.log(0.32)), rel=0.002)
    assert Fix(0, 0, 10.0, now, 95).uncertainty_m == 10.0


BOX = Area([Point(31.24, 29.98), Point(31.24, 30.05), Point(31.30, 30.05), Point(31.30, 29.98)])


@RULES
@given(st.floats(31.23, 31.31), st.floats(29.97, 30.06))
def test_an_area_ends_50_m_outside_its_outline(latitude: float, longitude: float) -> None:
    nearest = Point(min(max(latitude, 31.24), 31.30), min(max(longitude, 29.98), 30.05))
    metres = Geodesic.WGS84.Inverse(latitude, longitude, *nearest)["s12"]
    assume(abs(metres - MARGIN_M) > 0.5)
    assert BOX.holds(Point(latitude, longitude)) == (metres < MARGIN_M)


def test_areas_need_three_corners() -> None:
    with pytest.raises(ValueError, match="three corners"):
        Area([Point(0, 0), Point(1, 1)])


def test_geographiclib_agrees_about_the_scale() -> None:
    """The area of a square of 0.01 degrees by the plane and by geodesics."""
    polygon = PolygonArea(Geodesic.WGS84)
    for corner in ((31.2, 29.9), (31.2, 29.91), (31.21, 29.91), (31.21, 29.9)):
        polygon.AddPoint(*corner)
    _, _, area = polygon.Compute()
    per_lon, per_lat = sites.scale(31.205)
    assert per_lon * per_lat * 1e-4 == pytest.approx(abs(area), rel=1e-6)
