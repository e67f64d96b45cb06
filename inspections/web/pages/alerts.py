"""Alerts: what the rules found, with the evidence on a map, and closing with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from inspections.alerts import store as alerts
from inspections.alerts.store import REASONS, Alert
from inspections.errors import InspectionError
from inspections.visits import queries
from inspections.web import words
from inspections.web.context import InspectionsContext
from inspections.web.paths import PREFIX
from inspections.web.problems import status_of
from inspections.web.visitor import language, staff
from seal.site import Point
from storage.database import reading
from web import spreadsheets, writing

from . import drawing, scope
from .saying import page

ID = f"<int(max={2**53}):alert>"
_HEADER = ("alert", *spreadsheets.heads("authority"), "rule", "license", "opened", "renewed", "closed")
FILE_MOST = 10_000


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    alerts_ = Blueprint("alerts", __name__, url_prefix=f"{PREFIX}/alerts", template_folder="templates")

    @alerts_.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @alerts_.get("/alerts.csv")
    def csv() -> Response:
        return _csv(context)

    @alerts_.get(f"/{ID}")
    def show(alert: int) -> ResponseReturnValue:
        return _one(context, alert)

    @alerts_.post(f"/{ID}/close")
    def close(alert: int) -> ResponseReturnValue:
        given = {"reason": request.form.get("reason", "")[:40], "note": request.form.get("note", "").strip()}
        try:
            with context.engine.begin() as connection:
                found = alerts.one(connection, alert, scope.of(staff()))
                alerts.close(connection, found, by=staff().name, now=context.now(), **given)
        except InspectionError as error:
            if error.code == "alert_unknown":
                raise
            return _one(context, alert, error.code)
        return redirect(f"{PREFIX}/alerts/{alert}", 303)

    return alerts_


def _asked() -> dict[str, Any]:
    return {"open_": request.args.get("closed") != "1", "rule": request.args.get("rule", "")[:32]}


def _list(context: InspectionsContext) -> Response:
    after = queries.from_cursor(request.args.get("after", ""))
    mine = scope.chosen(staff(), request.args.get("authority", "")[:64])
    with reading(context.engine) as connection:
        found, more = alerts.listed(connection, mine, after=after, **_asked())
    last = f"{found[-1].renewed_at}-{found[-1].id}" if more else ""
    return page(
        "alerts.html", alerts=found, after=last, names=scope.names(context), authorities=scope.offered(context, staff()), sentence=sentence
    )


def _one(context: InspectionsContext, alert_id: int, fault: str = "") -> Response:
    mine = scope.of(staff())
    with reading(context.engine) as connection:
        alert = alerts.one(connection, alert_id, mine)
        events = alerts.history(connection, alert_id)
        stored = [queries.one(connection, each, mine) for each in alerts.speaking(connection, alert_id)[:100]]
    lines = [each.line for each in stored if each is not None]
    points = [Point(*place) for place in alert.evidence.get("places", ())]
    points = points or [Point(line.latitude, line.longitude) for line in lines if line.latitude is not None and line.longitude is not None]
    areas, names = scope.areas(context), scope.names(context)
    places = drawing.places(points, areas, {code: name[language()] for code, name in names.items()})
    return page(
        "alert.html",
        status_of(fault) if fault else 200,
        alert=alert,
        events=events,
        lines=lines,
        hidden=len(stored) - len(lines),
        places=places,
        streets=context.map.streets(places.frame, language()) if places else None,
        reasons=REASONS,
        fault=fault,
        typed=request.form,
        names=names,
        types=scope.types(context),
        sentence=sentence,
        evidence=evidence(alert),
        advice=advice(alert),
    )


def sentence(alert: Alert) -> str:
    """Return what was found, in one sentence."""
    return _filled(str(alert.evidence.get("code", alert.rule)), alert.evidence.get("gaps", {})) or _rule(alert)


def evidence(alert: Alert) -> list[str]:
    """Return the lines of evidence: what was expected, what was seen, and where the line is drawn."""
    told = [_filled(f"evidence_{each.get('what')}", each) or str(each.get("what")) for each in alert.evidence.get("evidence", ())]
    return [each for each in told if each]


def advice(alert: Alert) -> str:
    """Return what to do next, empty where the rule says nothing."""
    return _filled(f"todo_{alert.evidence.get('code', alert.rule)}", {})


def _rule(alert: Alert) -> str:
    key = f"rule_{alert.rule}"
    return words.TABLE.say(key, language()) if key in words.TABLE else alert.rule


def _filled(code: str, gaps: Mapping[str, Any]) -> str:
    if code not in words.TABLE:
        return ""
    try:
        return words.TABLE.say(code, language(), **gaps)
    except (KeyError, ValueError):
        return ""


def _csv(context: InspectionsContext) -> Response:
    mine = scope.chosen(staff(), request.args.get("authority", "")[:64])
    with reading(context.engine) as connection:
        found, more = alerts.listed(connection, mine, most=FILE_MOST, **_asked())
    names = scope.names(context)
    rows: list[tuple[object, ...]] = [
        (
            *(each.id, *spreadsheets.both(names, each.authority), each.rule, each.number),
            *map(writing.stamp, (each.opened_at, each.renewed_at, each.closed_at)),
        )
        for each in found
    ]
    return spreadsheets.answer("alerts", _HEADER, [*rows, *([("…",)] if more else [])])
