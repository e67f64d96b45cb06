"""A batch of sites on one map: what the work list's filters ask for, each with its number, streets and neighbours, one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from maps import Streets
from office.applications import batches, listing, views
from office.applications.access import DESK
from office.applications.batches import Stop
from office.desk import streetsearch, surrounding
from office.desk.context import DeskContext
from office.desk.surrounding import Surrounding
from office.desk.teamwork import panel
from office.desk.visitor import language, visitor
from office.services.state_machine import State
from seal.site import Point, offset
from storage.database import reading
from web import plan
from web.plan import Frame, Plan

ROOT = "/centre/sites"
STATES = tuple(state.value for state in listing.WORK)
FILTERS = ("state", "authority", "service", "late", "who", "after")  # of the work list's
_AT = "at"  # the query's name for the place in the batch, from 1
_VIEW = "1"  # of the site that is looked at: its street
_LEAST_M, _MARGIN = 500.0, 1.15
_ROOM = 30.0  # of a number on the picture, in its units


class Mark(NamedTuple):
    """A site on the picture: its number in the batch, its place, and whether it has room for the number."""

    number: int
    x: float
    y: float
    stop: Stop
    lettered: bool


class Overview(NamedTuple):
    """The map of all sites of a batch."""

    plan: Plan
    streets: Streets | None
    marks: tuple[Mark, ...]
    search: streetsearch.Found | None


def blueprint(context: DeskContext) -> Blueprint:
    """Return the route."""
    sites = Blueprint("sites", __name__, url_prefix=ROOT)

    @sites.get("")
    def walk() -> ResponseReturnValue:
        return _walk(context)

    return sites


def _walk(context: DeskContext) -> ResponseReturnValue:
    office, asked, actor = context.office(), request.args, visitor().actor
    state = asked.get("state", "")
    with reading(context.engine) as connection:
        page = listing.work(
            connection,
            office,
            actor=actor,
            states=(state,) if state in STATES else (State.UNDER_REVIEW,),
            authority=asked.get("authority") or None,
            service=asked.get("service") or None,
            escalated=True if asked.get("late") else None,
            holder=panel.whose().holder,
            after=asked.get("after", ""),
            limit=batches.MOST,
        )
        stops = batches.stops(connection, page)
        at = _place(asked.get(_AT, ""), len(stops))
        around = _around(connection, context, stops[at - 1]) if at else None
    return render_template(
        "centre_sites.html",
        stops=stops,
        at=at,
        at_place=lambda place: _here(at=place),
        further=_here(after=page.after) if page.after else "",
        list_query=urlencode({name: asked[name] for name in FILTERS if asked.get(name)}),
        overview=_overview(context, stops, at),
        around=around,
        states=STATES,
        state=state if state in STATES else State.UNDER_REVIEW.value,
        now=context.now(),
        services=office.services,
        authorities={code: name for code, name in context.authorities().items() if actor.has(code, *DESK)},
    )


def _here(**changes: object) -> str:
    """Return the address of this batch at another place of it."""
    return f"{ROOT}?" + urlencode({**_kept(), **changes})


def _kept() -> dict[str, str]:
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


def _place(text: str, count: int) -> int:
    """Return the place that an address names, the first where it names none; 0 in an empty batch."""
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(wanted, 1), count)


def _around(connection: Connection, context: DeskContext, stop: Stop) -> Surrounding | None:
    application = views.show(connection, context.office(), stop.line.number, actor=visitor().actor)
    return surrounding.of_case(connection, context, application, _VIEW)


def _overview(context: DeskContext, stops: Sequence[Stop], at: int) -> Overview | None:
    points = [stop.point for stop in stops if stop.point]
    if not points:
        return None
    frame = streetsearch.there(context) or _frame(points)
    drawn = plan.draw(frame, sorted(context.areas().items()))
    search = streetsearch.linked(context, ROOT, _kept() | {_AT: str(at)}, frame, anchor="overview")
    return Overview(drawn, context.map.streets(frame, language()), tuple(_marks(frame, stops, at)), search)


def _frame(points: Sequence[Point]) -> Frame:
    """Return the square that holds all points."""
    south, north = min(point.latitude for point in points), max(point.latitude for point in points)
    west, east = min(point.longitude for point in points), max(point.longitude for point in points)
    middle = Point((south + north) / 2, (west + east) / 2)
    reach = max(abs(way) for way in offset(middle, north, east))
    return Frame(middle, max(2 * reach * _MARGIN, _LEAST_M))


def _marks(frame: Frame, stops: Sequence[Stop], at: int) -> Iterator[Mark]:
    """Yield the sites in the order of drawing, the one that is looked at last; what would cover a number has none of its own."""
    everywhere = ((number, *frame.place(stop.point), stop) for number, stop in enumerate(stops, 1) if stop.point)
    placed = [each for each in everywhere if 0 <= each[1] <= plan.SIDE and 0 <= each[2] <= plan.SIDE]
    placed.sort(key=lambda each: each[0] == at)
    lettered = dict[int, tuple[float, float]]()
    for number, x, y, _ in reversed(placed):
        if all(math.hypot(x - other_x, y - other_y) >= _ROOM for other_x, other_y in lettered.values()):
            lettered[number] = x, y
    for number, x, y, stop in placed:
        yield Mark(number, x, y, stop, number in lettered)
