"""The map of a form: which part of the ground is shown, and what a click on it means. Without a script, a click sends the form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import render_template
from sqlalchemy import Connection

from issuer.register.neighbours import licenses_within
from maps.gazetteer.index import TYPED_MAX
from seal.area import Area
from seal.site import Point
from web import plan
from web.plan import Frame

from . import placing, streetsearch
from .assets import STATIC
from .context import DeskContext
from .openforms import OpenForm
from .visitor import language

PICTURE_PX = 300.0  # how wide the picture is where no script says otherwise
NEIGHBOURS_MOST = 300
NEIGHBOURS_WITHIN_M = 2_500.0  # wider frames would show a crowd of dots, and look them up
CLOSE_LEVEL = 7  # to begin with where a position is known
MOVES = {"north": (0.0, 0.35), "south": (0.0, -0.35), "east": (0.35, 0.0), "west": (-0.35, 0.0)}


def asked(sent: Mapping[str, str]) -> bool:
    """Say whether a form was sent to look at the map again, by a click on it or by one of its buttons."""
    return "map" in sent or "pick.x" in sent


def shown(context: DeskContext, form: OpenForm, values: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page says about its map: the picture's query, the frame, what was understood."""
    level, frame, mode = _view(context, form, values)
    point = placing.point_of(form.fields)
    corners = placing.outline_of(form.fields.get("footprint", ""))
    view = {"level": level, "lat": f"{frame.centre.latitude:.6f}", "lon": f"{frame.centre.longitude:.6f}"}
    return {
        **view,
        **_moving(context, frame),
        "mode": mode,
        "query": urlencode({**view, "v": form.version}),  # the version, so that no browser shows an older picture
        "point": point,
        "corners": len(corners),
        "lines": placing.lines_of(corners) or form.fields.get("footprint", ""),
        "authority": _authority_at(context, point),
        "narrowest": frame.span <= plan.NARROWEST_M,
        "file": context.map.archive,
        "search": streetsearch.shown(context, values.get(streetsearch.FIELD, ""), frame, plan.frame_of(_areas(context, form)).span),
    }


def _moving(context: DeskContext, frame: Frame) -> dict[str, Any]:
    """Return what a script needs to move the map by itself; nothing without a map file."""
    moving = context.map.moving(f"{STATIC}/map")
    return {**moving, "box": plan.box_text(frame), "closest": plan.LEVELS[-1]} if moving else {}


def picture(connection: Connection, context: DeskContext, form: OpenForm, values: Mapping[str, str]) -> str:
    """Return the picture (SVG) of a frame with what the form says."""
    _, frame, _ = _view(context, form, values)
    point = placing.point_of(form.fields)
    radius = form.fields.get("radius_m", "").strip()
    corners = placing.outline_of(form.fields.get("footprint", ""))
    over = "over" in values  # only what lies on top: streets, pin and outline are a script's, their names are not
    drawn = plan.draw(
        frame,
        sorted(context.areas().items()),
        _neighbours(connection, frame),
        spot=point,
        radius_m=float(radius) if radius.isascii() and radius.isdigit() and len(radius) < 4 and not corners else 0,
        outline=corners,
        names=_names(context, form),
    )
    return render_template(
        "map.svg", plan=drawn, streets=context.map.streets(frame, language()), over=over, chosen_authority=form.authority, side=plan.SIDE
    )


def _neighbours(connection: Connection, frame: Frame) -> list[tuple[Point, str]]:
    """Return position and type of the licenses in a frame; none where it is wide."""
    if frame.span > NEIGHBOURS_WITHIN_M:
        return []
    return licenses_within(connection, frame.point(0, 1), frame.point(1, 0), most=NEIGHBOURS_MOST)


def _names(context: DeskContext, form: OpenForm) -> dict[str, str]:
    """Return the names of the authorities, the form's own first, then from the largest to the smallest: small ones show when nearer."""
    names, areas = context.authorities(), context.areas()
    ordered = sorted(areas, key=lambda code: (code != form.authority, -_breadth(areas[code]), code))
    return {code: names[code][language()] for code in ordered if code in names}


def _breadth(area: Area) -> float:
    latitudes, longitudes = [corner.latitude for corner in area.ring], [corner.longitude for corner in area.ring]
    return (max(latitudes) - min(latitudes)) * (max(longitudes) - min(longitudes))


def clicked(context: DeskContext, form: OpenForm, sent: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that a click on the map, or one of its buttons, changes."""
    if sent.get("map") == "fewer":
        return {"footprint": placing.without_last(form.fields.get("footprint", ""))}
    if "pick.x" not in sent:
        return {}
    try:
        width, x, y = (float(text) for text in (sent.get("shown") or str(PICTURE_PX), sent["pick.x"], sent.get("pick.y", "")))
    except ValueError:
        return {}
    if not all(map(math.isfinite, (width, x, y))) or not 50 <= width <= 5000 or not (0 <= x <= width and 0 <= y <= width):
        return {}
    x, y = x / width, y / width
    _, frame, mode = _view(context, form, sent)
    spot = frame.point(x, y)
    if mode == "corner":
        fields = {"footprint": placing.with_corner(form.fields.get("footprint", ""), spot), "radius_m": ""}
        # The first corner places the site too; a footprint lies around its point.
        return fields if placing.point_of(form.fields) else {**fields, **placing.typed(spot)}
    return placing.typed(spot)


def query(context: DeskContext, form: OpenForm, sent: Mapping[str, str]) -> str:
    """Return the view to come back to, as a query: moved, nearer or wider if that is what was asked."""
    level, frame, mode = _view(context, form, sent)
    button = sent.get("map", "")
    text = {streetsearch.FIELD: sent[streetsearch.FIELD].strip()[:TYPED_MAX]} if sent.get(streetsearch.FIELD, "").strip() else {}
    if button in MOVES:
        frame = frame.moved(*MOVES[button])
    centre = placing.point_of(form.fields) if button == "find" else frame.centre
    if button == "find":
        level = max(level, CLOSE_LEVEL)
    if button == "in":
        level, centre = level + 1, (placing.point_of(form.fields) if level == 0 else None) or frame.centre
    if button == "out":
        level -= 1
    if there := streetsearch.chosen(button):
        level, centre = there
    if "pick.x" in sent and mode == "point":
        level, centre = min(level + 2, max(level, CLOSE_LEVEL)), placing.point_of(form.fields) or frame.centre
    centre = centre or frame.centre
    level = min(max(level, 0), plan.LEVELS[-1])
    return urlencode({"level": level, "lat": f"{centre.latitude:.6f}", "lon": f"{centre.longitude:.6f}", "as": mode, **text})


def _view(context: DeskContext, form: OpenForm, values: Mapping[str, str]) -> tuple[int, Frame, str]:
    """Return level, frame and what a click means, as asked for, else around what the form says."""
    chosen = _areas(context, form)
    point = placing.point_of(form.fields)
    mode = "corner" if values.get("as") == "corner" else "point"
    text = values.get("level", "")
    if text.isascii() and text.isdigit() and len(text) < 3:
        centre = placing.point_of({"latitude": values.get("lat", ""), "longitude": values.get("lon", "")})
        level = min(int(text), plan.LEVELS[-1])
        return level, plan.frame_of(chosen, level=level, centre=centre), mode
    level = CLOSE_LEVEL if point else 0
    return level, plan.frame_of(chosen, level=level, centre=point), mode


def _areas(context: DeskContext, form: OpenForm) -> list[Area]:
    """Return the areas that level 0 shows: the form's authority's, or all."""
    areas = context.areas()
    return [areas[form.authority]] if form.authority in areas else list(areas.values())


def _authority_at(context: DeskContext, point: Point | None) -> str:
    if point is None:
        return ""
    return next((code for code, area in sorted(context.areas().items()) if area.holds(point)), "")
