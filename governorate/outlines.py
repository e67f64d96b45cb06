"""Whether one area covers or overlaps another, reckoned exactly. Corners are [latitude, longitude], in whole millionths of a degree."""

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


def overlap(one: Ring, other: Ring) -> bool:
    """Return whether two simple outlines have ground in common; a border that they share is none."""
    return _enters(one, other) or _enters(other, one) or covers(one, other)


def within(ring: Ring, share: float = 0.5) -> tuple[float, float]:
    """Return a point inside a simple outline, in degrees: on its widest chord that runs west to east, `share` of its length along."""
    corners = _corners(ring)
    heights = sorted({corner[0] for corner in corners})
    chords = [chord for low, high in pairwise(heights) for chord in _chords(corners, Fraction(low + high) / 2)]
    latitude, west, east = max(chords, key=lambda chord: chord[2] - chord[1])
    return float(latitude) / _MICRO, (float(west) + share * float(east - west)) / _MICRO


def _chords(corners: list[Corner], latitude: Fraction) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
    """Yield the pieces of a parallel that lie inside, as (latitude, west, east); no corner lies on it."""
    crossed = sorted(
        Fraction(lon2 - lon1) * (latitude - lat1) / (lat2 - lat1) + lon1
        for (lat1, lon1), (lat2, lon2) in _edges(corners)
        if (lat1 > latitude) != (lat2 > latitude)
    )
    for west, east in zip(crossed[::2], crossed[1::2], strict=True):
        yield latitude, west, east


def _enters(one: Ring, other: Ring) -> bool:
    """Return whether a piece of an edge of `one` lies truly inside `other`."""
    corners = _corners(other)
    around = _edges(corners)
    return any(
        any(_cross(edge, each) for each in around)
        or any(_holds(corners, around, middle) and not any(_on(each, middle) for each in around) for middle in _middles(edge, corners))
        for edge in _edges(_corners(one))
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
