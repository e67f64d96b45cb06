"""The work list, the search that understands Arabic, and a license with its whole history."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from issuer.applications import drafts, listing, search, sites, views
from issuer.applications.access import DESK
from issuer.desk.applying import download
from issuer.desk.bureau import Bureau
from issuer.desk.keeping import Kept, kept, paper_size, picture
from issuer.desk.problems import ProblemError
from issuer.desk.visitor import visitor
from issuer.papers import press, prints, sheet
from issuer.register.database import reading
from issuer.services.machine import State

PAGE = 50
STATES = tuple(state.value for state in State if state != State.DRAFT)


def blueprint(bureau: Bureau) -> Blueprint:
    """Return the routes."""
    work = Blueprint("work", __name__, url_prefix="/centre")

    @work.get("/")
    def list_() -> ResponseReturnValue:
        return _list(bureau)

    @work.get("/licenses")
    def licenses() -> ResponseReturnValue:
        office, text, found = bureau.office(), request.args.get("q", "")[:100], None
        if text.strip():
            with reading(bureau.engine) as connection:
                found = search.licenses_of(connection, office, text, actor=visitor().actor, limit=PAGE)
        return render_template("centre_licenses.html", q=text, found=found, services=office.services, authorities=bureau.authorities())

    @work.get("/licenses/<number>")
    def license_(number: str) -> ResponseReturnValue:
        office, held = bureau.office(), _theirs(bureau, number)
        with reading(bureau.engine) as connection:
            about = views.about(connection, office, held.number, actor=visitor().actor)
            printed, linked = prints.of(connection, held.number), sites.links(connection, held.number)
        return render_template(
            "centre_license.html",
            license=held,
            about=about,
            prints=printed,
            links=linked,
            activity=bureau.activity(held.license),
            services=office.services,
            authorities=bureau.authorities(),
        )

    @work.get("/licenses/<number>/license.<any(png, svg, pdf):form>")
    def file(number: str, form: str) -> ResponseReturnValue:
        held = _theirs(bureau, number)
        if not held.in_force:
            raise ProblemError("not_found")
        return picture(bureau, held, form, request.args.get("size", "A4"))

    @work.post("/licenses/<number>/print")
    def print_(number: str) -> ResponseReturnValue:
        return _print(bureau, number)

    return work


def _list(bureau: Bureau) -> ResponseReturnValue:
    office, asked, actor = bureau.office(), request.args, visitor().actor
    text = asked.get("q", "")[:200]
    authority = asked.get("authority") or None
    service = asked.get("service") or None
    state = asked.get("state", "")
    states = (state,) if state in STATES else listing.WORK
    with reading(bureau.engine) as connection:
        if text.strip():
            found = search.applications_of(connection, office, text, actor=actor, authority=authority, limit=PAGE)
            lines, after, complete = found.lines, "", found.complete
        else:
            page = listing.work(
                connection,
                office,
                actor=actor,
                states=states,
                authority=authority,
                service=service if service in office.services.services else None,
                escalated=True if asked.get("late") else None,
                after=asked.get("after", ""),
                limit=PAGE,
            )
            lines, after, complete = page.lines, page.after, True
        begun = drafts.mine(connection, actor=actor, limit=10) if visitor().account and _clerk() else ()
    return render_template(
        "centre_work.html",
        q=text,
        lines=lines,
        after=after,
        complete=complete,
        drafts=begun,
        states=STATES,
        now=bureau.now(),
        services=office.services,
        authorities={code: name for code, name in bureau.authorities().items() if actor.has(code, *DESK)},
    )


def _clerk() -> bool:
    account = visitor().account
    return account is not None and account.has("clerk")


def _theirs(bureau: Bureau, number: str) -> Kept:
    """Return a license of an authority that the visitor works for. Raises IssuerError `number_unknown`, as for one that is not there."""
    with reading(bureau.engine) as connection:
        views.about(connection, bureau.office(), number, actor=visitor().actor)
    return kept(bureau, number)


def _print(bureau: Bureau, number: str) -> Response:
    """Number and log a copy, then make it."""
    found, size, account = _theirs(bureau, number), paper_size(request.form.get("size", "")), visitor().account
    if not found.in_force or account is None:
        raise ProblemError("not_found")
    with bureau.engine.begin() as connection:
        copy = prints.note(connection, number, size=size, by=account.name, now=bureau.now())
    token = found.message.to_bytes()
    paper = sheet.of(token, size=size, host=bureau.office().host, trust=bureau.trust(), serial=copy.serial, at=copy.at)
    return download(press.shared().render(paper), "application/pdf", f"{number}-{copy.serial}.pdf")
