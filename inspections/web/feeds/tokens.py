"""The administrators' page of tokens: who asks what, until when, and when last; a new one, shown once; revoking."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from inspections.errors import InspectionError
from inspections.programs import tokens as store
from inspections.programs.tokens import SCOPES
from inspections.web.context import InspectionsContext
from inspections.web.pages import scope
from inspections.web.paths import PREFIX
from inspections.web.problems import status_of
from inspections.web.visitor import staff
from storage.database import reading

from . import offered


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    tokens = Blueprint("tokens", __name__, url_prefix=f"{PREFIX}/tokens", template_folder="templates")

    @tokens.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @tokens.post("")
    def make() -> ResponseReturnValue:
        try:
            given = {"scopes": request.form.getlist("scope"), "authorities": offered.picked(context), "last_day": _last_day()}
            with context.engine.begin() as connection:
                made, secret = store.make(connection, request.form.get("name", "")[:200], **given, by=staff().name, now=context.now())  # type: ignore[arg-type]
        except InspectionError as error:
            return _list(context, error.code)
        return render_template("token_made.html", token_=made, secret=secret)

    @tokens.post(f"/<int(max={2**53}):number>/revoke")
    def revoke(number: int) -> ResponseReturnValue:
        try:
            with context.engine.begin() as connection:
                store.revoke(connection, number, by=staff().name, now=context.now(), scope=offered.mine())
        except InspectionError as error:
            if error.code == "token_unknown":
                raise
            return _list(context, error.code)
        return redirect(f"{PREFIX}/tokens", 303)

    return tokens


def _last_day() -> date:
    try:
        return date.fromisoformat(request.form.get("until", "")[:40])
    except ValueError as error:
        raise InspectionError("token_until") from error


def _list(context: InspectionsContext, fault: str = "") -> ResponseReturnValue:
    now = context.now()
    with reading(context.engine) as connection:
        found = store.listed(connection, offered.mine())
    told = {"tokens": found, "now": now, "scopes": SCOPES, "fault": fault}
    page = render_template("tokens.html", authorities=offered.authorities(context), names=scope.names(context), **told)
    return page, status_of(fault) if fault else 200
