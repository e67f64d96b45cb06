"""Names along streets: the straightest stretch that has room for one, none over another, the longest stretch first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seal.catalogue import Language
from web import plan

from .vector import Feature

SIZE = 19.0  # of letters on a page's picture, in its units: a third of them are left on a phone
_LETTER = 0.62  # width of a letter as a share of its size, generously: the page's font is measured in browsers alone
_APART = 1.3  # between two names, in sizes
_AGAIN = 260.0  # the same name stands again at this distance
_STRAIGHT = math.radians(14)
_MOST = 40  # names
Spot = tuple[float, float]


class Label(NamedTuple):
    """A name, its middle on the picture, and its angle in degrees, clockwise from level."""

    text: str
    x: float
    y: float
    angle: float


def place(named: Iterable[tuple[Feature, Sequence[Spot]]], language: Language, size: float = SIZE) -> tuple[Label, ...]:
    """Return names with their places, for features and their lines on the picture; of two stretches as long the one that came first.

    `size` is that of their letters, in the picture's units.
    """
    stretches = [
        (-length, at, text, middle, angle)
        for at, (feature, line) in enumerate(named)
        if (text := name(feature, language))
        for length, middle, angle in [_stretch(line)]
        if length >= len(text) * size * _LETTER
    ]
    labels, taken = list[Label](), list[tuple[str, Spot]]()
    for _, _, text, middle, angle in sorted(stretches):
        spots = _along(text, middle, angle, size)
        if all(_apart(spot, text, taken, size) and _within(spot, size) for spot in spots):
            labels.append(Label(text, round(middle[0], 1), round(middle[1], 1), round(math.degrees(angle), 1)))
            taken += [(text, spot) for spot in spots]
            if len(labels) == _MOST:
                break
    return tuple(labels)


def name(feature: Feature, language: Language) -> str:
    """Return what a thing is called in a language, or as it is called there."""
    return " ".join((feature.tags.get(f"name:{language}") or feature.tags.get("name", "")).split())[:60]


def _stretch(line: Sequence[Spot]) -> tuple[float, Spot, float]:
    """Return length, middle and angle of the longest part of a line that is nearly straight and on the picture."""
    best, start = (0.0, (0.0, 0.0), 0.0), 0
    for end in range(1, len(line)):
        while start < end - 1 and abs(_turn(line[start], line[start + 1], line[end])) > _STRAIGHT:
            start += 1
        one, two = _clipped(line[start], line[end])
        length = math.dist(one, two)
        if length > best[0]:
            angle = math.atan2(two[1] - one[1], two[0] - one[0])
            angle -= math.pi if angle > math.pi / 2 else -math.pi if angle <= -math.pi / 2 else 0
            best = (length, ((one[0] + two[0]) / 2, (one[1] + two[1]) / 2), angle)
    return best


def _turn(one: Spot, two: Spot, three: Spot) -> float:
    """Return the angle between the first step of a stretch and its whole."""
    first, whole = math.atan2(two[1] - one[1], two[0] - one[0]), math.atan2(three[1] - one[1], three[0] - one[0])
    return (whole - first + math.pi) % (2 * math.pi) - math.pi


def _clipped(one: Spot, two: Spot) -> tuple[Spot, Spot]:
    """Return the part of a line that is on the picture (Liang and Barsky, 1984); its beginning twice, where it is beside it."""
    first, last = 0.0, 1.0
    for start, end in zip(one, two, strict=True):
        step = end - start
        for way, room in ((-step, start), (step, plan.SIDE - start)):
            if way == 0 and room < 0:
                return one, one
            if way < 0:
                first = max(first, room / way)
            elif way > 0:
                last = min(last, room / way)
    if first >= last:
        return one, one
    part = [tuple(start + (end - start) * share for start, end in zip(one, two, strict=True)) for share in (first, last)]
    return (part[0][0], part[0][1]), (part[1][0], part[1][1])


def _along(text: str, middle: Spot, angle: float, size: float) -> list[Spot]:
    """Return spots under a name, a letter's height apart."""
    half = len(text) * size * _LETTER / 2
    steps = max(2, math.ceil(2 * half / size))
    return [
        (middle[0] + math.cos(angle) * way, middle[1] + math.sin(angle) * way)
        for way in (half * (2 * step / steps - 1) for step in range(steps + 1))
    ]


def _apart(spot: Spot, text: str, taken: Iterable[tuple[str, Spot]], size: float) -> bool:
    return all(math.dist(spot, other) > (_AGAIN if text == said else size * _APART) for said, other in taken)


def _within(spot: Spot, size: float) -> bool:
    return all(size / 2 <= part <= plan.SIDE - size / 2 for part in spot)
