"""The day's tour beside the exact one: `python -m bench.route`: 30 stops around an Alexandria-sized place, by seed, solved exactly as well.

Exact: the travelling salesman as an integer program (Dantzig, Fulkerson and Johnson 1954), subtours forbidden as they come up, by scipy's
HiGHS. Stops are drawn in clumps along a coast, as shops lie, not evenly.
"""

from __future__ import annotations

import random
import statistics
import sys
import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix

from inspections.planning import route
from seal.site import Point

STOPS, SEEDS = 30, range(1000, 1040)


def stops(seed: int, count: int = STOPS) -> list[Point]:
    """Return clumped stops."""
    chance = random.Random(seed)
    clumps = [Point(31.10 + 0.2 * chance.random(), 29.75 + 0.3 * chance.random()) for _ in range(6)]
    return [Point(*(value + chance.gauss(0, 0.008) for value in chance.choice(clumps))) for _ in range(count)]


def _subtours(chosen: list[tuple[int, int]], count: int) -> list[set[int]]:
    left, found = set(range(count)), []
    while left:
        group, edge = {left.pop()}, True
        while edge:
            more = {b for a, b in (*chosen, *((b, a) for a, b in chosen)) if a in group and b not in group}
            group |= more
            edge = bool(more)
        left -= group
        found.append(group)
    return found


def exact(table: route.Matrix) -> float:
    """Return the length in metres of the shortest closed tour."""
    count = len(table)
    edges = [(i, j) for i in range(count) for j in range(i)]
    degree = lil_matrix((count, len(edges)))
    for at, edge in enumerate(edges):
        for end in edge:
            degree[end, at] = 1
    constraints = [LinearConstraint(degree.tocsr(), 2, 2)]
    costs = np.array([table[i][j] for i, j in edges])
    while True:
        solved = milp(costs, constraints=constraints, integrality=np.ones(len(edges)), bounds=Bounds(0, 1), options={"mip_rel_gap": 0})
        chosen = [edge for edge, taken in zip(edges, solved.x, strict=True) if taken > 0.5]
        groups = _subtours(chosen, count)
        if len(groups) == 1:
            return float(solved.fun)
        for group in groups:
            row = np.array([[float((i in group) and (j in group)) for i, j in edges]])
            constraints.append(LinearConstraint(row, 0, len(group) - 1))


def measure(fast: bool) -> dict[str, object]:
    """Return how much longer our tours are than the shortest, and how long they take."""
    beyond, seconds = [], []
    for seed in list(SEEDS)[: 5 if fast else None]:
        points = stops(seed)
        started = time.perf_counter()
        order = route.tour(points)
        seconds.append(time.perf_counter() - started)
        table = route.matrix(points)
        beyond.append(route.length(table, order) / exact(table) - 1)
    return {
        "tours": len(beyond),
        "longer than the exact tour, mean": f"{statistics.mean(beyond):.2%}",
        "longer than the exact tour, worst": f"{max(beyond):.2%}",
        "exactly the shortest": f"{sum(each < 1e-9 for each in beyond)} of {len(beyond)}",
        "time for a tour, median": f"{statistics.median(seconds):.2f} s",
    }


if __name__ == "__main__":
    for name, figure in measure("--fast" in sys.argv).items():
        print(f"{name}: {figure}")
