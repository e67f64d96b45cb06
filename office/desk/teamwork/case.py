"""What colleagues do about a case beside its steps: take it, give it, note something, call the applicant, correct the mobile."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from accounts.errors import AccountError
from issuer.errors import IssuerError
from office import mobiles as numbers
from office.applications import views
from office.applications.context import UnitOfWork
from office.applications.errors import Fault
from office.desk import casefile
from office.desk.channel import CENTRE
from office.desk.context import DeskContext
from office.desk.problems import ProblemError
from office.desk.steps import version_of
from office.desk.visitor import unit_of_work, visitor
from office.work import assigning, contact, mobiles, notes
from storage.database import reading

_ID = f"<int(max={2**53}):id_>"
TYPED_MAX = 4_000  # more than any of these forms takes, and what a page shows again


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    rooms = Blueprint("assigning", __name__, url_prefix=CENTRE.application.rstrip("/"))

    @rooms.post("/<number>/take")
    def take(number: str) -> ResponseReturnValue:
        return _do(context, number, "take", lambda unit: assigning.take(unit, number, seen=_seen()))

    @rooms.post("/<number>/give")
    def give(number: str) -> ResponseReturnValue:
        to, note = _account(), request.form.get("note", "")
        return _do(context, number, "give", lambda unit: assigning.give(unit, number, to, note=note, seen=_seen()))

    @rooms.post("/<number>/back")
    def back(number: str) -> ResponseReturnValue:
        return _do(context, number, "back", lambda unit: assigning.give_back(unit, number, seen=_seen()))

    @rooms.post("/<number>/notes")
    def note(number: str) -> ResponseReturnValue:
        return _do(context, number, "note", lambda unit: notes.add(unit, number, request.form.get("note", "")), at="notes")

    @rooms.post("/<number>/call")
    def call(number: str) -> ResponseReturnValue:
        return _call(context, number)

    @rooms.post("/<number>/mobile")
    def mobile(number: str) -> ResponseReturnValue:
        typed, why, version = request.form.get("mobile", ""), request.form.get("why", ""), version_of(request.form.get("version", ""))
        return _do(context, number, "mobile", lambda unit: mobiles.correct(unit, number, typed, reason=why, version=version), at="reach")

    @rooms.post(f"/<number>/mobile/{_ID}")
    def decide(number: str, id_: int) -> ResponseReturnValue:
        decision = {"agree": True, "refuse": False}.get(request.form.get("decision", ""))
        with reading(context.engine) as connection:
            views.show(connection, context.office(), number, actor=visitor().actor)  # what is not theirs is not there, whatever was sent
        if decision is None:
            raise ProblemError("bad_request")
        return _do(context, number, "decide", lambda unit: mobiles.decide(unit, number, id_, agreed=decision), at="reach")

    @rooms.post("/<number>/again")
    def again(number: str) -> ResponseReturnValue:
        return _do(context, number, "again", lambda unit: contact.again(unit, number), at="reach")

    return rooms


def _do(context: DeskContext, number: str, action: str, step: Callable[[UnitOfWork], object], *, at: str = "holder") -> ResponseReturnValue:
    """Do something about a case and come back to it; what is wrong is said on its page, with what was typed."""
    try:
        with context.engine.begin() as connection:
            step(unit_of_work(connection, context))
    except IssuerError as error:
        return casefile.page(context, CENTRE, number, action=action, typed=_typed(), fault=Fault("", error.code))
    return redirect(f"{CENTRE.application}{number}#{at}", 303)


def _call(context: DeskContext, number: str) -> ResponseReturnValue:
    """Show the whole mobile, once, in the answer to this click alone."""
    try:
        with context.engine.begin() as connection:
            mobile = contact.look(unit_of_work(connection, context), number, request.form.get("why", ""))
    except (IssuerError, AccountError) as error:
        return casefile.page(context, CENTRE, number, action="call", typed=_typed(), fault=Fault("", error.code))
    return casefile.page(context, CENTRE, number, action="call", extra={"dialled": numbers.dialled(mobile)})


def _typed() -> Mapping[str, str]:
    return {name: text[:TYPED_MAX] for name, text in request.form.items()}


def _seen() -> int | None:
    """Return who had the case on the page that was clicked on, None if the form does not say."""
    return version_of(request.form.get("seen", ""))


def _account() -> int:
    """Return the account that a form names, one that nobody has for what is no number."""
    return max(0, version_of(request.form.get("to", "")) or 0)
