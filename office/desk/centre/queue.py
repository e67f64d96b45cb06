"""The hall: numbers given at the reception, called by desks, shown on a screen; who comes with an appointment; an application's slip."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from governorate import counter
from issuer.errors import IssuerError
from issuer.intake.texts import figures
from office.applications import views
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import staff, visitor
from office.queue import appointments, tickets
from storage.database import reading

ROLES = ("clerk", "reviewer", "cashier", "manager")
REFRESH_SECONDS = 5  # of the hall's screen
_ROW = f"<int(max={2**53}):ticket>"
_AUTHORITY = re.compile(r"[A-Z0-9]{2,4}").fullmatch


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes of the desks."""
    pages = Blueprint("queue", __name__, url_prefix="/centre/queue")

    @pages.get("")
    def hall() -> ResponseReturnValue:
        return _page(context)

    @pages.post("/take")
    def take() -> ResponseReturnValue:
        return _take(context)

    @pages.post("/came")
    def came() -> ResponseReturnValue:
        return _came(context)

    @pages.post("/next")
    def next_() -> ResponseReturnValue:
        return _next(context)

    @pages.get(f"/tickets/{_ROW}")
    def ticket(ticket: int) -> ResponseReturnValue:
        return _ticket(context, ticket)

    @pages.post(f"/tickets/{_ROW}/<any(again, served, missed):done>")
    def done(ticket: int, done: str) -> ResponseReturnValue:
        return _done(context, ticket, done)

    @pages.get("/slips/<number>")
    def slip(number: str) -> ResponseReturnValue:
        return _slip(context, number)

    return pages


def screen(context: DeskContext) -> Blueprint:
    """Return the hall's screen, which nobody signs in at: it shows numbers and desks, and nobody's name."""
    pages = Blueprint("hall", __name__)

    @pages.get("/hall/<authority>")
    def show(authority: str) -> ResponseReturnValue:
        names = context.authorities()
        if not _AUTHORITY(authority) or authority not in names or not counter.default().classes:
            raise ProblemError("not_found")
        with reading(context.engine) as connection:
            called = tickets.called(connection, authority, now=context.now())
            waiting = tickets.waiting(connection, authority, now=context.now())
        still, voice = "still" in request.args, "voice" in request.args
        told = {"name": names[authority], "called": called, "waiting": len(waiting), "still": still, "voice": voice}
        response = make_response(render_template("hall.html", now=context.now(), **told))
        if not still and not voice:  # a page that speaks looks for itself, and whoever reads it at their own pace stops it (WCAG 2.2.2)
            response.headers["Refresh"] = f"{REFRESH_SECONDS}"
        return response

    return pages


def _where(context: DeskContext) -> tuple[str, ...]:
    return visitor().actor.authorities(context.office().authorities, *ROLES)


def _at(context: DeskContext) -> str:
    """Return the centre that is worked at: the one that the page names, else the first of the visitor's."""
    mine, asked = _where(context), request.values.get("at", "")
    if asked and asked not in mine:
        raise ProblemError("forbidden")
    if not mine or not counter.default().classes:
        raise ProblemError("queue_none")
    return asked or mine[0]


def _page(context: DeskContext, code: str = "", field: str = "") -> ResponseReturnValue:
    """Return the queue. `code` is why nothing was done now, `field` what of the form is wrong."""
    at, rules, now = _at(context), counter.default(), context.now()
    desk, chosen = request.values.get("desk", "").strip(), request.values.getlist("class") or list(rules.classes)
    with reading(context.engine) as connection:
        waiting, called = tickets.waiting(connection, at, now=now), tickets.called(connection, at, now=now)
        expected = appointments.today(connection, at, now=now)
    page = render_template(
        "centre_queue.html",
        at=at,
        mine=_where(context),
        authorities=context.authorities(),
        rules=rules,
        desk=desk,
        chosen=chosen,
        mine_now=next((each for each in called if each.desk == desk), None),
        waiting=waiting,
        called=called,
        expected=expected,
        code=code,
        field=field,
    )
    return page, status_of(code) if code else 200


def _take(context: DeskContext) -> ResponseReturnValue:
    at, class_ = _at(context), request.form.get("class", "")
    if class_ not in counter.default().classes:
        return _page(context, "field_missing", "take")
    try:
        with context.engine.begin() as connection:
            made = tickets.take(connection, at, class_, by=staff().name, now=context.now())
    except IssuerError as error:
        return _page(context, error.code, "take")
    return redirect(f"/centre/queue/tickets/{made}", 303)


def _came(context: DeskContext) -> ResponseReturnValue:
    text = request.form.get("appointment", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    try:
        with context.engine.begin() as connection:
            where, by = _where(context), staff().name
            made = tickets.came(connection, number, counter.default().booked_class, where=where, by=by, now=context.now())
    except IssuerError as error:
        if error.code == "appointment_unknown":
            raise ProblemError(error.code) from error
        return _page(context, error.code)
    return redirect(f"/centre/queue/tickets/{made}", 303)


def _next(context: DeskContext) -> ResponseReturnValue:
    at, desk = _at(context), figures(request.form.get("desk", "")[:40]).strip()
    classes = [each for each in request.form.getlist("class") if each in counter.default().classes]
    try:
        with context.engine.begin() as connection:
            called = tickets.call_next(connection, at, classes, desk=desk, now=context.now())
    except IssuerError as error:
        return _page(context, error.code, "desk")
    if called is None:
        return _page(context, "queue_empty")
    return _back(at, desk, classes)


def _done(context: DeskContext, ticket: int, done: str) -> ResponseReturnValue:
    where = _where(context)
    try:
        with context.engine.begin() as connection:
            held = tickets.seen(connection, ticket, where=where)
            if done == "again":
                tickets.again(connection, ticket, where=where, now=context.now())
            else:
                tickets.end(connection, ticket, done, where=where)  # type: ignore[arg-type] # the address has no other word
    except IssuerError as error:
        if error.code == "ticket_unknown":
            raise ProblemError(error.code) from error
        return _page(context, error.code)
    return _back(held.authority, held.desk, request.form.getlist("class"))


def _back(at: str, desk: str, classes: list[str]) -> ResponseReturnValue:
    query = urlencode([("at", at), ("desk", desk), *(("class", each) for each in classes if len(each) == 1)])
    return redirect(f"/centre/queue?{query}", 303)


def _ticket(context: DeskContext, ticket: int) -> ResponseReturnValue:
    with reading(context.engine) as connection:
        held = tickets.seen(connection, ticket, where=_where(context))
        before = tickets.before(connection, held)
    names, rules = context.authorities(), counter.default()
    return render_template("centre_ticket.html", ticket=held, before=before, name=names[held.authority], rules=rules)


def _slip(context: DeskContext, number: str) -> ResponseReturnValue:
    """Return an application's slip: its number, where it stands, what it lacks, and the receipt's code."""
    actor, office = visitor().actor, context.office()
    with reading(context.engine) as connection:
        application = views.show(connection, office, number, actor=actor)
    if not actor.has(application.authority, *ROLES):
        raise ProblemError("application_unknown")
    service = office.service(application.service)
    held = {each.code for each in application.attachments}
    missing = [document for document in service.documents if document.required and document.code not in held]
    name = context.authorities()[application.authority]
    return render_template("centre_slip.html", application=application, service=service, missing=missing, name=name)
