"""What is drawn in which colour, from the ground up: one table (data/style.json) for the server's pictures and the browsers'."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

#: Whose names are written at which span of the picture, the most important first: kind of road, and the widest span in metres.
NAMED = (("highway", 12_000), ("major_road", 12_000), ("minor_road", 2_500))
LAYERS = frozenset({"earth", "landuse", "water", "buildings", "roads", "places"})
#: A line is as wide as its `widths` say between a picture of this span and one of the nearest, metres.
_NEAREST_M, _WIDEST_M = 250.0, 8_000.0


class Rule(NamedTuple):
    """How the things of some kinds on a layer are drawn, on pictures narrower than `below_m` metres."""

    layer: str
    kinds: frozenset[str]  # empty: all
    shape: Literal["fill", "line"]
    colour: str
    widths: tuple[float, float]  # of a line: far off and near by, in the picture's units
    below_m: float

    def width(self, span: float) -> float:
        """Return how wide a line is on a picture of `span` metres, in its units."""
        near = min(max((_WIDEST_M - span) / (_WIDEST_M - _NEAREST_M), 0.0), 1.0)
        return round(self.widths[0] + (self.widths[1] - self.widths[0]) * near**3, 1)


@cache
def rules() -> Sequence[Rule]:
    """Return the rules in the order of drawing."""
    read: list[dict[str, Any]] = json.loads(files("maps").joinpath("data", "style.json").read_text("utf-8"))
    return tuple(
        Rule(each["layer"], frozenset(each["kinds"]), each["shape"], each["colour"], tuple(each.get("widths", (0, 0))), each["below_m"])
        for each in read
    )
