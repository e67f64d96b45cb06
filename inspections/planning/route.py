"""The way around a day's stops: nearest first, then mended until no crossing and no misplaced stop is left.

Nearest neighbour from every start, 2-opt and Or-opt (Croes 1958, Or 1976) on geodesic distances; within 10 % of the exact tour on 30 stops
(bench/route.py). A tour is closed: it ends where it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seal.site import Point, Site, distance_m

Matrix = Sequence[Sequence[float]]
_MOST = 3  # stops that Or-opt moves together
_LEAST_M = 1e-6  # what is less than this is no gain, but rounding
_STARTS = 12


def matrix(points: Sequence[Point]) -> list[list[float]]:
    """Return all distances in metres, geodesic on WGS 84, the same both ways."""
    table = [[0.0] * len(points) for _ in points]
    for i, one in enumerate(points):
        for j in range(i):
            table[i][j] = table[j][i] = distance_m(Site(one, 0), points[j].latitude, points[j].longitude)
    return table


def length(table: Matrix, order: Sequence[int]) -> float:
    """Return the length of the closed tour in metres."""
    return sum(table[order[at - 1]][order[at]] for at in range(len(order)))


def _nearest(table: Matrix, start: int) -> list[int]:
    order, left = [start], set(range(len(table))) - {start}
    while left:
        order.append(min(left, key=lambda each: (table[order[-1]][each], each)))
        left.remove(order[-1])
    return order


def _turned(table: Matrix, order: list[int]) -> Iterator[tuple[float, list[int]]]:
    """2-opt: each stretch of the tour turned around, with what it saves."""
    n = len(order)
    for i in range(n - 1):
        for j in range(i + 2, n if i else n - 1):
            a, b, c, d = order[i], order[i + 1], order[j], order[(j + 1) % n]
            gain = table[a][b] + table[c][d] - table[a][c] - table[b][d]
            if gain > _LEAST_M:
                yield gain, order[: i + 1] + order[i + 1 : j + 1][::-1] + order[j + 1 :]


def _moved(table: Matrix, order: list[int]) -> Iterator[tuple[float, list[int]]]:
    """Or-opt: one to three stops put elsewhere, either way around, with what it saves."""
    n = len(order)
    for size in range(1, min(_MOST, n - 2) + 1):
        for i in range(n):
            around = order[i:] + order[:i]
            piece, rest = around[:size], around[size:]
            first, last = piece[0], piece[-1]
            out = table[rest[-1]][first] + table[last][rest[0]] - table[rest[-1]][rest[0]]
            for k in range(len(rest) - 1):
                a, b = rest[k], rest[k + 1]
                for head, tail, way in ((first, last, piece), (last, first, piece[::-1])):
                    gain = out - (table[a][head] + table[tail][b] - table[a][b])
                    if gain > _LEAST_M:
                        yield gain, rest[: k + 1] + way + rest[k + 1 :]


def _mended(table: Matrix, order: list[int]) -> list[int]:
    while True:
        step = max((*_turned(table, order), *_moved(table, order)), key=lambda each: each[0], default=None)
        if step is None:
            return order
        order = step[1]


def tour(points: Sequence[Point], start: int = 0) -> list[int]:
    """Return the order of the points, beginning with `start`, as a short closed tour. The same points give the same tour."""
    if len(points) < 3:
        return sorted(range(len(points)), key=lambda each: each != start)
    table = matrix(points)
    starts = range(0, len(points), max(1, len(points) // _STARTS))
    best = min((_mended(table, _nearest(table, each)) for each in starts), key=lambda order: length(table, order))
    at = best.index(start)
    return best[at:] + best[:at]
