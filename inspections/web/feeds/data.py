"""The API of other programs: JSON, the filters of the pages, and cursors. What each program may see its token says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from flask import Blueprint, Response, request

from inspections.alerts import store as alerts
from inspections.licensed import Licensed
from inspections.visits import queries
from inspections.visits.asked import Scope
from inspections.web.asking import program, tell_limits
from inspections.web.context import InspectionsContext
from inspections.web.pages import filters, scope, story
from inspections.web.paths import DATA
from inspections.web.problems import ProblemError
from seal import license
from storage.database import reading

from . import cursors, openapi, telling
from .described import LIMIT_MOST, LIMIT_USUAL, OPERATIONS, Operation
from .schemas import License, Page, Told

_SHOWN = 50
_SPEAKING = 100


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    data = Blueprint("data", __name__, url_prefix=DATA)
    data.after_request(tell_limits)
    for name, operation in OPERATIONS.items():
        data.add_url_rule(operation.rule, name, _route(context, operation, _ANSWERS[name]), methods=["GET"])

    @data.get("/openapi.json")
    def described() -> Response:
        return Response(openapi.written(), mimetype="application/json")

    return data


def _route(context: InspectionsContext, operation: Operation, answer: Callable[..., Told]) -> Callable[..., Response]:
    def view(**within: Any) -> Response:
        if set(request.args) - set(operation.query) or any(len(request.args.getlist(name)) > 1 for name in request.args):
            raise ProblemError("parameter_unknown")
        if any(text and text not in operation.query[name].schema.get("enum", (text,)) for name, text in request.args.items()):
            raise ProblemError("filter_unknown")
        told = answer(context, program().token.sees, **within)
        return Response(told.model_dump_json(), mimetype="application/json")

    return view


def _inspections(context: InspectionsContext, mine: Scope) -> Page[Any]:
    wanted = filters.of(context, request.args, mine)
    if wanted.code:
        raise ProblemError(wanted.code)
    filters.require_known(wanted.asked)
    after = cursors.read(request.args["after"], int, int) if "after" in request.args else None
    with reading(context.engine) as connection:
        lines, more = queries.listed(connection, wanted.asked, after=after, most=_limit())
    onward = cursors.written([lines[-1].scanned_at, lines[-1].id]) if more else None
    return Page(data=[telling.inspection(line) for line in lines], next=onward)


def _inspection(context: InspectionsContext, mine: Scope, id: int) -> Told:
    with reading(context.engine) as connection:
        stored = queries.one(connection, id, mine)
        if stored is None:
            raise ProblemError("not_found")
        return telling.whole(stored, queries.pictures(connection, id), queries.evaluated(connection, id))


def _alerts(context: InspectionsContext, mine: Scope) -> Page[Any]:
    rule, closed = request.args.get("rule", ""), request.args.get("closed", "")
    after = cursors.read(request.args["after"], int, int) if "after" in request.args else None
    asked = scope.among(mine, request.args.get("authority", "")[:64])
    with reading(context.engine) as connection:
        found, more = alerts.listed(connection, asked, open_=not closed, rule=rule, after=after, most=_limit())
    onward = cursors.written([found[-1].renewed_at, found[-1].id]) if more else None
    return Page(data=[telling.alert(each) for each in found], next=onward)


def _alert(context: InspectionsContext, mine: Scope, id: int) -> Told:
    with reading(context.engine) as connection:
        found = alerts.one(connection, id, mine)
        speaking = alerts.speaking(connection, id)
        seen = [each for each in speaking[:_SPEAKING] if queries.one(connection, each, mine) is not None]
    return telling.alert(found, seen)


def _license(context: InspectionsContext, mine: Scope, number: str) -> Told:
    if not license.is_number(number):
        raise ProblemError("story_number_wrong")
    editions = [telling.site(each, context.now()) for each in reversed(story.licensed(context, number, mine))]
    with reading(context.engine) as connection:
        lines = queries.of_number(connection, number, mine, most=_SHOWN)
        raised = alerts.of_number(connection, number, mine)
    if not editions and not lines and not raised:
        raise ProblemError("not_found")
    sites = context.licensed()
    as_of: Any = sites.made_at.get(editions[0].authority) if sites and editions else None
    told = {"inspections": [telling.inspection(line) for line in lines], "alerts": [telling.alert(each) for each in raised]}
    return License(license=number, as_of=as_of, site=editions[0] if editions else None, editions=editions[1:], **told)  # type: ignore[arg-type]


def _sites(context: InspectionsContext, mine: Scope) -> Page[Any]:
    asked, limit = scope.among(mine, request.args.get("authority", "")[:64]), _limit()
    wanted, standing = request.args.get("type", ""), request.args.get("standing", "")
    (after,) = cursors.read(request.args["after"], str) if "after" in request.args else ("",)
    now = context.now()
    found = (each for each in _by_number(context, asked) if each.number > after and wanted in ("", each.site.type))
    told = list(islice((each for each in found if standing in ("", each.standing(now))), limit + 1))
    onward = cursors.written([told[limit - 1].number]) if len(told) > limit else None
    return Page(data=[telling.site(each, now) for each in told[:limit]], next=onward)


def _by_number(context: InspectionsContext, asked: Scope) -> Iterator[Licensed]:
    """Yield the newest editions by their numbers. Raises ProblemError `lists_missing`: without packs nobody knows what is licensed."""
    sites = context.licensed()
    if sites is None:
        raise ProblemError("lists_missing")
    held = [each for code in sites.made_at if asked is None or code in asked for each in sites.newest(code)]
    yield from sorted(held, key=lambda each: each.number)


def _limit() -> int:
    text = request.args.get("limit", str(LIMIT_USUAL))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= LIMIT_MOST):
        raise ProblemError("filter_unknown")
    return int(text)


_ANSWERS: Mapping[str, Callable[..., Told]] = {
    "inspections": _inspections,
    "inspection": _inspection,
    "alerts": _alerts,
    "alert": _alert,
    "license": _license,
    "sites": _sites,
}
