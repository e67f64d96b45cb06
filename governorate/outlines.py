"""Whether one area covers another. Corners are [latitude, longitude]; everything is reckoned exactly, in whole millionths of a degree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

_MICRO = 1_000_000  # as areas travel in the trust list

Number = int | Fraction
Corner = tuple[Number, Number]
Edge = tuple[Corner, Corner]
Ring = Sequence[Sequence[float]]


def same(one: Ring, other: Ring) -> bool:
    """Return whether two outlines have the same corners as the trust list carries them."""
    return _corners(one) == _corners(other)


def simple(ring: Ring) -> bool:
    """Return whether no two edges of an outline cross."""
    edges = _edges(_corners(ring))
    return not any(_cross(edge, other) for number, edge in enumerate(edges) for other in edges[:number])


def covers(larger: Ring, smaller: Ring) -> bool:
    """Return whether every point of the outline `smaller` lies in `larger` or on its edge. Both are simple.

    An outline is a disc, so it is enough to look at the edges of `smaller`: none crosses an edge of `larger`, and no piece of one between
    two corners of `larger` lies outside.
    """
    outer = _corners(larger)
    around = _edges(outer)
    return all(
        not any(_cross(edge, other) for other in around) and all(_holds(outer, around, middle) for middle in _middles(edge, outer))
        for edge in _edges(_corners(smaller))
    )


def _corners(ring: Ring) -> list[Corner]:
    return [(round(latitude * _MICRO), round(longitude * _MICRO)) for latitude, longitude in ring]


def _edges(corners: list[Corner]) -> list[Edge]:
    return [(corners[number - 1], corner) for number, corner in enumerate(corners)]


def _side(edge: Edge, point: Corner) -> int:
    """Return on which side of an edge a point lies: 1, -1, or 0 on the line through it."""
    (a, b), (c, d) = edge
    turn = (c - a) * (point[1] - b) - (d - b) * (point[0] - a)
    return (turn > 0) - (turn < 0)


def _cross(one: Edge, other: Edge) -> bool:
    """Return whether two edges cross at a point that is an end of neither."""
    return _side(one, other[0]) * _side(one, other[1]) < 0 and _side(other, one[0]) * _side(other, one[1]) < 0


def _on(edge: Edge, point: Corner) -> bool:
    between = all(min(edge[0][axis], edge[1][axis]) <= point[axis] <= max(edge[0][axis], edge[1][axis]) for axis in (0, 1))
    return between and _side(edge, point) == 0


def _middles(edge: Edge, corners: list[Corner]) -> Iterator[Corner]:
    """Yield the middle of each piece into which `corners` divide an edge."""
    stops = sorted({*edge, *(corner for corner in corners if _on(edge, corner))})
    for one, other in pairwise(stops):
        yield Fraction(one[0] + other[0]) / 2, Fraction(one[1] + other[1]) / 2


def _holds(corners: list[Corner], edges: list[Edge], point: Corner) -> bool:
    """Return whether a point lies inside or on the outline, by even-odd."""
    if any(_on(edge, point) for edge in edges):
        return True
    inside = False
    for (lat1, lon1), (lat2, lon2) in edges:
        if (lat1 > point[0]) != (lat2 > point[0]):
            inside ^= point[1] < Fraction(lon2 - lon1) * (point[0] - lat1) / (lat2 - lat1) + lon1
    return inside
