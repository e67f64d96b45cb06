"""Names on the office's own map: none covers another, none stands where its authority is not seen."""

import itertools

import pytest

from seal.area import Area
from seal.site import Point
from web import plan
from web.plan import LETTER, LINE, SIDE, Frame, Plan

MIDDLE = Point(31.2, 29.9)


def square(latitude: float, longitude: float, side: float) -> Area:
    """An area with its south-western corner there, `side` degrees a side."""
    return Area(tuple(Point(latitude + north, longitude + east) for north, east in ((0, 0), (0, side), (side, side), (side, 0))))


def drawn(areas: dict[str, Area], names: dict[str, str], *, span: float = 20_000) -> Plan:
    return plan.draw(Frame(MIDDLE, span), areas.items(), names=names)


def test_the_more_important_name_stays_where_two_would_cover_each_other() -> None:
    areas = {"A": square(31.2, 29.9, 0.02), "B": square(31.201, 29.901, 0.018), "C": square(31.12, 29.82, 0.02)}
    placed = drawn(areas, {"B": "Second", "A": "First", "C": "Far away"}).names
    assert [name for name, *_ in placed] == ["Second", "Far away"]
    for (one, x, y), (other, u, v) in itertools.combinations(placed, 2):
        assert abs(y - v) > LINE or abs(x - u) > (len(one) + len(other)) * LETTER / 2


def test_an_area_out_of_sight_has_no_name_although_its_box_reaches_in() -> None:
    corners = ((31.30, 29.70), (31.30, 30.10), (31.10, 30.10), (31.295, 30.09))
    bent = Area(tuple(Point(*corner) for corner in corners))
    assert drawn({"A": bent}, {"A": "Bent"}, span=2_000).names == ()


@pytest.mark.parametrize("where", [(31.19, 29.78), (31.19, 29.985)])
def test_a_name_keeps_within_the_picture(where: tuple[float, float]) -> None:
    ((name, x, _),) = drawn({"A": square(*where, 0.03)}, {"A": "A name of some length"}).names
    assert len(name) * LETTER / 2 <= x <= SIDE - len(name) * LETTER / 2


def test_around_a_place_the_name_stands_at_the_top() -> None:
    ((_, x, y),) = drawn({"A": square(31.1, 29.8, 0.2)}, {"A": "Around"}, span=200).names
    assert x == SIDE / 2 and y < SIDE / 8
