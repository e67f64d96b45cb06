"""The plan of a site on a paper: streets, the site upon them, and how long a hundred metres are. Without a map file there is none.

What sets papers draws the letters of a picture one by one from the left, so that Arabic comes out unjoined and backwards: the names of
streets are words of the page, turned and laid over the picture.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from maps import Streets, Underlay
from maps.errors import SENTENCES
from maps.lettering import Label
from seal.catalogue import Language
from seal.site import Point, offset
from web import plan
from web.plan import Frame

from . import forms

#: How wide the plan is, in reaches of the site and at least so many metres: enough to find the street by.
_REACHES, _LEAST_M = 8.0, 320.0
LETTERS = 25.0  # of names, in the picture's units: six points where 600 of them are 50 mm
_OSM = "OpenStreetMap"
_LANGUAGES: tuple[Language, ...] = ("ar", "en")


class SitePlan(NamedTuple):
    """A plan before it is set, in units of a side of 600: the picture's address (SVG), and what is written upon and beneath it.

    `bar` and `bar_metres` are a scale; `notes` what the map file asks to be said, each with the language that it is in.
    """

    picture: str
    names: tuple[Label, ...]
    bar: float
    bar_metres: int
    notes: tuple[tuple[str, str], ...]


def of(ground: Underlay | None, point: Point, *, radius_m: float = 0, outline: Sequence[Point] = ()) -> SitePlan | None:
    """Return the plan around a point (degrees WGS 84); None without a map file, where it is damaged, or where nothing is mapped."""
    corners = (offset(point, corner.latitude, corner.longitude) for corner in outline)
    reach = max((abs(way) for corner in corners for way in corner), default=radius_m)
    frame = Frame(point, max(reach * _REACHES, _LEAST_M))
    streets = ground.streets(frame, "ar", letters=LETTERS) if ground else None
    if streets is None or not streets.shapes:
        return None
    drawn = plan.draw(frame, (), spot=point, radius_m=0 if outline else radius_m, outline=outline)
    svg = forms.template("siteplan.svg").render(plan=drawn, streets=streets, side=round(plan.SIDE))
    picture = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    return SitePlan(picture, _clear(streets.labels), drawn.bar, drawn.bar_metres, tuple(_notes(streets)))


def _clear(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Return the names that do not lie upon the pin."""
    middle = plan.SIDE / 2
    return tuple(each for each in labels if abs(each.x - middle) > 2 * LETTERS or not -LETTERS < middle - each.y < 3 * LETTERS)


def _notes(streets: Streets) -> Iterator[tuple[str, str]]:
    if streets.invented:
        yield from ((SENTENCES.say("map_invented", language), language) for language in _LANGUAGES)
    if _OSM in streets.attribution:
        yield f"© مساهمو {_OSM}", "ar"  # on paper there is no link to what their line says at more length
    elif streets.attribution:
        yield streets.attribution, ""
