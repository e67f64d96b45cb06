"""Objecting with one press: a page that says against what, with a box for reasons that may stay empty, and one button."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from office.applications import objecting, views
from office.applications.errors import Fault
from office.desk import words
from office.desk.channel import PORTAL
from office.desk.context import DeskContext
from office.desk.problems import status_of
from office.desk.steps import REASON_MAX, version_of
from office.desk.visitor import language, unit_of_work, visitor
from office.services.state_machine import State
from storage.database import reading


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    objection = Blueprint("portal_objection", __name__, url_prefix=PORTAL.application.rstrip("/"))

    @objection.get("/<number>/objection")
    def ask(number: str) -> ResponseReturnValue:
        if _made(context, number):
            return redirect(f"{PORTAL.application}{number}", 303)
        return _page(context, number)

    @objection.post("/<number>/objection")
    def send(number: str) -> ResponseReturnValue:
        return _send(context, number)

    return objection


def _send(context: DeskContext, number: str) -> ResponseReturnValue:
    """Object. Sent again, by a second press or a page that was kept, it is the same objection."""
    typed, version = request.form.get("reason", ""), version_of(request.form.get("version", ""))
    if len(typed) > REASON_MAX:
        return _page(context, number, Fault("reason", "field_too_long"))
    said = typed if typed.strip() else words.say("objecting_standard", language(), number=number.upper())
    try:
        with context.engine.begin() as connection:
            objecting.once(unit_of_work(connection, context), number, reason=said, version=version)
    except IssuerError as error:
        if error.code == "application_unknown":
            raise
        return _page(context, number, Fault("reason" if error.code == "reason_missing" else "", error.code))
    return redirect(f"{PORTAL.application}{number}", 303)


def _made(context: DeskContext, number: str) -> bool:
    """Say whether an objection waits already. Raises ApplicationError `application_unknown`."""
    with reading(context.engine) as connection:
        return views.show(connection, context.office(), number, actor=visitor().actor).state == State.OBJECTION


def _page(context: DeskContext, number: str, fault: Fault | None = None) -> ResponseReturnValue:
    """Return the page that asks. Raises IssuerError where there is nothing to object to."""
    office = context.office()
    with reading(context.engine) as connection:
        against = objecting.show(unit_of_work(connection, context), number)
    page = render_template(
        "portal_objection.html",
        against=against,
        service=office.service(against.service),
        typed=request.form.get("reason", ""),
        fault=fault,
        most=REASON_MAX,
    )
    return page, status_of(fault.code) if fault else 200
