"""Who asks: the session behind a request's cookie, and the guard that every request passes before anything else is done."""

from __future__ import annotations

import hmac
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Flask, Response, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts import directory, sessions
from accounts.guard import Guard, Rule
from accounts.roles import Account
from accounts.sessions import Realm, Session
from accounts.web import cookies
from acts import acting
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.citizens import codes
from office.citizens.codes import Citizen
from seal.catalogue import Language
from storage.database import reading
from web.origin import SAFE, foreign
from web.writing import language_of

from . import access, resuming
from .context import DeskContext
from .problems import ProblemError

LANGUAGE_COOKIE = "khatm_language"
FORM_TOKEN = "form"  # noqa: S105 - the field's name in every form
_SECONDS = 365 * 86_400


class Visitor(NamedTuple):
    """Whoever sent a request; a stranger has no session."""

    session: Session | None = None
    token: str = ""
    account: Account | None = None
    citizen: Citizen | None = None

    @property
    def actor(self) -> Actor:
        """The visitor as the rules below know people. Only for routes that a citizen or the staff may open."""
        if self.account:
            return Actor("staff", str(self.account.id), self.account.display, self.account.roles)
        if self.citizen:
            return Actor("citizen", str(self.citizen.id), self.citizen.mobile, mobile=self.citizen.mobile)
        raise ProblemError("forbidden")


def visitor() -> Visitor:
    """Return who sent the request at hand."""
    return g.get("visitor") or Visitor()


def staff() -> Account:
    """Return the account that sent the request at hand. Raises ProblemError `forbidden` for everybody else."""
    account = visitor().account
    if account is None:
        raise ProblemError("forbidden")
    return account


def unit_of_work(connection: Connection, context: DeskContext) -> UnitOfWork:
    """Return what the visitor does in this transaction, now."""
    return UnitOfWork(connection, context.office(), visitor().actor, context.now())


def language() -> Language:
    """Return the language of the request at hand."""
    chosen: Language | None = g.get("language")
    return chosen or language_of(request.cookies.get(LANGUAGE_COOKIE))


def choose_language(response: Response, context: DeskContext, asked: str | None) -> Response:
    """Let the browser keep a language."""
    chosen = language_of(asked)
    response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_SECONDS, secure=context.settings.https, httponly=True, samesite="Lax")
    return response


def set_session(response: Response, context: DeskContext, realm: Realm, token: str) -> Response:
    """Give the browser a session's token; an empty one takes it away."""
    return cookies.set_session(response, realm, token, https=context.settings.https)


def browser(context: DeskContext) -> str:
    """Return the token by which the request's browser is known again, and let it keep it."""
    return cookies.browser(https=context.settings.https)


def watch(app: Flask, context: DeskContext, guard: Guard) -> None:
    """Let every request of `app` pass the guard."""

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if (token := g.pop("acting", None)) is not None:
            acting.restore(token)

    @app.before_request
    def enter() -> ResponseReturnValue | None:
        g.acting = acting.nobody()
        if request.url_rule is None:
            return None  # there is no such address; nothing to guard
        if any("\0" in text for text in (request.path, *request.args.values())):
            raise ProblemError("bad_request")  # nobody types it, and PostgreSQL takes none
        if request.method in SAFE and "lang" in request.args:
            return _switch_language(context)
        rule = guard.rule(request.endpoint)
        realms: tuple[Realm, ...] = ("citizen", "staff")
        if rule is not None and rule.who != "anyone":
            realms = ("citizen",) if rule.who == "citizen" else ("staff",)
        elif request.path.startswith("/centre/"):
            realms = ("staff",)
        g.visitor = next(filter(lambda found: found.session, (_find(context, realm) for realm in realms)), Visitor())
        answer = guard.admits(request.endpoint, session=g.visitor.session, account=g.visitor.account)
        if answer == "sign_in":
            return _sign_in(rule)
        if answer == "unconfirmed" and request.method in SAFE:
            return redirect("/centre/waiting", 303)
        if answer != "admitted":
            raise ProblemError("forbidden")
        _act(g.visitor)
        if request.method not in SAFE and request.blueprint not in context.unsigned:
            _refuse_foreign()
            return None if request.blueprint in context.sessionless else _refuse_forged(g.visitor)
        return None

    @app.after_request
    def keep(response: Response) -> Response:
        return cookies.keep_browser(response, https=context.settings.https)


def _act(found: Visitor) -> None:
    """Let whoever signed in act in this request; a stranger where strangers may write."""
    route = request.endpoint or ""
    if found.account:
        acting.become(f"account:{found.account.name}", route)
    elif found.citizen:
        acting.become(f"citizen:{found.citizen.id}", route)
    elif route in access.STRANGERS:
        acting.become(access.STRANGERS[route], route)


def _switch_language(context: DeskContext) -> Response:
    """Keep the language and go back to the page without the wish in its address."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    response = redirect(request.path + (f"?{urlencode(kept)}" if kept else ""))
    return choose_language(response, context, request.args.get("lang"))  # type: ignore[arg-type]


def _find(context: DeskContext, realm: Realm) -> Visitor:
    token = request.cookies.get(cookies.name_of(realm, https=context.settings.https), "")
    if not token:
        return Visitor()
    now = context.now()
    with reading(context.engine) as connection:
        found = sessions.find(connection, token, realm, now=now)
        if found is None:
            return Visitor()
        session, due = found
        account = directory.by_id(connection, session.subject) if realm == "staff" else None
        citizen = codes.by_id(connection, session.subject) if realm == "citizen" else None
    if due:
        with context.engine.begin() as connection:
            sessions.seen(connection, token, now=now)
    if account is None and citizen is None:
        return Visitor()
    return Visitor(session, token, account, citizen)


def _sign_in(rule: Rule | None) -> ResponseReturnValue:
    """Lead to the door, and back from there; what was being sent is kept on a page of its own."""
    realm = "citizen" if rule and rule.who == "citizen" else "staff"
    if request.method not in SAFE:
        _refuse_foreign()
        return resuming.again("signed_out", realm, csrf="", form_token=FORM_TOKEN)
    door = resuming.DOORS[realm]
    if rule and rule.who == "half":
        return redirect(door)  # whoever comes back with a whole session has no business there
    return redirect(f"{door}?{urlencode({'next': request.full_path.rstrip('?')})}")


def _refuse_foreign() -> None:
    """Refuse what another site's page sends, by the browser's own word (Fetch Metadata, Origin). Raises ProblemError `forged`."""
    if foreign():
        raise ProblemError("forged")


def _refuse_forged(found: Visitor) -> Response | None:
    """Refuse a form without its session's token; whoever has no session has none. A page from before they signed in is offered again.

    Raises ProblemError `forged`.
    """
    if found.session is None:
        return None
    sent, token = request.form.get(FORM_TOKEN, ""), found.session.csrf
    if hmac.compare_digest(sent.encode("utf-8", "replace"), token.encode()):
        return None
    return resuming.again("forged", found.session.realm, csrf=token, form_token=FORM_TOKEN)
