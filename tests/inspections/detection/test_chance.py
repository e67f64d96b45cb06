"""The formulas beside tables, and beside simulations."""

from __future__ import annotations

import math
import random

import pytest

from inspections.detection import chance, names
from inspections.detection.geometry import Near, error_m, metres
from inspections.detection.records import Position
from seal.site import Point, Site, distance_m


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],  # Newcombe 1998, table I
)
def test_wilson(hits: int, of: int, low: float, high: float) -> None:
    assert chance.wilson(hits, of) == pytest.approx((low, high), abs=5e-5)


def test_wilson_of_nothing() -> None:
    assert chance.wilson(0, 0) == (0.0, 1.0)


def test_none_of_beside_a_simulation() -> None:
    drawn = random.Random(3)
    mean, spread = 0.3, 0.1
    a, b = mean * (1 / spread - 1), (1 - mean) * (1 / spread - 1)
    empty = sum(all(drawn.random() >= rate for _ in range(8)) for rate in (drawn.betavariate(a, b) for _ in range(40_000)))
    assert chance.none_of(8, mean, spread) == pytest.approx(empty / 40_000, rel=0.05)
    assert chance.none_of(8, mean, 0) == pytest.approx(0.7**8)
    assert (chance.none_of(0, 0.3, 0.1), chance.none_of(5, 0, 0.1), chance.none_of(5, 1, 0.1)) == (1.0, 1.0, 0.0)


def test_the_spread_that_was_put_in_comes_out() -> None:
    drawn = random.Random(5)
    groups = [(sum(drawn.random() < rate for _ in range(60)), 60) for rate in (drawn.betavariate(3, 7) for _ in range(600))]
    assert chance.spread(groups) == pytest.approx(1 / 11, abs=0.02)
    level = [(sum(drawn.random() < 0.3 for _ in range(60)), 60) for _ in range(600)]
    assert chance.spread(level) < 0.01
    assert chance.spread([(3, 5)]) == chance.spread([]) == chance.spread([(1, 1), (0, 1)]) == 0.0


def test_discoveries_of_benjamini_and_hochberg() -> None:
    """The example of their paper: fifteen p values, four discoveries at 5 %."""
    paper = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    assert chance.discoveries(paper[::-1], 0.05) == 0.0095
    assert chance.discoveries([0.9, 0.2], 0.05) == 0.0 == chance.discoveries([], 0.05)


def test_errors_as_the_accuracy_says() -> None:
    drawn, sigma = random.Random(8), 10 / 1.5096
    one = Position(Point(31.2, 29.9), 10.0)
    apart = sorted(math.dist(*((drawn.gauss(0, sigma), drawn.gauss(0, sigma)) for _ in "ab")) for _ in range(20_000))
    assert error_m(one, one, 0.05) == pytest.approx(apart[19_000], rel=0.03)


@pytest.mark.parametrize("other", [Point(31.2004, 29.9), Point(31.21, 29.91), Point(31.3, 30.1), Point(30.0, 31.2)])
def test_distances_are_geodesic(other: Point) -> None:
    here = Point(31.2, 29.9)
    assert metres(here, other) == pytest.approx(distance_m(Site(here, 0), other.latitude, other.longitude), rel=1e-4)


def test_who_is_near_is_who_looking_at_all_finds() -> None:
    drawn = random.Random(1)
    points = [Point(31.2 + drawn.uniform(-0.02, 0.02), 29.9 + drawn.uniform(-0.02, 0.02)) for _ in range(400)]
    near = Near((point, at) for at, point in enumerate(points))
    for radius in (10, 199, 201, 1000):
        looked = {at for at, point in enumerate(points) if metres(points[0], point) <= radius}
        assert {at for _, at in near.within(points[0], radius)} == looked


@pytest.mark.parametrize(
    ("one", "two", "least", "most"),
    [
        ("مخبز الأمل", "مخبز الامل", 0.99, 1),
        ("مقهى البحر", "مقهي البحر", 0.99, 1),
        ("مَخْبَزُ الأَمَل", "مخبز الأمل", 0.99, 1),
        ("مخبز الأمل", "الأمل", 1, 1),
        ("الهرم بلازا", "الهرم بلزا", 0.9, 1),
        ("مخبز الأمل", "النور للمحمول", 0, 0.5),
        ("Café Riche", "CAFE RICHE", 1, 1),
    ],
)
def test_likeness(one: str, two: str, least: float, most: float) -> None:
    found = names.likeness(one, two)
    assert found is not None and least <= found <= most and names.likeness(two, one) == found


def test_names_that_nobody_can_compare() -> None:
    assert names.likeness("مخبز الأمل", "El Amal") is None
    assert names.likeness("", "مخبز") is None and names.likeness("— ؟", "مخبز") is None
