"""Distances between measured positions, what error explains of them, and who is near whom."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from seal import site
from seal.site import Point

from .records import Position

T = TypeVar("T")

_NEAR_DEGREES = 0.015  # up to about 1.6 km the local plane is good to centimetres
#: A radius that holds 68 % of a two-dimensional normal error is this many of its standard deviations: sqrt(-2 ln 0.32).
SIGMAS_AT_68 = 1.5096
_CELL = 0.002  # degrees, about 200 m


def metres(a: Point, b: Point) -> float:
    """Return the distance between two positions in metres."""
    if abs(a.latitude - b.latitude) < _NEAR_DEGREES and abs(a.longitude - b.longitude) < _NEAR_DEGREES:
        return math.hypot(*site.offset(a, b.latitude, b.longitude))
    return site.distance_m(site.Site(a, 0), b.latitude, b.longitude)


def error_m(one: Position, two: Position, probability: float) -> float:
    """Return how far apart two measurements of one place lie with this probability at most: a quantile of a Rayleigh distribution."""
    sigma = math.hypot(one.accuracy_m, two.accuracy_m) / SIGMAS_AT_68
    return sigma * math.sqrt(-2 * math.log(probability))


class Near(Generic[T]):
    """Things with places, to be asked who is within a distance. A grid of cells of about 200 m; distances up to a few kilometres."""

    def __init__(self, things: Iterable[tuple[Point, T]]) -> None:
        self._cells: dict[tuple[int, int], list[tuple[Point, T]]] = defaultdict(list)
        for point, thing in things:
            self._cells[self._cell(point)].append((point, thing))

    @staticmethod
    def _cell(point: Point) -> tuple[int, int]:
        return math.floor(point.latitude / _CELL), math.floor(point.longitude / _CELL)

    def within(self, point: Point, radius_m: float) -> Iterator[tuple[float, T]]:
        """Yield the distance in metres and the thing, for all within `radius_m` of `point`, in no order."""
        per_lon, per_lat = site.scale(point.latitude)
        row, column = self._cell(point)
        rows, columns = (math.ceil(radius_m / (each * _CELL)) for each in (per_lat, per_lon))
        for y in range(row - rows, row + rows + 1):
            for x in range(column - columns, column + columns + 1):
                for place, thing in self._cells.get((y, x), ()):
                    distance = metres(point, place)
                    if distance <= radius_m:
                        yield distance, thing
