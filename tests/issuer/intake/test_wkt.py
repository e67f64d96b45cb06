"""Well-known text as databases and people's programs write it, and as we do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.intake import wkt
from issuer.intake.positions import of_one

#: As PostGIS writes them (ST_AsText, ST_AsEWKT, with heights and measures), shapely, and QGIS into cells.
POINTS = (
    *("POINT(30.005 31.275)", "SRID=4326;POINT(30.005 31.275)", "POINT Z (30.005 31.275 12.5)", "POINTZ(30.005 31.275 12)"),
    *("POINT (30.005 31.275)", "PointZM (30.005 31.275 12.5 0)", "POINT M (30.005 31.275 1)", "srid = 4326 ; point ( 30.005 31.275 )"),
)
RING = "30.005 31.275, 30.006 31.275, 30.006 31.276, 30.005 31.275"
POLYGONS = (
    *(f"POLYGON(({RING}))", f"POLYGON (({RING}))", f"SRID=4326;POLYGON(({RING.replace(', ', ',')}))", f"MultiPolygon((({RING})))"),
    *(f"POLYGON Z (({RING.replace(',', ' 12.5,')} 12.5))", f"POLYGONZ(({RING.replace(',', ' 0,')} 0))"),
)
DEGREES = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@pytest.mark.parametrize("text", POINTS)
def test_a_point_as_programs_write_it(text: str) -> None:
    assert wkt.read_point(text) == ("30.005", "31.275")
    place = of_one(text, "position")
    assert (place.point.latitude, place.point.longitude, place.step) == (31.275, 30.005, pytest.approx(0.001))


@pytest.mark.parametrize("text", POLYGONS)
def test_a_polygon_as_programs_write_it(text: str) -> None:
    assert wkt.read_ring(text) == [(30.005, 31.275), (30.006, 31.275), (30.006, 31.276), (30.005, 31.275)]
    assert wkt.is_outline(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"SRID=22992;POLYGON(({RING}))", "SRID 22992, not 4326"),
        (f"MULTIPOLYGON((({RING})), (({RING})))", "not a polygon of one ring"),
        (f"POLYGON(({RING}), ({RING}))", "not a polygon of one ring"),
        ("POLYGON EMPTY", "not a polygon of one ring"),
        ("POINT(30.005 31.275)", "not a polygon of one ring"),
        ("POLYGON((30 1e9, 30 31))", "not a polygon of one ring"),
    ],
)
def test_what_is_no_polygon_says_why(text: str, why: str) -> None:
    with pytest.raises(wkt.WktError, match=f"^{why}$"):
        wkt.read_ring(text)


@given(st.lists(DEGREES, min_size=1, max_size=24))
def test_what_is_written_is_read_again(corners: list[tuple[float, float]]) -> None:
    read = wkt.read_ring(wkt.write_polygon(corners, decimals=12))
    assert read[0] == read[-1] and len(read) == len(corners) + 1
    for (longitude, latitude), corner in zip(corners, read, strict=False):
        assert corner == (pytest.approx(longitude, abs=1e-11), pytest.approx(latitude, abs=1e-11))
