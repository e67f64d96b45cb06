"""The search by national ID or tax number, and the list of who looked at whose data."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from office.applications import looking
from office.applications.listing import Line
from office.desk import turning
from office.desk.context import DeskContext
from office.desk.problems import status_of
from office.desk.visitor import staff, unit_of_work, visitor
from storage.database import reading

PAGE = 50


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    rooms = Blueprint("applicants", __name__, url_prefix="/centre/applicants")

    @rooms.get("")
    def ask() -> ResponseReturnValue:
        return _page(context)

    @rooms.post("")
    def search() -> ResponseReturnValue:
        return _search(context)

    @rooms.get("/looks")
    def looks() -> ResponseReturnValue:
        return _looks(context)

    return rooms


def _search(context: DeskContext) -> ResponseReturnValue:
    """Find applications by a number that is in no address: what is typed stays in the form, and in no log."""
    text = request.form.get("number", "")
    try:
        with context.engine.begin() as connection:
            found = looking.search(unit_of_work(connection, context), text)
    except IssuerError as error:
        return _page(context, typed=text, code=error.code)
    return _page(context, typed=text, found=found)


def _page(context: DeskContext, *, typed: str = "", found: tuple[Line, ...] | None = None, code: str = "") -> ResponseReturnValue:
    page = render_template(
        "centre_applicants.html",
        typed=typed,
        found=found,
        code=code,
        services=context.office().services,
        kept=context.applicants is not None,
    )
    return page, status_of(code) if code else 200


def _looks(context: DeskContext) -> ResponseReturnValue:
    """Say who looked at whose data: a manager of their authorities, an administrator of all."""
    application = request.args.get("application", "")[:40].strip().upper()
    with reading(context.engine) as connection:
        found = looking.listed(
            connection,
            actor=visitor().actor,
            administrator=staff().has("administrator"),
            application=application,
            before=turning.before(),
            limit=PAGE + 1,
        )
    return render_template(
        "centre_looks.html",
        looks=found[:PAGE],
        application=application,
        more=found[PAGE - 1].id if len(found) > PAGE else 0,
        opens=_opens(),
    )


def _opens() -> bool:
    """Say whether the visitor may open applications, which an administrator does not."""
    return staff().has("clerk", "reviewer", "cashier", "manager")
