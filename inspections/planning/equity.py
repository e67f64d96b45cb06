"""Whether an order of visits leans on some areas: how much of each comes early, beside how much is found there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from seal.site import Point


@dataclass(frozen=True, slots=True)
class Row:
    """One authority or area: the share of its visits that come in the first half, and the share that finds something critical."""

    area: str
    visits: int
    early: float
    critical: float


def table(areas: Sequence[str], early: Sequence[bool], critical: Sequence[bool]) -> list[Row]:
    """Return one row for each area, by name; three columns of the same visits."""
    grouped: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for area, *pair in zip(areas, early, critical, strict=True):
        grouped[area].append((pair[0], pair[1]))
    return [
        Row(area, len(pairs), sum(first for first, _ in pairs) / len(pairs), sum(found for _, found in pairs) / len(pairs))
        for area, pairs in sorted(grouped.items())
    ]


def zones(points: Sequence[Point | None], halvings: int) -> list[str]:
    """Return an area for each point where no authority is known: halved by latitude and longitude in turns, "-" without a point."""
    names = ["-" if point is None else "" for point in points]
    groups = [[at for at, point in enumerate(points) if point is not None]]
    for turn in range(halvings):
        halves = []
        for group in groups:
            ordered = sorted(group, key=lambda at: (points[at] or (0.0, 0.0))[turn % 2])
            middle = len(ordered) // 2
            for letter, half in zip(("sn", "we")[turn % 2], (ordered[:middle], ordered[middle:]), strict=True):
                halves.append(half)
                for at in half:
                    names[at] += letter
        groups = halves
    return names
