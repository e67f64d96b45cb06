"""Bar charts as plain geometry: the template draws them, so a report shows them without a script, prints them, and reads them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WIDTH = 640.0
ROW = 30.0
_NAME = 250.0  # room for the names
_VALUE = 60.0  # and for the figures


class Bar(NamedTuple):
    """One bar: its name, its figure as text, and where it lies."""

    name: str
    value: str
    x: float
    y: float
    width: float


class Plot(NamedTuple):
    """A chart of horizontal bars. In Arabic it grows from the right."""

    bars: tuple[Bar, ...]
    height: float
    axis: float
    name_x: float
    right_to_left: bool


def bars(rows: Sequence[tuple[str, float, str]], *, right_to_left: bool) -> Plot:
    """Return the chart of (name, value, value as text); values are not negative."""
    most = max((value for _, value, _ in rows), default=0) or 1
    room = WIDTH - _NAME - _VALUE
    drawn = []
    for place, (name, value, text) in enumerate(rows):
        width = round(max(value / most * room, 1.5), 1)
        x = WIDTH - _NAME - width if right_to_left else _NAME
        drawn.append(Bar(name, text, round(x, 1), place * ROW + 6, width))
    axis = WIDTH - _NAME if right_to_left else _NAME
    name_x = WIDTH - _NAME + 10 if right_to_left else _NAME - 10
    return Plot(tuple(drawn), len(rows) * ROW + 8, axis, name_x, right_to_left)
