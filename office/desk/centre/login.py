"""The staff's login: a name and a password, then a code from the phone; an invitation, a password of one's own and a phone tied to it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from accounts import authentication, directory, second_factor, sessions
from accounts.errors import AccountError
from accounts.roles import Account
from office.desk.context import DeskContext
from office.desk.problems import status_of
from office.desk.visitor import browser, next_page, set_session, staff, visitor
from qr import write
from storage.database import reading


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    login = Blueprint("login", __name__, url_prefix="/centre")

    @login.get("/sign-in")
    def door() -> ResponseReturnValue:
        return _door("", request.args.get("next"))

    @login.post("/sign-in")
    def enter() -> ResponseReturnValue:
        return _enter(context)

    @login.get("/code")
    def code() -> ResponseReturnValue:
        return _second(None)

    @login.post("/code")
    def prove() -> ResponseReturnValue:
        return _prove(context)

    @login.get("/welcome/<invitation>")
    def welcome(invitation: str) -> ResponseReturnValue:
        with reading(context.engine) as connection:
            account = directory.invited(connection, invitation, now=context.now())
        return _welcome(account, None)

    @login.post("/welcome/<invitation>")
    def accept(invitation: str) -> ResponseReturnValue:
        return _accept(context, invitation)

    @login.post("/enrol")
    def enrol() -> ResponseReturnValue:
        return _enrol(context)

    @login.post("/sign-out")
    def leave() -> ResponseReturnValue:
        return _leave(context)

    return login


def _enter(context: DeskContext) -> ResponseReturnValue:
    """Take name and password, and ask for the code."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    before = visitor().token if visitor().account else ""
    try:
        half = authentication.with_password(
            context.engine,
            name,
            password,
            address=request.remote_addr,
            now=context.now(),
            instead_of=before or None,
            browser=browser(context),
        )
    except AccountError as error:
        return _door(name, request.form.get("next"), error)
    return _go(context, _with_next("/centre/code"), half)


def _prove(context: DeskContext) -> ResponseReturnValue:
    """Take the code from the phone, which makes half a session a whole one."""
    found, typed = visitor(), request.form.get("code", "")
    try:
        token = authentication.with_code(
            context.engine,
            staff(),
            typed,
            half=found.token,
            address=request.remote_addr,
            now=context.now(),
            browser=browser(context),
        )
    except AccountError as error:
        return _second(error)
    return _go(context, next_page(request.form.get("next"), "/centre/"), token)


def _accept(context: DeskContext, invitation: str) -> ResponseReturnValue:
    """Take an invited person's own password."""
    with reading(context.engine) as connection:
        account = directory.invited(connection, invitation, now=context.now())
    password, again = request.form.get("password", ""), request.form.get("again", "")
    if password != again:
        return _welcome(account, "password_differs")
    try:
        half = authentication.by_invitation(context.engine, invitation, password, now=context.now())
    except AccountError as error:
        return _welcome(account, error.code)
    return _go(context, "/centre/code", half)


def _enrol(context: DeskContext) -> ResponseReturnValue:
    """Tie a phone to the account, and show its recovery codes once."""
    found, typed = visitor(), request.form.get("code", "")
    key = second_factor.key_of(found.token)
    try:
        token, codes = authentication.enrol(
            context.engine, staff(), key, typed, half=found.token, now=context.now(), browser=browser(context)
        )
    except AccountError as error:
        return _second(error)
    page = render_template("centre_recovery.html", codes=codes)
    return set_session(Response(page), context, "staff", token)


def _leave(context: DeskContext) -> ResponseReturnValue:
    """End a session; half a session too, for none is ended without harm."""
    with context.engine.begin() as connection:
        sessions.end(connection, visitor().token)
    return _go(context, "/centre/sign-in", "")


def _go(context: DeskContext, path: str, token: str) -> ResponseReturnValue:
    return set_session(redirect(path, 303), context, "staff", token)  # type: ignore[arg-type]


def _with_next(path: str) -> str:
    wanted = next_page(request.form.get("next"), "")
    return f"{path}?{urlencode({'next': wanted})}" if wanted else path


def _fault(error: AccountError | None) -> dict[str, object] | None:
    return {"code": error.code, "wait": error.wait_seconds} if error else None


def _door(name: str, wanted: str | None, error: AccountError | None = None) -> ResponseReturnValue:
    page = render_template("centre_sign_in.html", name=name, next=wanted or "", fault=_fault(error))
    return page, status_of(error.code) if error else 200


def _second(error: AccountError | None) -> ResponseReturnValue:
    """Return the page that asks for a code, or first ties a phone to an account that has none."""
    account, status = staff(), status_of(error.code) if error else 200
    if account.enrolled:
        return render_template("centre_code.html", fault=_fault(error), next=request.values.get("next", "")), status
    key = second_factor.key_of(visitor().token)
    picture = write.encode_ascii(second_factor.enrolment_uri(key, account.name)).svg()
    page = render_template("centre_enrol.html", fault=_fault(error), key=key, picture=picture, account=account)
    return page, status


def _welcome(account: Account, code: str | None) -> ResponseReturnValue:
    return render_template("centre_welcome.html", account=account, code=code), 422 if code else 200
