"""The map of inspections: points and clusters made here, on our own outline of the authorities. Moving and zooming are links."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from inspections.visits import queries
from inspections.visits.asked import Scope
from inspections.web.context import InspectionsContext
from inspections.web.paths import MAP, PREFIX
from inspections.web.visitor import language
from maps.gazetteer import Search
from maps.gazetteer.index import TYPED_MAX
from seal.area import Area
from seal.site import Point
from storage.database import reading
from web import plan
from web.plan import Frame

from . import drawing, filters, scope
from .saying import page
from .visits import choices

CELLS = 14  # of the grid, on each side of the picture
LISTED = 12  # clusters told in words below the map
MOVES: Mapping[str, tuple[float, float]] = {"north": (0.0, 0.35), "south": (0.0, -0.35), "east": (0.35, 0.0), "west": (-0.35, 0.0)}
_METRES_PER_DEGREE = 111_000.0


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    area = Blueprint("area", __name__, url_prefix=f"{PREFIX}/map", template_folder="templates")

    @area.get("", endpoint="page")
    def page_() -> ResponseReturnValue:
        return _map(context)

    return area


def _map(context: InspectionsContext) -> ResponseReturnValue:
    wanted, areas = filters.read(context, request.args), scope.areas(context)
    shown = _shown(areas, wanted.asked.scope)
    level, frame = _frame(shown)
    asked = filters.boxed(wanted.asked, plan.box(frame))
    with reading(context.engine) as connection:
        found = [] if wanted.code else queries.clusters(connection, asked, cell=frame.span / CELLS / _METRES_PER_DEGREE)
    spoken = language()
    names = {code: name[spoken] for code, name in scope.names(context).items()}
    return page(
        "area.html",
        422 if wanted.code else 200,
        wanted=wanted,
        plan=plan.draw(frame, sorted(areas.items()), names=names),
        streets=context.map.streets(frame, spoken),
        spots=drawing.spots(frame, found),
        total=sum(each.total for each in found),
        fullest=[(each, _link(level + 2, Point(each.latitude, each.longitude))) for each in found[:LISTED]],
        **_places(context, areas, frame, plan.frame_of(shown).span),
        moves={name: _link(level, frame.moved(*step).centre) for name, step in MOVES.items()},
        closer=_link(level + 1, frame.centre) if level < plan.LEVELS[-1] else "",
        wider=_link(level - 1, frame.centre) if level > 0 else "",
        level=level,
        **_moving(context, frame),
        **choices(context),
    )


def _moving(context: InspectionsContext, frame: Frame) -> Mapping[str, object]:
    """Return what a browser needs to move the map by itself; nothing without a map file."""
    moving = context.map.moving(MAP)
    return {**moving, "box": plan.box_text(frame), "closest": plan.LEVELS[-1]} if moving else {}


def _places(context: InspectionsContext, areas: Mapping[str, Area], frame: Frame, whole: float) -> Mapping[str, object]:
    """Return what was found by a street's or a place's name, each with the address of the map there; nothing where none can be asked.

    `whole` is how wide level 0 is, in metres.
    """
    names = context.map.gazetteer
    if names is None or names.fault():
        return {"searchable": False}
    text = request.args.get("street", "").strip()[:TYPED_MAX]
    found = names.search(text, areas, frame.centre) if text else Search((), "")
    places = [(each, _link(each.level(whole), each.point)) for each in found.places]
    return {"searchable": True, "street": text, "places": places, "places_code": found.code}


def _shown(areas: Mapping[str, Area], mine: Scope) -> list[Area]:
    """Return the areas that the whole map holds: those of the authorities asked for."""
    return [area for code, area in areas.items() if mine is None or code in mine] or list(areas.values())


def _frame(areas: list[Area]) -> tuple[int, Frame]:
    """Return level and frame as the address names them, else around the areas."""
    try:
        level = int(request.args.get("level", "0")[:2])
        centre = Point(float(request.args.get("lat", "")[:20]), float(request.args.get("lon", "")[:20]))
    except ValueError:
        return 0, plan.frame_of(areas)
    if not (abs(centre.latitude) <= 85 and abs(centre.longitude) <= 180):  # nor what is no number
        return 0, plan.frame_of(areas)
    level = min(max(level, 0), plan.LEVELS[-1])
    return level, plan.frame_of(areas, level=level, centre=centre)


def _link(level: int, centre: Point) -> str:
    """Return the address of the same map elsewhere."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in ("level", "lat", "lon", "lang")]
    level = min(max(level, 0), plan.LEVELS[-1])
    view = [("level", str(level)), ("lat", f"{centre.latitude:.6f}"), ("lon", f"{centre.longitude:.6f}")]
    return f"{PREFIX}/map?{urlencode(kept + view)}"
