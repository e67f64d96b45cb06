"""Coverage: the share of licensed sites that were seen in the last 90 days, and those that never were."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from inspections.licensed import Licensed, Sites
from inspections.visits import coverage, sightings
from inspections.visits.coverage import SEEN_DAYS, Coverage
from inspections.web.context import InspectionsContext
from inspections.web.paths import PREFIX
from inspections.web.visitor import staff
from storage.database import reading
from web import spreadsheets, writing

from . import scope
from .saying import page

LISTED = 100  # never-seen sites on a page, of all its authorities; the file has them all
_HEADER = ("license", "type", "name", "latitude", "longitude", "licensed since")


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    coverage_ = Blueprint("coverage", __name__, url_prefix=f"{PREFIX}/coverage", template_folder="templates")

    @coverage_.get("", endpoint="page")
    def page_() -> ResponseReturnValue:
        sites = context.licensed()
        found = _found(context, sites)
        return page(
            "coverage.html",
            found=found,
            never={each.authority: list(_never(sites, each, max(1, LISTED // len(found)))) for each in found} if sites else {},
            at_hand=sites is not None,
            made_at=min(sites.made_at.values()) if sites else None,
            faults=context.sites.faults,
            days=SEEN_DAYS,
            names=scope.names(context),
            types=scope.types(context),
            authorities=scope.offered(context, staff()),
        )

    @coverage_.get("/never-seen.csv")
    def csv() -> Response:
        names, sites = scope.names(context), context.licensed()
        rows = [
            (
                *(*spreadsheets.both(names, held.authority), each.number, each.site.type, each.site.name),
                *(each.site.latitude, each.site.longitude, writing.stamp(each.site.nbf)),
            )
            for held in _found(context, sites)
            for each in (_never(sites, held) if sites else ())
        ]
        return spreadsheets.answer("never-seen", (*spreadsheets.heads("authority"), *_HEADER), rows)

    return coverage_


def _found(context: InspectionsContext, sites: Sites | None) -> list[Coverage]:
    """Return the coverage of the authorities asked for, as far as their sites are at hand."""
    mine = scope.chosen(staff(), request.args.get("authority", "")[:64])
    codes = sorted(code for code in sites.made_at if mine is None or code in mine) if sites else []
    if sites is None or not codes:
        return []
    with reading(context.engine) as connection:
        seen = sightings.read(connection)
    return [coverage.of(code, sites.standings(code), seen, now=context.now()) for code in codes]


def _never(sites: Sites, held: Coverage, most: int | None = None) -> Iterator[Licensed]:
    """Yield the licenses that were never seen, by number."""
    every = sites.standings(held.authority).sites
    return sites.named(held.authority, (every[place] for place in held.never[:most].tolist()))
