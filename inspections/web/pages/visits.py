"""Inspections: the list by filters, one of them with all that is known of it, and the same list as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from governorate import checklists
from inspections.enforcement import records, reporting
from inspections.enforcement.reporting import Seen
from inspections.visits import evaluating, evaluation, queries, workload
from inspections.visits.asked import GRAVITIES
from inspections.visits.queries import Line, Stored
from inspections.web.context import InspectionsContext
from inspections.web.paths import PREFIX
from inspections.web.problems import ProblemError
from inspections.web.visitor import language, staff
from seal.claims import Claims
from seal.inspection import Inspection
from storage.database import reading

from . import drawing, exports, filters, scope
from .saying import page

ID = f"<int(max={2**53}):inspection>"  # beyond, no database has a row


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    visits = Blueprint("visits", __name__, url_prefix=f"{PREFIX}/visits", template_folder="templates")

    @visits.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @visits.get(f"/{ID}")
    def show(inspection: int) -> ResponseReturnValue:
        return _one(context, inspection)

    @visits.get(f"/{ID}/photographs/<int(max=99):place>.jpg")
    def photograph(inspection: int, place: int) -> Response:
        return _photograph(context, inspection, place)

    @visits.get("/inspections.csv")
    def csv() -> Response:
        return exports.csv(context, *_exported(context))

    @visits.get("/inspections.xlsx")
    def xlsx() -> Response:
        return exports.xlsx(context, *_exported(context))

    @visits.get("/inspections.geojson")
    def geojson() -> Response:
        return exports.geojson(context, *_exported(context))

    return visits


def _list(context: InspectionsContext) -> Response:
    wanted = filters.read(context, request.args)
    after = queries.from_cursor(request.args.get("after", ""))
    with reading(context.engine) as connection:
        lines, more = ([], False) if wanted.code else queries.listed(connection, wanted.asked, after=after)
        known = workload.officers(connection, scope.of(staff()), since=wanted.asked.since)
    return page(
        "visits.html",
        422 if wanted.code else 200,
        wanted=wanted,
        lines=lines,
        after=queries.cursor(lines[-1]) if more else "",
        officers=known,
        **choices(context),
    )


def choices(context: InspectionsContext) -> dict[str, object]:
    """Return what the filters offer."""
    return {
        "names": scope.names(context),
        "authorities": scope.offered(context, staff()),
        "types": scope.types(context),
        "decisions": filters.DECISIONS,
        "results": filters.RESULTS,
        "gravities": GRAVITIES,
        "items": items(),
    }


def items() -> Mapping[str, Mapping[str, str]]:
    """Return the names of what the governorate's checklists have, by code; the first list's name for one that several have."""
    found: dict[str, Mapping[str, str]] = {}
    for each in checklists.default().values():
        found = {**each.items, **found}
    return found


def _one(context: InspectionsContext, inspection_id: int) -> Response:
    with reading(context.engine) as connection:
        stored = queries.one(connection, inspection_id, scope.of(staff()))
        if stored is None:
            raise ProblemError("not_found")
        around = queries.neighbours(connection, stored)
        seconds = queries.evaluated(connection, inspection_id)
        pictures = queries.pictures(connection, inspection_id)
        reported = records.of_inspection(connection, inspection_id)
    held = _without_removed(evaluating.said(stored.message), stored)
    claims = claims_of(context, held)
    seen = Seen(stored, held, claims)
    areas, spoken = scope.areas(context), language()
    names = {code: name[spoken] for code, name in scope.names(context).items()}
    scene = drawing.scene(held.location, claims.site if claims else None, areas, names)
    return page(
        "visit.html",
        stored=stored,
        line=stored.line,
        held=held,
        claims=claims,
        reported=reported,
        may_report=not reporting.refused(seen, staff()),
        around=around,
        seconds=seconds,
        pictures=pictures,
        items=_items(held),
        scene=scene,
        streets=context.map.streets(scene.frame, spoken) if scene else None,
        names=scope.names(context),
        types=scope.types(context),
        here=request.path,
    )


def _without_removed(held: Inspection, stored: Stored) -> Inspection:
    """Return what an inspection says without what was removed after its time: the message has it, this page no longer."""
    if stored.position_removed_at is not None:
        held = held._replace(location=None, no_fix=None)
    return held if stored.name_removed_at is None else held._replace(seen_name="")


def _items(held: Inspection) -> Mapping[str, Mapping[str, str]]:
    """Return the names of the lines of an inspection's checklist; none for a checklist that the governorate no longer has."""
    listed = checklists.default().get(held.checklist[0]) if held.checklist else None
    return listed.items if listed else {}


def claims_of(context: InspectionsContext, held: Inspection) -> Claims | None:
    """Return what the scanned code says, if its signature holds: what nobody vouches for is not shown."""
    loaded = context.lists.current().loaded
    if held.code is None or loaded is None:
        return None
    return evaluation.judged(held.code, held.scanned_at, held.location, loaded).claims


def _photograph(context: InspectionsContext, inspection_id: int, place: int) -> Response:
    """Return a photograph of an inspection that the supervisor may see, by its place in it: a hash alone opens nothing."""
    with reading(context.engine) as connection:
        if queries.one(connection, inspection_id, scope.of(staff())) is None:
            raise ProblemError("not_found")
        named = queries.pictures(connection, inspection_id)
    if not 1 <= place <= len(named) or named[place - 1].width is None or named[place - 1].removed_at is not None:
        raise ProblemError("photograph_unknown")
    response = Response(context.photographs.read(named[place - 1].sha256), mimetype="image/jpeg")
    response.headers.set("Content-Disposition", "inline", filename=f"inspection-{inspection_id}-{place}.jpg")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _exported(context: InspectionsContext) -> tuple[Iterator[Line], str]:
    """Return the lines of a file, and the name that it has without its ending."""
    asked = filters.of_file(context, request.args)

    def lines() -> Iterator[Line]:
        after, left = None, exports.MOST + 1
        with reading(context.engine) as connection:
            while left > 0:
                found, more = queries.listed(connection, asked, after=after, most=min(1000, left))
                yield from found
                left -= len(found)
                if not more or not found:
                    return
                after = found[-1].scanned_at, found[-1].id

    days_ = request.args.get("since", ""), request.args.get("until", "")
    return lines(), "-".join(["inspections", *(each for each in days_ if each)])
