"""Signing in on the web: a name and a password, then a code from the phone; an invitation, a password and a phone tied to it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from accounts import authentication, directory, second_factor, sessions
from accounts.errors import AccountError
from qr import write
from storage.database import reading

from .context import InspectionsContext
from .paths import PREFIX
from .problems import status_of
from .visitor import DOOR, HOME, browser, next_page, set_session, staff, visitor


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    login = Blueprint("login", __name__, url_prefix=PREFIX)

    @login.get("/sign-in")
    def door() -> ResponseReturnValue:
        return _door("", request.args.get("next"))

    @login.post("/sign-in")
    def enter() -> ResponseReturnValue:
        name, password = request.form.get("name", ""), request.form.get("password", "")
        before, where = visitor().token or None, {"address": request.remote_addr, "browser": browser(context)}
        try:
            half = authentication.with_password(context.engine, name, password, now=context.now(), instead_of=before, **where)  # type: ignore[arg-type]
        except AccountError as error:
            return _door(name, request.form.get("next"), error)
        wanted = urlencode({"next": next_page(request.form.get("next"))})
        return _go(context, f"{PREFIX}/code?{wanted}", half)

    @login.get("/code")
    def code() -> ResponseReturnValue:
        return _second(None)

    @login.post("/code")
    def prove() -> ResponseReturnValue:
        half, typed = visitor().token, request.form.get("code", "")
        where = {"address": request.remote_addr, "browser": browser(context)}
        try:
            token = authentication.with_code(context.engine, staff(), typed, half=half, now=context.now(), **where)  # type: ignore[arg-type]
        except AccountError as error:
            return _second(error)
        return _go(context, next_page(request.form.get("next")), token)

    @login.get("/welcome/<invitation>")
    def welcome(invitation: str) -> ResponseReturnValue:
        return _welcome(context, invitation, None)

    @login.post("/welcome/<invitation>")
    def accept(invitation: str) -> ResponseReturnValue:
        password, again = request.form.get("password", ""), request.form.get("again", "")
        if password != again:
            return _welcome(context, invitation, "password_differs")
        try:
            half = authentication.by_invitation(context.engine, invitation, password, now=context.now())
        except AccountError as error:
            return _welcome(context, invitation, error.code)
        return _go(context, f"{PREFIX}/code", half)

    @login.post("/enrol")
    def enrol() -> ResponseReturnValue:
        half, typed = visitor().token, request.form.get("code", "")
        key = second_factor.key_of(half)
        try:
            token, codes = authentication.enrol(context.engine, staff(), key, typed, half=half, now=context.now(), browser=browser(context))
        except AccountError as error:
            return _second(error)
        return set_session(Response(render_template("recovery.html", codes=codes)), context, token)

    @login.post("/sign-out")
    def leave() -> ResponseReturnValue:
        with context.engine.begin() as connection:
            sessions.end(connection, visitor().token)
        return _go(context, DOOR, "")

    return login


def _go(context: InspectionsContext, path: str, token: str) -> Response:
    return set_session(redirect(path, 303), context, token)  # type: ignore[arg-type]


def _door(name: str, wanted: str | None, error: AccountError | None = None) -> ResponseReturnValue:
    page = render_template("sign_in.html", name=name, next=next_page(wanted), fault=error.code if error else "")
    return page, status_of(error.code) if error else 200


def _second(error: AccountError | None) -> ResponseReturnValue:
    """Return the page that asks for a code, or first ties a phone to an account that has none."""
    account, status, fault = staff(), status_of(error.code) if error else 200, error.code if error else ""
    if account.enrolled:
        return render_template("code.html", fault=fault, next=next_page(request.values.get("next"))), status
    key = second_factor.key_of(visitor().token)
    picture = write.encode_ascii(second_factor.enrolment_uri(key, account.name)).svg()
    return render_template("tie.html", fault=fault, key=key, picture=picture, home=HOME), status


def _welcome(context: InspectionsContext, invitation: str, code: str | None) -> ResponseReturnValue:
    with reading(context.engine) as connection:
        account = directory.invited(connection, invitation, now=context.now())
    return render_template("welcome.html", account=account, fault=code or ""), 422 if code else 200
