"""Outlines: WKT in, decimetres around the site point out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.intake.footprints import corners, inside_point, parse
from seal.errors import LicenseError
from seal.site import Offset, Point, footprint_fault, inside, scale

ORIGIN = Point(31.275, 30.005)
EAST, NORTH = scale(ORIGIN.latitude)


def wkt(*metres: tuple[float, float], close: bool = True) -> str:
    """The outline through corners given in metres east and north of ORIGIN."""
    ring = [*metres, metres[0]] if close else list(metres)
    return "POLYGON((" + ", ".join(f"{ORIGIN.longitude + x / EAST:.9f} {ORIGIN.latitude + y / NORTH:.9f}" for x, y in ring) + "))"


def circle(corners_: int, radius: float = 20) -> list[tuple[float, float]]:
    return [(radius * math.cos(2 * math.pi * i / corners_), radius * math.sin(2 * math.pi * i / corners_)) for i in range(corners_)]


SQUARE = ((-10, -10), (10, -10), (10, 10), (-10, 10))


def test_corners_are_decimetres_from_the_site_point() -> None:
    assert parse(wkt(*SQUARE), ORIGIN) == ((-100, -100), (100, -100), (100, 100), (-100, 100))
    assert parse("", ORIGIN) == parse(" ", ORIGIN) == ()
    assert parse(wkt(*SQUARE).lower().replace("((", " ( (").replace(", ", ","), ORIGIN)
    assert len(parse(wkt(*circle(24)), ORIGIN)) == 24


def test_corners_within_a_decimetre_are_one() -> None:
    assert len(parse(wkt((-10, -10), (-10.001, -10), (10, -10), (10, 10)), ORIGIN)) == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (wkt(*SQUARE, close=False), "footprint_invalid"),
        (wkt((0, 0), (10, 10), (10, 0), (0, 10)), "footprint_invalid"),
        (wkt((0, 0), (10, 0)), "footprint_invalid"),
        (wkt((0, 0), (10, 0), (20, 0)), "footprint_invalid"),
        (wkt((0, 0), (0.01, 0), (0, 0.01)), "footprint_invalid"),
        (wkt(*circle(25)), "footprint_invalid"),
        (wkt((0, 0), (501, 0), (0, 10)), "footprint_too_large"),
        (wkt((490, 0), (510, 0), (500, 10)), "footprint_too_large"),
        ("POINT(30.005 31.275)", "footprint_invalid"),
        ("POLYGON((30 31, 30.1 31, 30.1 31.1, 30 31), (30 31, 30.1 31, 30.1 31.1, 30 31))", "footprint_invalid"),
        ("POLYGON((30 91, 30.1 91, 30.1 91.1, 30 91))", "footprint_invalid"),
        ("POLYGON((30 nan, 30.1 31, 30.1 31.1, 30 nan))", "footprint_invalid"),
        ("POLYGON EMPTY", "footprint_invalid"),
        ("POLYGON((" + "30 31, " * 5000, "footprint_invalid"),
    ],
)
def test_other_outlines_are_refused(text: str, code: str) -> None:
    with pytest.raises(LicenseError) as refused:
        parse(text, ORIGIN)
    assert (refused.value.code, refused.value.field) == (code, "footprint")


@given(st.text(alphabet="POLYGON() 0123456789.,-", max_size=80) | st.text(max_size=80))
def test_whatever_is_read_is_a_footprint_or_refused(text: str) -> None:
    try:
        found = parse(text, ORIGIN)
    except LicenseError as refused:
        assert refused.code in {"footprint_invalid", "footprint_too_large"}
    else:
        assert not found or footprint_fault(found) is None


@given(st.lists(st.floats(5, 200), min_size=3, max_size=24))
def test_the_inside_point_is_inside(radii: list[float]) -> None:
    ring = [(r * math.cos(2 * math.pi * i / len(radii)), r * math.sin(2 * math.pi * i / len(radii))) for i, r in enumerate(radii)]
    point = inside_point(wkt(*ring))
    assert point is not None
    degrees = [Offset(longitude, latitude) for longitude, latitude in corners(wkt(*ring))]
    assert inside(degrees, Offset(point.longitude, point.latitude))


def test_no_inside_point_of_what_is_no_outline() -> None:
    assert inside_point("") is None
    assert inside_point("POLYGON((") is None
    assert inside_point(wkt((0, 0), (10, 0), (20, 0))) is None
