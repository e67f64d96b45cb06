"""The portal's doors: the first page, signing in with a mobile number and a code, leaving, and what is one's own."""

from __future__ import annotations

from flask import Blueprint, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from accounts import sessions
from accounts.errors import AccountError
from issuer.errors import IssuerError
from office import mobiles
from office.applications import drafts, listing, objecting
from office.citizens import codes
from office.desk.context import DeskContext
from office.desk.problems import status_of
from office.desk.replicas import looking
from office.desk.visitor import browser, choose_language, language, set_session, unit_of_work, visitor
from web.origin import next_page
from web.writing import language_of


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    portal = Blueprint("portal", __name__)

    @portal.get("/")
    def home() -> ResponseReturnValue:
        office = context.office()
        return render_template("portal_home.html", services=office.services)

    @portal.get("/sign-in")
    def door() -> ResponseReturnValue:
        return _door("", request.args.get("next"))

    @portal.post("/sign-in")
    def send() -> ResponseReturnValue:
        return _send(context)

    @portal.post("/sign-in/code")
    def enter() -> ResponseReturnValue:
        return _enter(context)

    @portal.post("/sign-out")
    def leave() -> ResponseReturnValue:
        if visitor().citizen:
            with context.engine.begin() as connection:
                sessions.end(connection, visitor().token)
        return set_session(redirect("/", 303), context, "citizen", "")  # type: ignore[arg-type]

    @portal.get("/applications")
    def mine() -> ResponseReturnValue:
        actor, office = visitor().actor, context.office()
        with looking(context) as connection:
            begun, sent = drafts.mine(connection, actor=actor), listing.own(connection, actor=actor, after=request.args.get("after", ""))
            objectionable = objecting.open_to(unit_of_work(connection, context), [line.number for line in sent.lines])
        return render_template("portal_mine.html", drafts=begun, page=sent, services=office.services, objectionable=objectionable)

    return portal


def _send(context: DeskContext) -> ResponseReturnValue:
    """Send a code to the mobile number that was typed."""
    typed, wanted = request.form.get("mobile", ""), request.form.get("next")
    try:
        mobile = codes.send(
            context.engine,
            typed,
            address=request.remote_addr,
            language=language(),
            now=context.now(),
            browser=browser(context),
        )
    except (IssuerError, AccountError) as error:
        return _door(typed, wanted, error)
    return _code(mobile, wanted)


def _enter(context: DeskContext) -> ResponseReturnValue:
    """Sign in with the code that was sent."""
    mobile, wanted = request.form.get("mobile", ""), request.form.get("next")
    code = request.form.get("code", "")
    if (chosen := request.form.get("lang")) is not None:  # this page has no address of its own: it holds a number
        g.language = language_of(chosen)
        return choose_language(make_response(_code(mobile, wanted, typed=code)), context, chosen)
    try:
        token = codes.sign_in(
            context.engine,
            mobile,
            code,
            address=request.remote_addr,
            now=context.now(),
            browser=browser(context),
            instead_of=visitor().token or None,
        )
    except (IssuerError, AccountError) as error:
        return _code(mobile, wanted, error, code)
    response = redirect(next_page(wanted, "/applications"), 303)
    return set_session(response, context, "citizen", token)  # type: ignore[arg-type]


def _door(typed: str, wanted: str | None, error: IssuerError | AccountError | None = None) -> ResponseReturnValue:
    fault = {"code": error.code, "wait": getattr(error, "wait_seconds", 0)} if error else None
    page = render_template("portal_sign_in.html", mobile=typed, next=wanted or "", fault=fault)
    return page, status_of(error.code) if error else 200


def _code(mobile: str, wanted: str | None, error: IssuerError | AccountError | None = None, typed: str = "") -> ResponseReturnValue:
    fault = {"code": error.code, "wait": getattr(error, "wait_seconds", 0)} if error else None
    shown = mobiles.masked(mobile) if mobiles.is_e164(mobile) else mobile
    page = render_template("portal_code.html", mobile=mobile, shown=shown, next=wanted or "", fault=fault, typed=typed)
    return page, status_of(error.code) if error else 200
