"""Coverage: the share of licensed sites that were seen in the last 90 days, and those that never were."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from inspections.visits import coverage
from inspections.visits.coverage import SEEN_DAYS, Coverage
from inspections.web.context import InspectionsContext
from inspections.web.paths import PREFIX
from inspections.web.visitor import staff
from storage.database import reading
from web import spreadsheets, writing

from . import scope
from .saying import page

LISTED = 100  # never-seen sites on the page; the file has them all
_HEADER = ("license", "type", "name", "latitude", "longitude", "licensed since")


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    coverage_ = Blueprint("coverage", __name__, url_prefix=f"{PREFIX}/coverage", template_folder="templates")

    @coverage_.get("", endpoint="page")
    def page_() -> ResponseReturnValue:
        found = _found(context)
        sites = context.licensed()
        return page(
            "coverage.html",
            found=found,
            at_hand=sites is not None,
            made_at=min(sites.made_at.values()) if sites else None,
            faults=context.sites.faults,
            days=SEEN_DAYS,
            listed=LISTED,
            names=scope.names(context),
            types=scope.types(context),
            authorities=scope.offered(context, staff()),
        )

    @coverage_.get("/never-seen.csv")
    def csv() -> Response:
        names = scope.names(context)
        rows = [
            (
                *(*spreadsheets.both(names, held.authority), each.number, each.site.type, each.site.name),
                *(each.site.latitude, each.site.longitude, writing.stamp(each.site.nbf)),
            )
            for held in _found(context)
            for each in held.never
        ]
        return spreadsheets.answer("never-seen", (*spreadsheets.heads("authority"), *_HEADER), rows)

    return coverage_


def _found(context: InspectionsContext) -> list[Coverage]:
    """Return the coverage of the authorities asked for, as far as their sites are at hand."""
    sites, mine = context.licensed(), scope.chosen(staff(), request.args.get("authority", "")[:64])
    if sites is None:
        return []
    codes = sorted(code for code in sites.made_at if mine is None or code in mine)
    with reading(context.engine) as connection:
        seen_at = coverage.last_seen(connection, codes)
    return [coverage.of(code, sites.newest(code), seen_at, now=context.now()) for code in codes]
