"""Puts the office together. Nothing here reads the environment or the clock: the settings do."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

import web.assets
from accounts.errors import AccountError
from accounts.guard import Guard
from governorate import counter
from keys.errors import CustodyError
from maps import serving
from office.applications import documents
from seal import claims, days
from seal.catalogue import Language
from storage.errors import KhatmError
from storage.faults import for_visitors, named, refusal, sqlstate
from web import forms, whereabouts
from web.headers import Headers
from web.quiet import QuietFlask

from . import (
    access,
    applicants,
    applying,
    assets,
    casefile,
    downloads,
    headers,
    health,
    problems,
    replicas,
    viewing,
    visitor,
    webhooks,
    words,
)
from .centre import (
    applicant_search,
    drawers,
    holding,
    importing,
    licensing,
    login,
    money,
    passkeys,
    people,
    proposals,
    queue,
    reads,
    reporting,
    requesting,
    sitemap,
    sticking,
    till,
    work,
)
from .channel import CENTRE, PORTAL
from .context import DeskContext
from .portal import appointments, holdings, notice, objecting, provisional
from .portal import pages as portal
from .problems import ProblemError
from .settings import Settings
from .teamwork import case as teamwork_case
from .teamwork import pages as teamwork
from .van import api as van_api
from .van import brought as van_brought
from .van import laptops as van_laptops

FORM_ROOM = 256 * 1024  # octets of a form beside its file: an outline, texts, a form token
FORM_PARTS_MOST = 100
UNASKED = ("health", "assets")  # blueprints that tell how the office is, or dress its refusals
SPOKEN = ("day", "moment", "money", "span", "named", "known_or_code", "detail")  # words that templates say in the reader's language


def create_app(settings: Settings, context: DeskContext | None = None) -> Flask:
    """Return the office. Raises StorageError where the register cannot be opened; RuntimeError for a route without a line in `access`."""
    context = context or DeskContext(settings)
    app = QuietFlask(__name__, static_folder=None)
    forms.limit(app, most_octets=documents.OCTETS_MAX + FORM_ROOM, memory=FORM_ROOM, parts=FORM_PARTS_MOST)
    app.url_map.merge_slashes = False  # it would redirect to whatever host the request names
    app.url_map.strict_slashes = False
    app.extensions["khatm"] = context
    furnish(app, context)
    if settings.served_hosts:
        refuse_other_hosts(app, context, settings.served_hosts)
    _refuse_other_governorate(app, context)
    guard = Guard(access.TABLE)
    visitor.watch(app, context, guard)
    _register_rooms(app, context)
    replicas.watch(app, context)
    unguarded, orphaned = guard.gaps([*app.view_functions, *access.OPTIONAL])
    if unguarded or orphaned:
        raise RuntimeError(f"access.TABLE lacks {sorted(unguarded)} and names {sorted(orphaned)}, which are not there")
    register_problems(app)
    app.wsgi_app = Headers(app.wsgi_app, headers.policy)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    return app


def _register_rooms(app: Flask, context: DeskContext) -> None:
    shared = (*web.assets.STAFF, web.assets.POSITION, web.assets.PASSKEY)
    app.register_blueprint(web.assets.blueprint(__package__, at=assets.STATIC, shared=shared))
    app.register_blueprint(serving.blueprint(context.map, at=f"{assets.STATIC}/map"))
    at_desks = (login, work, queue, till, drawers, money, proposals, requesting, reporting, people, passkeys, applicant_search, reads)
    register = (licensing, importing, holding, sticking)
    van = (van_api, van_brought, van_laptops, provisional)
    for room in (health, portal, holdings, objecting, appointments, downloads, *at_desks, *register, teamwork, teamwork_case, *van):
        app.register_blueprint(room.blueprint(context))
    for channel in (PORTAL, CENTRE):
        app.register_blueprint(applying.blueprint(context, channel))
        app.register_blueprint(casefile.blueprint(context, channel))
        app.register_blueprint(applicants.blueprint(context, channel))
        app.register_blueprint(viewing.blueprint(context, channel))
    app.register_blueprint(sitemap.blueprint(context))
    app.register_blueprint(queue.screen(context))
    for part in notice.blueprints(context):
        app.register_blueprint(part)
    app.register_blueprint(webhooks.blueprint(context))
    if (provider := webhooks.of_provider(context)) is not None:
        app.register_blueprint(provider)


def furnish(app: Flask, context: DeskContext) -> None:
    """Give the templates their words."""
    app.jinja_env.filters |= {"isolated": words.isolated, "written": claims.position_text}
    app.jinja_env.globals |= {"masked": words.masked, "plain_date": words.plain_date}

    @app.context_processor
    def of_request() -> dict[str, Any]:
        language = visitor.language()
        spoken = {name: _in(language, getattr(words, name)) for name in SPOKEN}
        found = visitor.visitor()
        csrf = found.session.csrf if found.session else ""
        other: Language = "en" if language == "ar" else "ar"
        spoken |= {"say": _speaker(language), "other_say": _speaker(other)}
        today = days.day_of(context.now())
        here = whereabouts.here("/centre/" if request.path.startswith("/centre/") else "/")
        told = {"lang": language, "here": here, "today": today, "visitor": found, "governorate": context.governorate(language)}
        return {
            **spoken,
            **told,
            "as_of": g.get("as_of"),
            "csrf": csrf,
            "form_token": visitor.FORM_TOKEN,
            "login_frame": "centre_base.html",
            "login_root": login.ROOT,
            "keyed": context.site is not None,
            "queued": bool(counter.default().classes),
            "booking": bool(counter.default().appointments.centres),
        }


def _speaker(language: Language) -> Any:
    return lambda code, **gaps: words.say(code, language, **gaps)


def _in(language: Language, function: Any) -> Any:
    return lambda value: function(value, language)


def refuse_other_hosts(app: Flask, context: DeskContext, served: frozenset[str]) -> None:
    """Answer to the office's own names; to the hosts of the codes, which are the verifier's, only beneath `assets.PREFIX`."""

    @app.before_request
    def check_host() -> None:
        host, rule = request.host.rsplit(":", 1)[0].lower(), request.url_rule
        if host in served or request.blueprint == "health":
            return
        if rule is None or not rule.rule.startswith(f"{assets.PREFIX}/") or host not in context.trust().hosts:
            raise ProblemError("misdirected")


def _refuse_other_governorate(app: Flask, context: DeskContext) -> None:
    """Answer nothing, not even a sign-in, where the lists are another governorate's than the rules: they may have come after the start."""

    @app.before_request
    def check_governorate() -> None:
        if request.blueprint not in UNASKED and context.lists.current().loaded is not None:
            context.trust()


def register_problems(app: Flask) -> None:
    @app.errorhandler(ProblemError)
    @app.errorhandler(KhatmError)
    @app.errorhandler(AccountError)
    def refused(error: ProblemError | KhatmError | AccountError) -> ResponseReturnValue:
        return _told(error.code)

    @app.errorhandler(DBAPIError)
    @app.errorhandler(PoolTimeoutError)
    def unreachable(error: DBAPIError | PoolTimeoutError) -> ResponseReturnValue:
        if isinstance(error, DataError) and any("\0" in text for texts in request.form.listvalues() for text in texts):
            return _told("bad_request")  # nobody types it, and PostgreSQL takes none
        told = {"sqlstate": sqlstate(error), "route": str(request.url_rule), "code": refusal(error).code}
        app.logger.error("%s at route %s", named(error), request.url_rule, extra=told)  # never the statement's values
        return _told(for_visitors(refusal(error).code))

    @app.errorhandler(CustodyError)
    def unsigned(error: CustodyError) -> ResponseReturnValue:
        """A token with the key of receipts failed, or is not there: what was to be signed was not done."""
        app.logger.error("%s at route %s", error, request.url_rule)
        return _told("signing_unavailable")

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> ResponseReturnValue:
        response = _told(problems.of_http(error).code)
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response


def _told(code: str) -> Response:
    """Return a refusal as a page in both languages; a code without words says that we failed."""
    status = problems.status_of(code) if words.known(code) else 500
    response = Response(
        render_template("problem.html", code=code if words.known(code) else "internal", again=code in problems.AGAIN_SECONDS), status
    )
    if code in problems.AGAIN_SECONDS:
        response.headers["Retry-After"] = str(problems.AGAIN_SECONDS[code])
    return response
