"""The way around a day's stops, beside the shortest there is."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from bench.route import exact, stops
from inspections.planning import route
from seal.site import Point


def shortest(table: route.Matrix) -> float:
    """Held and Karp (1962): exact, for a few stops."""
    count = len(table)
    best = {(1 << k, k): table[0][k] for k in range(1, count)}
    for size in range(2, count):
        for group in combinations(range(1, count), size):
            bits = sum(1 << k for k in group)
            for k in group:
                rest = bits & ~(1 << k)
                best[bits, k] = min(best[rest, j] + table[j][k] for j in group if j != k)
    everything = (1 << count) - 2
    return min(best[everything, k] + table[k][0] for k in range(1, count))


@pytest.mark.parametrize("seed", range(6))
def test_thirteen_stops_or_fewer_beside_the_exact_tour(seed: int) -> None:
    points = stops(seed, random.Random(seed).randint(4, 11))
    table = route.matrix(points)
    ours, least = route.length(table, route.tour(points)), shortest(table)
    assert least - 1e-6 <= ours <= 1.10 * least
    assert exact(table) == pytest.approx(least), "the bench's exact method finds the same"


def test_thirteen_stops() -> None:
    points = stops(99, 13)
    table = route.matrix(points)
    assert route.length(table, route.tour(points)) <= 1.10 * shortest(table)


@pytest.mark.parametrize("seed", range(3))
def test_thirty_stops_beside_the_exact_tour(seed: int) -> None:
    points = stops(seed)
    table = route.matrix(points)
    order = route.tour(points, 7)
    assert sorted(order) == list(range(30)) and order[0] == 7
    assert route.length(table, order) <= 1.10 * exact(table)


def test_the_walk_is_no_list_as_it_came() -> None:
    points = stops(5)
    table = route.matrix(points)
    assert route.length(table, route.tour(points)) < 0.7 * route.length(table, range(30))


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_stops(count: int) -> None:
    points = [Point(31.2, 29.9 + at / 100) for at in range(count)]
    assert sorted(route.tour(points)) == list(range(count))


def test_many_stops_in_one_house() -> None:
    assert sorted(route.tour([Point(31.2, 29.9)] * 12)) == list(range(12))


def test_distances_are_geodesic() -> None:
    [[_, there], [back, _]] = route.matrix([Point(31.2, 29.9), Point(31.2, 30.0)])
    assert there == back == pytest.approx(9531.2, abs=1)  # GeodSolve -i on WGS 84
