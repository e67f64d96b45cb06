"""The work list, the search that understands Arabic, and a license with its whole history."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from office.applications import drafts, identity, search, sites, views
from office.applications.access import DESK
from office.applications.listing import Line
from office.applications.search import Found
from office.desk import turning
from office.desk.context import DeskContext
from office.desk.downloads import Downloadable, downloadable, paper_size, picture
from office.desk.problems import ProblemError, status_of
from office.desk.replicas import looking
from office.desk.teamwork import panel
from office.desk.visitor import visitor
from office.papers import press, prints, sheet
from office.papers.prints import SIZES
from storage.database import reading
from web.downloads import download
from web.spreadsheets import Form

from . import licensing, searching, worktable

PAGE = 50
QUERY_MAX = 200


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    work = Blueprint("work", __name__, url_prefix="/centre")

    @work.get("/")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @work.get("/work.<any(csv, xlsx):form>")
    def list_table(form: Form) -> Response:
        return worktable.table(context, form)

    @work.get("/licenses")
    def licenses() -> ResponseReturnValue:
        return searching.page(context)

    @work.get("/licenses/map")
    def map_() -> ResponseReturnValue:
        return searching.map_page(context)

    @work.get("/licenses/<number>")
    def license_(number: str) -> ResponseReturnValue:
        return _license(context, number)

    @work.get("/licenses/<number>/license.<any(png, svg, pdf):form>")
    def file(number: str, form: str) -> ResponseReturnValue:
        held = _theirs(context, number)
        if not held.in_force:
            raise ProblemError("not_found")
        return picture(context, held, form, request.args.get("size", "A4"))

    @work.post("/licenses/<number>/print")
    def print_(number: str) -> ResponseReturnValue:
        return _print(context, number)

    return work


def _list(context: DeskContext) -> ResponseReturnValue:
    account = visitor().account
    if account is None or not account.has("clerk", "reviewer", "cashier", "manager"):  # as who only looks after accounts
        if account is not None and account.has("administrator"):
            return redirect("/centre/people")
        raise ProblemError("forbidden")
    office, actor, text = context.office(), visitor().actor, request.args.get("q", "")
    code = "field_too_long" if len(text) > QUERY_MAX else ""
    lines: Sequence[Line] = ()
    after, found = "", Found((), True)
    with looking(context) as connection:
        shared = panel.of_list(connection, context)
        wish = worktable.wish(shared["whose"])
        if text.strip() and not code:
            before, narrowed = turning.before(), wish.narrowed()
            found = search.applications_of(
                connection, office, text, actor=actor, authority=wish.authority, narrowed=narrowed, before=before, limit=PAGE
            )
            lines = found.lines
        elif not code:
            page = wish.page(connection, office, after=request.args.get("after", ""), limit=PAGE)
            lines, after = page.lines, page.after
        begun = drafts.mine(connection, actor=actor, limit=10) if account.has("clerk") else ()
        flags = identity.flags(connection, [each.number for each in lines])
    shown = render_template(
        "centre_work.html",
        q=text,
        code=code,
        lines=lines,
        flags=flags,
        after=after,
        before=found.before,
        complete=found.complete,
        drafts=begun,
        **shared,
        states=worktable.STATES,
        now=context.now(),
        services=office.services,
        authorities={code: name for code, name in context.authorities().items() if actor.has(code, *DESK)},
    )
    return shown, status_of(code) if code else 200


def _theirs(context: DeskContext, number: str) -> Downloadable:
    """Return a license of an authority that the visitor works for. Raises IssuerError `number_unknown`, as for one that is not there."""
    with reading(context.engine) as connection:
        views.about(connection, context.office(), number, actor=visitor().actor)
    return downloadable(context, number)


def _license(context: DeskContext, number: str, code: str = "") -> ResponseReturnValue:
    """Return a license's page. `code` is why no paper was printed."""
    office, held = context.office(), _theirs(context, number)
    with reading(context.engine) as connection:
        about = views.about(connection, office, held.number, actor=visitor().actor)
        printed, linked = prints.of(connection, held.number), sites.links(connection, held.number)
        more = licensing.told(connection, held.number)
    page = render_template(
        "centre_license.html",
        license=held,
        about=about,
        prints=printed,
        links=linked,
        activity=context.activity(held.license),
        services=office.services,
        authorities=context.authorities(),
        code=code,
        **more,
    )
    return page, status_of(code) if code else 200


def _print(context: DeskContext, number: str) -> ResponseReturnValue:
    """Number and log a copy, then make it."""
    found, account = _theirs(context, number), visitor().account
    if not found.in_force or account is None:
        raise ProblemError("not_found")
    if request.form.get("size") not in SIZES:
        return _license(context, number, "size_unknown")
    size = paper_size(request.form["size"])
    with context.engine.begin() as connection:
        copy = prints.note(connection, number, size=size, by=account.name, now=context.now())
    token = found.message.to_bytes()
    host, trust = context.office().host, context.trust()
    paper = sheet.of(token, size=size, host=host, trust=trust, serial=copy.serial, at=copy.at, ground=context.map)
    return download(press.shared().render(paper), "application/pdf", f"{number}-{copy.serial}.pdf")
