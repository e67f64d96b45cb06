"""The staff's sign-in: a name and a password, then a code from the phone; an invitation, a password of one's own and a phone tied to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Protocol
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from werkzeug.exceptions import NotFound

from accounts import authentication, confirming, directory, lockout, second_factor, sessions
from accounts.errors import AccountError
from accounts.oidc import Attempt, Provider
from accounts.roles import Account
from storage.database import reading
from web.origin import next_page

from . import cookies


class Visitor(Protocol):
    """Who sent a request, as the program knows them."""

    @property
    def token(self) -> str:
        """Return the token of their staff session, perhaps half; "" without one."""

    @property
    def account(self) -> Account | None:
        """Return whose it is, None for a stranger."""


@dataclass(frozen=True, slots=True)
class Host:
    """The program that people sign in to. Its templates have `login_frame`, what the pages stand in, and `login_root`, where they are."""

    root: str  # the path beneath which its pages are
    realm: str  # what its session's cookie is called by
    https: bool
    engine: Engine
    now: Callable[[], int]  # seconds since 1970 UTC
    visitor: Callable[[], Visitor]  # of the request at hand
    account: Callable[[], Account]  # the same one's, who raises for a stranger
    status_of: Callable[[str], int]  # the HTTP status of a refusal
    picture: Callable[[str], str]  # a text as a QR code (SVG)
    provider: Provider | None = None  # whom people may sign in with instead of a password

    def token(self) -> str:
        """Return the token of the staff session of the request at hand, perhaps half; "" without one."""
        return self.visitor().token

    def stranger(self) -> bool:
        """Say whether nobody is signed in."""
        return self.visitor().account is None


def blueprint(host: Host) -> Blueprint:
    """Return the routes."""
    login = Blueprint("login", __name__, url_prefix=host.root, template_folder="templates")
    _signing_in(login, host)
    _provided(login, host)
    _proving(login, host)
    _invitations(login, host)
    login.add_url_rule("/waiting", "waiting", lambda: _waiting(host))
    return login


def _signing_in(login: Blueprint, host: Host) -> None:
    """By a name and a password, and out again."""

    @login.get("/sign-in")
    def door() -> ResponseReturnValue:
        return _door(host, "")

    @login.post("/sign-in")
    def enter() -> ResponseReturnValue:
        name, password = request.form.get("name", ""), request.form.get("password", "")
        before = None if host.stranger() else host.token()
        known = {"address": request.remote_addr, "browser": cookies.browser(https=host.https)}
        try:
            half = authentication.with_password(host.engine, name, password, now=host.now(), instead_of=before, **known)  # type: ignore[arg-type]
        except AccountError as error:
            return _door(host, name, error)
        wanted = _next(host)
        more = "" if wanted == f"{host.root}/" else f"?{urlencode({'next': wanted})}"
        return _go(host, f"{host.root}/code{more}", half)

    @login.post("/sign-out")
    def leave() -> ResponseReturnValue:
        with host.engine.begin() as connection:
            sessions.end(connection, host.token())  # half a session too; none is ended without harm
        return _go(host, f"{host.root}/sign-in", "")


def _provided(login: Blueprint, host: Host) -> None:
    """By a provider of sign-ins."""

    @login.get("/oidc")
    def leave_for_provider() -> ResponseReturnValue:
        return _to_provider(host)

    @login.get("/oidc/back")
    def back_from_provider() -> ResponseReturnValue:
        return _from_provider(host)


def _proving(login: Blueprint, host: Host) -> None:
    """By a code from the phone, or a phone that is tied to the account first."""

    @login.get("/code")
    def code() -> ResponseReturnValue:
        return _second(host, None)

    @login.post("/code")
    def prove() -> ResponseReturnValue:
        typed, known = request.form.get("code", ""), cookies.browser(https=host.https)
        try:
            token = authentication.with_code(
                host.engine, host.account(), typed, half=host.token(), address=request.remote_addr, now=host.now(), browser=known
            )
        except AccountError as error:
            return _second(host, error)
        return _go(host, _next(host) if host.account().confirmed else f"{host.root}/waiting", token)

    @login.post("/enrol")
    def enrol() -> ResponseReturnValue:
        half, typed, known = host.token(), request.form.get("code", ""), cookies.browser(https=host.https)
        try:
            key = second_factor.key_of(half)
            token, codes = authentication.enrol(host.engine, host.account(), key, typed, half=half, now=host.now(), browser=known)
        except AccountError as error:
            return _second(host, error)
        page = render_template("login_recovery.html", codes=codes, confirmed=host.account().confirmed)
        return cookies.set_session(Response(page), host.realm, token, https=host.https)


def _invitations(login: Blueprint, host: Host) -> None:
    """By an invitation, with a password of one's own."""

    @login.get("/welcome/<invitation>")
    def welcome(invitation: str) -> ResponseReturnValue:
        return _welcome(_invited(host, invitation), None)

    @login.post("/welcome/<invitation>")
    def accept(invitation: str) -> ResponseReturnValue:
        account = _invited(host, invitation)
        password, again = request.form.get("password", ""), request.form.get("again", "")
        if password != again:
            return _welcome(account, "password_differs")
        try:
            half = authentication.by_invitation(host.engine, invitation, password, now=host.now())
        except AccountError as error:
            return _welcome(account, error.code)
        return _go(host, f"{host.root}/code", half)


def _redirect(host: Host) -> str:
    """Return where the provider sends the browser back to: one of the addresses that it knows, whatever host a request names."""
    return f"{request.host_url.rstrip('/')}{host.root}/oidc/back"


def _to_provider(host: Host) -> ResponseReturnValue:
    """Send the browser to the provider, and let it keep what only it can come back with."""
    if host.provider is None:
        raise NotFound
    attempt, wanted = Attempt.new(), _next(host)
    try:
        where = host.provider.address(attempt, _redirect(host))
    except AccountError as error:
        return _door(host, "", error)
    return cookies.set_attempt(redirect(where, 303), json.dumps([*astuple(attempt), wanted]), https=host.https)  # type: ignore[arg-type]


def _from_provider(host: Host) -> ResponseReturnValue:
    """Let in whom the provider names, where an administrator tied them to an account."""
    if host.provider is None:
        raise NotFound
    limits, known = (lockout.of_address(request.remote_addr, realm="oidc"),), cookies.browser(https=host.https)
    identity = None
    try:
        attempt, wanted = _attempt(host)
        with host.engine.begin() as connection:
            lockout.count(connection, limits, now=host.now())
        identity = host.provider.identity(attempt, request.args.to_dict(), _redirect(host), now=host.now())
        before = None if host.stranger() else host.token()
        token, whole = authentication.with_identity(host.engine, identity, now=host.now(), browser=known, instead_of=before)
        with host.engine.begin() as connection:
            lockout.succeeded(connection, limits)
    except AccountError as error:
        page = _door(host, "", error, identity.subject if identity else "")
        return cookies.set_attempt(make_response(page), "", https=host.https)
    more = "" if wanted == f"{host.root}/" else f"?{urlencode({'next': wanted})}"
    answer = _go(host, wanted if whole else f"{host.root}/code{more}", token)
    return cookies.set_attempt(make_response(answer), "", https=host.https)


def _attempt(host: Host) -> tuple[Attempt, str]:
    """Return what this browser began, and where it wanted to go. Raises AccountError `oidc_refused` for one that began nothing."""
    try:
        *parts, wanted = json.loads(request.cookies.get(cookies.name_of("oidc", https=host.https), ""))
        attempt = Attempt(*parts)
    except (ValueError, TypeError, RecursionError) as error:
        raise AccountError("oidc_refused") from error
    if not all(isinstance(each, str) and len(each) >= 43 for each in parts) or not isinstance(wanted, str):
        raise AccountError("oidc_refused")
    home = f"{host.root}/"
    wanted = next_page(wanted, home)
    return attempt, wanted if wanted.startswith(home) else home


def _invited(host: Host, invitation: str) -> Account:
    with reading(host.engine) as connection:
        return directory.invited(connection, invitation, now=host.now())


def _go(host: Host, path: str, token: str) -> ResponseReturnValue:
    return cookies.set_session(redirect(path, 303), host.realm, token, https=host.https)  # type: ignore[arg-type]


def _next(host: Host) -> str:
    """Return where the request wants to go after signing in: a page of the same program, else its first."""
    home = f"{host.root}/"
    wanted = next_page(request.values.get("next"), home)
    return wanted if wanted.startswith(home) else home


def _fault(error: AccountError | None) -> dict[str, object] | None:
    return {"code": error.code, "wait": error.wait_seconds} if error else None


def _door(host: Host, name: str, error: AccountError | None = None, subject: str = "") -> ResponseReturnValue:
    """Return the sign-in page. `subject` is a provider's name for somebody who has no account here, to be told an administrator."""
    provider = host.provider.settings.name if host.provider else None
    page = render_template("login_sign_in.html", name=name, next=_next(host), fault=_fault(error), provider=provider, subject=subject)
    return page, host.status_of(error.code) if error else 200


def _second(host: Host, error: AccountError | None) -> ResponseReturnValue:
    """Return the page that asks for a code, or first ties a phone to an account that has none."""
    account, status = host.account(), host.status_of(error.code) if error else 200
    if account.enrolled:
        return render_template("login_code.html", fault=_fault(error), next=_next(host)), status
    key = second_factor.key_of(host.token())
    picture = host.picture(second_factor.enrolment_uri(key, account.name))
    return render_template("login_enrol.html", fault=_fault(error), key=key, picture=picture, account=account), status


def _waiting(host: Host) -> ResponseReturnValue:
    """Return the page of somebody who enrolled and may do nothing yet: what to tell an administrator, and whom not."""
    account = host.account()
    with reading(host.engine) as connection:
        code = confirming.code_of(connection, account.id)
    if not code:
        return redirect(f"{host.root}/", 303)
    return render_template("login_waiting.html", account=account, code=code)


def _welcome(account: Account, code: str | None) -> ResponseReturnValue:
    return render_template("login_welcome.html", account=account, code=code), 422 if code else 200
