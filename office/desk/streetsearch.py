"""Streets and places by name, on the pages with a map: what was asked, what was found, and where a chosen one is looked at.

Where a site is placed it is part of the page's own form, so that nothing typed beside it is lost; what is found are buttons, which lead the
view there. On pages that are only looked at it is a form of its own, and what is found are links.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from flask import request

from maps.gazetteer import Place, Search
from maps.gazetteer.index import TYPED_MAX
from seal.site import Point
from web import plan
from web.plan import Frame

from . import placing
from .context import DeskContext

FIELD, BEFORE = "street", "street_before"  # what is typed, and what was when the page was made
_TO = "to"
_LOG = logging.getLogger(__name__)


class Hit(NamedTuple):
    """A place that was found, and the button's value that leads there."""

    place: Place
    value: str


class Box(NamedTuple):
    """What the page shows of a search. `fault` is why nothing can be searched, `code` why nothing was found."""

    text: str
    hits: tuple[Hit, ...]
    code: str
    fault: str


def shown(context: DeskContext, text: str, frame: Frame, whole: float) -> Box | None:
    """Return the box with what was found near a frame; None without a map file. `whole` is the span of level 0, in metres."""
    names = context.map.gazetteer
    if names is None:
        return None
    text = text.strip()[:TYPED_MAX]
    found = names.search(text, context.areas(), frame.centre) if text else Search((), names.fault())
    fault = found.code if found.code in ("places_missing", "places_unreadable", "places_stale", "places_corrupt") else ""
    if fault and text:
        _LOG.error("no search by name: %s", fault)
    hits = tuple(Hit(each, _value(each, whole)) for each in found.places)
    return Box(text, hits, "" if fault else found.code, fault)


def asked(sent: Mapping[str, str]) -> bool:
    """Say whether a form was sent to search: by the button, or by Enter with something else typed than before."""
    text = sent.get(FIELD, "").strip()
    return bool(text) and (sent.get("map") == "search" or (sent.get("go") == "enter" and text != sent.get(BEFORE, "")))


def chosen(button: str) -> tuple[int, Point] | None:
    """Return level and middle of the view that a found place's button asks for; None for any other button."""
    kind, *parts = button.split(":")
    if kind != _TO or len(parts) != 3 or not (parts[0].isascii() and parts[0].isdigit() and len(parts[0]) < 3):
        return None
    point = placing.point_of({"latitude": parts[1], "longitude": parts[2]})
    return (min(int(parts[0]), plan.LEVELS[-1]), point) if point else None


def _value(place: Place, whole: float) -> str:
    return f"{_TO}:{place.level(whole)}:{place.point.latitude:.6f}:{place.point.longitude:.6f}"


class Found(NamedTuple):
    """The box on a page that is only looked at, and what was found as links; a form's fields beside the text are `kept`.

    `path` is where it asks, `anchor` the part of the page that it is on; `away`: a found place is looked at.
    """

    text: str
    links: tuple[tuple[Place, str], ...]
    code: str
    fault: str
    path: str
    anchor: str
    kept: tuple[tuple[str, str], ...]
    away: bool

    @property
    def back(self) -> str:
        """The address of the page without the search."""
        return f"{self.path}?{urlencode(self.kept)}#{self.anchor}"


def linked(context: DeskContext, path: str, kept: Mapping[str, str], frame: Frame, *, anchor: str) -> Found | None:
    """Return the box of a page at `path` whose addresses keep `kept`, with what the address at hand searches near `frame`."""
    asked_ = request.args.get(FIELD, "")
    box = shown(context, asked_, frame, _whole(context))
    if box is None:
        return None
    stays = tuple((name, value) for name, value in kept.items() if name not in (FIELD, _TO))
    links = tuple((hit.place, f"{path}?{urlencode([*stays, (FIELD, box.text), (_TO, _after(hit.value))])}#{anchor}") for hit in box.hits)
    return Found(box.text, links, box.code, box.fault, path, anchor, stays, away=there(context) is not None)


def there(context: DeskContext, *, widest: float = 0) -> Frame | None:
    """Return the frame of the found place that the address at hand names, at most so many metres wide (0: as wide as the place asks).

    None where it names none, also where there is no map file to have found it by.
    """
    wanted = chosen(f"{_TO}:{request.args.get(_TO, '')}")
    if wanted is None or context.map.gazetteer is None:
        return None
    frame = plan.frame_of(context.areas().values(), level=max(wanted[0], 1), centre=wanted[1])
    return Frame(frame.centre, min(frame.span, widest)) if widest else frame


def _whole(context: DeskContext) -> float:
    return plan.frame_of(context.areas().values()).span


def _after(value: str) -> str:
    return value.removeprefix(f"{_TO}:")
