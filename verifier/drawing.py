"""A site as a small drawing, north up, without a map: radius or footprint, the site point, and where somebody stands."""

from __future__ import annotations

from typing import NamedTuple

from seal.site import Fix, Site, offset

SIDE = 240.0  # units of the drawing
FILL = 0.78  # how much of it the content takes
NEAR = 6.0  # a fix farther than so many times the site's size is not drawn: the sentence says where the site lies
STEPS = (200, 100, 50, 20, 10, 5, 2, 1)  # metres


class Spot(NamedTuple):
    """A circle in the drawing."""

    x: float
    y: float
    radius: float


class Drawing(NamedTuple):
    """What the template draws: coordinates in units of a square `SIDE` wide, y downwards."""

    circle: Spot | None
    outline: str  # points of a polygon, empty where the site is a circle
    point: Spot
    you: Spot | None
    bar: float  # length of the scale bar
    bar_metres: int


def draw(site: Site, fix: Fix | None = None) -> Drawing:
    """Return the drawing of a site and, if it is near, of a fix with its uncertainty (95 %)."""
    corners = [(east / 10, north / 10) for east, north in site.footprint]
    size = max((abs(metres) for corner in corners for metres in corner), default=float(site.radius_m))
    you = offset(site.point, fix.latitude, fix.longitude) if fix else None
    reach = max(abs(you.east), abs(you.north)) if you else 0.0
    if you is None or fix is None or reach > size * NEAR:
        you, reach = None, 0.0
    unit = SIDE * FILL / 2 / max(size, reach)  # of the drawing, in one metre

    def place(east: float, north: float) -> tuple[float, float]:
        return round(SIDE / 2 + east * unit, 1), round(SIDE / 2 - north * unit, 1)

    bar_metres = next((step for step in STEPS if step * unit <= SIDE / 3), STEPS[-1])
    return Drawing(
        circle=None if corners else Spot(SIDE / 2, SIDE / 2, round(site.radius_m * unit, 1)),
        outline=" ".join("{},{}".format(*place(*corner)) for corner in corners),
        point=Spot(SIDE / 2, SIDE / 2, 4),
        you=Spot(*place(you.east, you.north), round(max(fix.uncertainty_m * unit, 6), 1)) if you and fix else None,
        bar=round(bar_metres * unit, 1),
        bar_metres=bar_metres,
    )
