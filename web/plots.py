"""Bar charts as plain geometry: the template draws them, so a report shows them without a script, prints them, and reads them out.

Name and figure stand above their bar, so that long names have room and a phone shows letters of a size to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WIDTH = 360.0
ROW = 46.0
_TEXT = 19.0  # from the top of a row to the line that its words stand on
_BAR = 27.0  # and to its bar
_LEAST = 3.0  # a bar that can be seen, even of nothing


class Bar(NamedTuple):
    """One bar: its name, its figure as text, and where it lies."""

    name: str
    value: str
    x: float
    y: float
    width: float
    text_y: float


class Plot(NamedTuple):
    """A chart of horizontal bars. In Arabic it grows from the right: names stand at `start`, figures at `end`."""

    bars: tuple[Bar, ...]
    height: float
    start: float
    end: float


def bars(rows: Sequence[tuple[str, float, str]], *, right_to_left: bool) -> Plot:
    """Return the chart of (name, value, value as text); values are not negative."""
    most = max((value for _, value, _ in rows), default=0) or 1
    drawn = []
    for place, (name, value, text) in enumerate(rows):
        width = round(max(value / most * WIDTH, _LEAST), 1)
        top = place * ROW
        drawn.append(Bar(name, text, round(WIDTH - width, 1) if right_to_left else 0.0, top + _BAR, width, top + _TEXT))
    start, end = (WIDTH, 0.0) if right_to_left else (0.0, WIDTH)
    return Plot(tuple(drawn), len(rows) * ROW, start, end)
