"""Finding licenses at the centre: by number, name, holder and address, by what they are and are worth, and on the map."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from flask import render_template, request
from flask.typing import ResponseReturnValue

from issuer.register.neighbours import Standing, standing_within
from office.applications import access
from office.desk import streetsearch, turning
from office.desk.context import DeskContext
from office.desk.placing import point_of
from office.desk.problems import status_of
from office.desk.replicas import looking
from office.desk.visitor import language, visitor
from office.licenses import search
from office.licenses.search import Found, Sought
from office.licenses.standing import SOUGHT, State, state_of
from seal import days
from seal.site import Point
from web import plan
from web.plan import Frame

PAGE = 50
MAP = "/centre/licenses/map"
DOTS_MOST = 300
#: How many metres a side of the map has; wider ones would show a crowd of dots, and look them up.
SPANS = (250, 600, 1_500, 4_000)
MOVES = {"north": (0.0, 0.5), "south": (0.0, -0.5), "east": (0.5, 0.0), "west": (-0.5, 0.0)}


class Dot(NamedTuple):
    """A license on the map, in its units."""

    x: float
    y: float
    license: Standing
    state: State


class Filters(NamedTuple):
    """What is asked for, as far as it makes sense, and the authorities that the visitor may look at."""

    sought: Sought
    authority: str
    where: tuple[str, ...]

    def query(self) -> dict[str, str]:
        """Return the filters as they stand in an address, without words."""
        asked = {"type": self.sought.type, "state": self.sought.state, "authority": self.authority}
        return {name: value for name, value in asked.items() if value}


def filters(context: DeskContext) -> Filters:
    """Return what the address at hand asks for."""
    office, asked = context.office(), request.values
    type_ = asked.get("type", "") if asked.get("type") in office.services.types else ""
    state = asked.get("state", "") if asked.get("state") in SOUGHT else ""
    where = access.desk_authorities(visitor().actor, office.authorities)
    authority = asked.get("authority", "") if asked.get("authority") in where else ""
    return Filters(Sought(asked.get("q", ""), type_, state), authority, (authority,) if authority else where)


def found(context: DeskContext, asked: Filters, *, limit: int = PAGE, before: int = 0) -> Found:
    """Return a page of what is found, from below the license `before` on."""
    with looking(context) as connection:
        today = days.day_of(context.now())
        prefix = context.office().prefix
        return search.find(connection, asked.where, asked.sought, prefix=prefix, today=today, limit=limit, before=before)


def common(context: DeskContext, asked: Filters) -> dict[str, object]:
    """Return what pages with these filters say."""
    office = context.office()
    mine = access.desk_authorities(visitor().actor, office.authorities)
    names = context.authorities()
    return {
        "asked": asked,
        "q": asked.sought.text,
        "states": SOUGHT,
        "types": office.services.types,
        "services": office.services,
        "authorities": names,
        "mine": {code: names[code] for code in mine if code in names},
        "query": urlencode(asked.query()),
    }


def page(context: DeskContext) -> ResponseReturnValue:
    """Return the search for licenses."""
    asked = filters(context)
    code = "field_too_long" if len(asked.sought.text) > search.TEXT_MOST else ""
    result = found(context, asked, limit=PAGE, before=turning.before()) if asked.sought.anything and not code else None
    following = urlencode({"q": asked.sought.text, **asked.query(), "before": result.before if result else 0})
    shown = render_template("centre_licenses.html", found=result, code=code, next=following, **common(context, asked))
    return shown, status_of(code) if code else 200


def map_page(context: DeskContext) -> ResponseReturnValue:
    """Return a piece of the map with its licenses, each a link."""
    asked = filters(context)
    view, frame = _frame(context, asked)
    today = days.day_of(context.now())
    with looking(context) as connection:
        near = standing_within(connection, frame.point(0, 1), frame.point(1, 0), most=DOTS_MOST)
    seen = [(each, state_of(each.status, each.first_day, each.last_day, today)) for each in near]
    dots = [Dot(*frame.place(each.point), each, state) for each, state in seen if _theirs(each, state, asked)]
    dots.sort(key=lambda dot: (dot.y, dot.x))
    return render_template(
        "centre_license_map.html",
        dots=dots,
        crowded=len(near) >= DOTS_MOST,
        plan=plan.draw(frame, sorted(context.areas().items())),
        streets=context.map.streets(frame, language()),
        view=view,
        spans=SPANS,
        search=streetsearch.linked(context, MAP, _here(frame.centre, view, asked), frame, anchor="map"),
        middle={"lat": f"{frame.centre.latitude:.6f}", "lon": f"{frame.centre.longitude:.6f}"},
        moves=[(name, _at(frame.moved(*by).centre, view, asked)) for name, by in MOVES.items()],
        views=[(metres, _at(frame.centre, place, asked)) for place, metres in enumerate(SPANS)],
        **common(context, asked),
    )


def _frame(context: DeskContext, asked: Filters) -> tuple[int, Frame]:
    """Return the view that is asked for: a street that was found, around a position, else the middle of the authority."""
    if place := streetsearch.there(context):
        view = next((view for view, metres in enumerate(SPANS) if metres >= place.span), len(SPANS) - 1)
        return view, Frame(place.centre, float(SPANS[view]))
    text = request.args.get("view", "")
    view = int(text) if text in ("0", "1", "2", "3") else 2
    centre = point_of({"latitude": request.args.get("lat", ""), "longitude": request.args.get("lon", "")})
    if centre is None:
        areas = context.areas()
        centre = plan.frame_of([areas[code] for code in asked.where if code in areas]).centre
    return view, Frame(centre, float(SPANS[view]))


def _theirs(each: Standing, state: State, asked: Filters) -> bool:
    wanted = asked.sought
    return each.number.split("-")[1] in asked.where and wanted.type in ("", each.type) and wanted.state in ("", state)


def _here(centre: Point, view: int, asked: Filters) -> dict[str, str]:
    return {"lat": f"{centre.latitude:.6f}", "lon": f"{centre.longitude:.6f}", "view": str(view)} | asked.query()


def _at(centre: Point, view: int, asked: Filters) -> str:
    return urlencode(_here(centre, view, asked))
