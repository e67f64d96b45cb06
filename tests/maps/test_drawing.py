"""Streets lie where they are, under pictures of every span, with names that can be read."""

from __future__ import annotations

import math
import re
from itertools import combinations, pairwise

import pytest

from maps import Archive, draw, drawing, lettering, style
from maps.vector import LINE, Feature
from seal.area import Area
from seal.site import Point
from web.plan import SIDE, Frame

HERE = Point(31.262, 29.998)


def test_tiles_and_positions_are_those_of_the_world_s_grid() -> None:
    """The example of the OpenStreetMap wiki's page on slippy map tile names."""
    assert [math.floor(part) for part in drawing.column_row(Point(51.51202, 0.02435), 17)] == [65544, 43582]
    north_west = drawing.corner(65544, 43582, 17)
    assert math.isclose(north_west.latitude, 51.512161249555156, abs_tol=1e-9) and north_west.longitude == 0.02197265625
    assert drawing.column_row(Point(89.9, 0), 3)[1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("span", [200, 1_000, 5_000, 20_000, 60_000])
def test_a_corner_of_the_area_lies_where_the_plan_has_it(archive: Archive, area: Area, span: float) -> None:
    """The ground's outline passes through the area's own corners, to a unit of six hundred."""
    for corner in area.ring:
        frame = Frame(corner, span)
        (earth, *_) = draw(archive, frame, "ar").shapes
        spots = [spot for line in lines(earth.path) for spot in line]
        assert min(math.dist(spot, (SIDE / 2, SIDE / 2)) for spot in spots) < 1.0


def lines(path: str) -> list[list[tuple[float, float]]]:
    """Return an SVG path of ours as spots."""
    found = []
    for piece in re.findall(r"M([^Mz]*)", path):
        numbers = [float(number) for number in re.findall(r"-?[0-9.]+", piece)]
        x, y = numbers[:2]
        line = [(x, y)]
        for east, south in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + east, y + south
            line.append((x, y))
        found.append(line)
    return found


def test_nearer_shows_more(archive: Archive) -> None:
    shown = {span: draw(archive, Frame(HERE, span), "ar") for span in (400, 3_000, 40_000)}
    assert [len(each.shapes) for each in shown.values()] == [5, 5, 2]
    widths = [max(shape.width for shape in each.shapes) for each in shown.values()]
    assert widths == sorted(widths, reverse=True) and widths[0] > 15 and shown[3_000].labels and not shown[40_000].labels
    elsewhere = draw(archive, Frame(Point(-33.9, 18.4), 1_000), "ar")
    assert elsewhere.shapes == elsewhere.labels == () and elsewhere.invented


def test_names_are_in_the_reader_s_language_upright_and_apart(archive: Archive) -> None:
    arabic, english = (draw(archive, Frame(HERE, 1_200), language).labels for language in ("ar", "en"))
    assert arabic and all(re.match("(شارع|طريق) ", each.text) for each in arabic)
    assert english and all(each.text.isascii() for each in english)
    for labels in (arabic, english):
        assert all(-90 <= each.angle <= 90 and 0 < each.x < SIDE and 0 < each.y < SIDE for each in labels)
        assert all(math.dist(one[1:3], two[1:3]) > lettering.SIZE for one, two in combinations(labels, 2))


@pytest.mark.parametrize(
    ("line", "angle", "middle"),
    [
        ([(0, 300), (600, 300)], 0, (300, 300)),
        ([(600, 300), (0, 300)], 0, (300, 300)),
        ([(300, 600), (300, 0)], 90, (300, 300)),
        ([(-500, 100), (1100, 100)], 0, (300, 100)),
        ([(-400, -500), (1000, 900)], 45, (350, 250)),
        ([(100, 100), (100, 160), (500, 165), (560, 400)], 0.7, (300, 162.5)),
    ],
)
def test_a_name_stands_on_the_straightest_part(line: list[tuple[float, float]], angle: float, middle: tuple[float, float]) -> None:
    (label,) = lettering.place([(Feature(LINE, {"name": "شارع فؤاد"}, []), line)], "ar")
    assert abs(label.angle) == pytest.approx(angle, abs=0.1) and label[1:3] == pytest.approx(middle, abs=0.1)


def test_names_lie_on_their_streets(archive: Archive) -> None:
    streets = draw(archive, Frame(HERE, 1_200), "ar")
    ways = [line for shape in streets.shapes if shape.width for line in lines(shape.path)]
    for label in streets.labels:
        assert min(off(label[1:3], one, two) for line in ways for one, two in pairwise(line)) < 1


def off(spot: tuple[float, float], one: tuple[float, float], two: tuple[float, float]) -> float:
    """Return how far a spot is from a piece of a line."""
    (x, y), (east, south) = (spot[0] - one[0], spot[1] - one[1]), (two[0] - one[0], two[1] - one[1])
    share = min(max((x * east + y * south) / (east**2 + south**2 or 1), 0), 1)
    return math.hypot(x - east * share, y - south * share)


def test_what_has_no_room_has_no_name() -> None:
    bent = [(at * 8.0, 300 + (at % 2) * 40.0) for at in range(60)]
    short = [(300.0, 300.0), (330.0, 300.0)]
    beside = [(-200.0, 500.0), (500.0, 1300.0)]
    feature = Feature(LINE, {"name": "شارع فؤاد"}, [])
    assert lettering.place([(feature, bent), (feature, short), (feature, beside)], "ar") == ()


def test_the_town_s_streets_stay_on_its_ground(archive: Archive, area: Area) -> None:
    frame = Frame(area.ring[0], 3_000)
    roads = [shape for shape in draw(archive, frame, "ar").shapes if shape.width]
    ends = [spot for road in roads for line in lines(road.path) for spot in (line[0], line[-1])]
    within = [frame.point(x / SIDE, y / SIDE) for x, y in ends if 0 <= x <= SIDE and 0 <= y <= SIDE]
    assert len(within) > 20 and all(area.holds(point) for point in within)


def test_every_rule_draws_something_that_can_be_told_from_the_ground() -> None:
    colours = [rule.colour for rule in style.rules()]
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours) and len(set(colours)) == len(colours)
    assert {rule.layer for rule in style.rules()} <= style.LAYERS
