"""Workload: what each inspector did in a time, in numbers and by name. No order by findings: whoever finds more is not better for it."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from inspections.visits import workload
from inspections.web.context import InspectionsContext
from inspections.web.paths import PREFIX
from storage.database import reading
from web import spreadsheets

from . import filters, scope
from .saying import page
from .visits import choices

_HEADER = ("officer", "inspections", "days", "in order", "violation", "cannot tell", "set apart")


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    workload_ = Blueprint("workload", __name__, url_prefix=f"{PREFIX}/workload", template_folder="templates")

    @workload_.get("", endpoint="page")
    def page_() -> ResponseReturnValue:
        wanted = filters.read(context, request.args)
        with reading(context.engine) as connection:
            loads = [] if wanted.code else workload.of(connection, wanted.asked)
        return page("workload.html", 422 if wanted.code else 200, wanted=wanted, loads=loads, **choices(context))

    @workload_.get("/workload.csv")
    def csv() -> Response:
        asked, names = filters.of_file(context, request.args), scope.names(context)
        with reading(context.engine) as connection:
            loads = workload.of(connection, asked)
        rows = [
            (
                *(*spreadsheets.both(names, each.authority), each.officer, each.inspections, each.days),
                *(each.in_order, each.violations, each.cannot_tell, each.apart),
            )
            for each in loads
        ]
        return spreadsheets.answer("workload", (*spreadsheets.heads("authority"), *_HEADER), rows)

    return workload_
