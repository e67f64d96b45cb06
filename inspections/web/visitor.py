"""Who asks: a browser by its session's cookie, a device by its token; the guard that every request passes before anything else is done."""

from __future__ import annotations

import hmac
import re
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Flask, Response, g, redirect, request
from flask.typing import ResponseReturnValue

from accounts import directory, sessions
from accounts.guard import Guard
from accounts.roles import Account
from accounts.sessions import Session
from accounts.web import cookies
from inspections.devices import records
from inspections.devices.records import Device
from inspections.enforcement import office_tokens
from seal.catalogue import Language
from storage.database import reading
from web.origin import SAFE, foreign
from web.writing import language_of

from . import asking
from .context import InspectionsContext
from .paths import PREFIX
from .problems import ProblemError

LANGUAGE_COOKIE = "khatm_language"
FORM_TOKEN = "form"  # noqa: S105 - the field's name in every form
DOOR = f"{PREFIX}/sign-in"
REALM = "inspections"  # what the session's cookie is called by
_SECONDS = 365 * 86_400
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # as `tokens.new` makes them


class Visitor(NamedTuple):
    """Whoever sent a request; a stranger has no session."""

    session: Session | None = None
    token: str = ""
    account: Account | None = None


def visitor() -> Visitor:
    """Return who sent the request at hand."""
    return g.get("visitor") or Visitor()


def staff() -> Account:
    """Return the account that sent the request at hand. Raises ProblemError `forbidden` for everybody else."""
    account = visitor().account
    if account is None:
        raise ProblemError("forbidden")
    return account


def sender() -> Device:
    """Return the device that sent the request at hand. Raises ProblemError `device_refused` for everybody else."""
    found: Device | None = g.get("device")
    if found is None:
        raise ProblemError("device_refused")
    return found


def working() -> Device:
    """Return the device that sent the request at hand if it is in use. Raises ProblemError `device_stopped`, as `sender`."""
    found = sender()
    if found.state != "active":
        raise ProblemError("device_stopped")
    return found


def bearer() -> str:
    """Return the token that a request carries, empty without one (RFC 6750 §2.1)."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind.lower() == "bearer" and _TOKEN.fullmatch(token) else ""


def language() -> Language:
    """Return the language of the request at hand."""
    chosen: Language | None = g.get("language")
    return chosen or language_of(request.cookies.get(LANGUAGE_COOKIE))


def choose_language(response: Response, context: InspectionsContext, asked: str | None) -> Response:
    """Let the browser keep a language."""
    chosen = language_of(asked)
    response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_SECONDS, secure=context.settings.https, httponly=True, samesite="Lax")
    return response


def watch(app: Flask, context: InspectionsContext, guard: Guard) -> None:
    """Let every request of `app` pass the guard."""

    @app.before_request
    def enter() -> ResponseReturnValue | None:
        if request.url_rule is None:
            return None  # there is no such address; nothing to guard
        if any("\0" in text for text in (request.path, *request.args.values())):
            raise ProblemError("bad_request")  # nobody types it, and PostgreSQL takes none
        rule = guard.rule(request.endpoint)
        if rule is not None and rule.who == "device":
            g.device = _device(context)
            return None
        if rule is not None and rule.who == "program":
            asking.admit(context, rule.scopes)
            return None
        if rule is not None and rule.who == "office":
            _check_office(context)
            return None
        if request.blueprint == "api":
            return None  # enrolment: no cookie counts there
        if request.method in SAFE and "lang" in request.args:
            return _switch_language(context)
        g.visitor = _find(context)
        answer = guard.admits(request.endpoint, session=g.visitor.session, account=g.visitor.account)
        if answer == "sign_in":
            return _sign_in(half=rule is not None and rule.who == "half")
        if answer == "unconfirmed" and request.method in SAFE:
            return redirect(f"{PREFIX}/waiting", 303)
        if answer != "admitted":
            raise ProblemError("forbidden")
        if request.method not in SAFE:
            _refuse_foreign()
            _refuse_forged(g.visitor)
        return None

    @app.after_request
    def keep(response: Response) -> Response:
        return cookies.keep_browser(response, https=context.settings.https)


def _device(context: InspectionsContext) -> Device:
    token = bearer()
    if not token:
        raise ProblemError("device_refused")
    with reading(context.engine) as connection:
        found = records.by_token(connection, token)
    if found is None:
        raise ProblemError("device_refused")
    return found


def _check_office(context: InspectionsContext) -> None:
    """Return if the request carries the office's token. Raises ProblemError `office_refused`."""
    token = bearer()
    if not token:
        raise ProblemError("office_refused")
    with reading(context.engine) as connection:
        if not office_tokens.holds(connection, token):
            raise ProblemError("office_refused")


def _find(context: InspectionsContext) -> Visitor:
    token = request.cookies.get(cookies.name_of(REALM, https=context.settings.https), "")
    if not token:
        return Visitor()
    now = context.now()
    with reading(context.engine) as connection:
        found = sessions.find(connection, token, "staff", now=now)
        account = directory.by_id(connection, found[0].subject) if found else None
    if found is None or account is None:
        return Visitor()
    if found[1]:
        with context.engine.begin() as connection:
            sessions.seen(connection, token, now=now)
    return Visitor(found[0], token, account)


def _switch_language(context: InspectionsContext) -> Response:
    """Keep the language and go back to the page without the wish in its address."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    response = redirect(request.path + (f"?{urlencode(kept)}" if kept else ""))
    return choose_language(response, context, request.args.get("lang"))  # type: ignore[arg-type]


def _sign_in(*, half: bool) -> ResponseReturnValue:
    """Lead to the door, and back from there."""
    if request.method not in SAFE:
        raise ProblemError("signed_out")
    return redirect(DOOR if half else f"{DOOR}?{urlencode({'next': request.full_path.rstrip('?')})}")


def _refuse_foreign() -> None:
    """Refuse what another site's page sends, by the browser's own word (Fetch Metadata, Origin). Raises ProblemError `forged`."""
    if foreign():
        raise ProblemError("forged")


def _refuse_forged(found: Visitor) -> None:
    """Refuse a form without its session's token; whoever has no session has none. Raises ProblemError `forged`."""
    if found.session is None:
        return
    sent = request.form.get(FORM_TOKEN, "")
    if not hmac.compare_digest(sent.encode("utf-8", "replace"), found.session.csrf.encode()):
        raise ProblemError("forged")
