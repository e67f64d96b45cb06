"""Puts the server of inspections together. Nothing here reads the environment or the clock: the settings do."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

import maps.serving
import web.assets
from accounts.errors import AccountError
from accounts.guard import Guard
from inspections.errors import SENTENCES
from qr.errors import PictureError
from seal.catalogue import Language
from seal.errors import SealError
from seal.inspection import PHOTOGRAPH_MAX
from storage.errors import KhatmError, disk
from storage.faults import for_visitors, named, refusal, sqlstate
from web import forms, whereabouts
from web.headers import Headers
from web.quiet import QuietFlask

from . import access, api, day, devices, feeds, headers, health, home, login, office_api, pages, people, problems, sites, visitor, words
from .context import InspectionsContext
from .paths import MAP, ODATA, PREFIX, PROGRAMS, STATIC
from .problems import ProblemError
from .settings import Settings

_ROOM = 64 * 1024  # octets of a body beside its photograph
_FORM_PARTS_MOST = 50


def create_app(settings: Settings, context: InspectionsContext | None = None) -> Flask:
    """Return the server. Raises StorageError, InspectionError `server_key_*`; RuntimeError for a route without a line in `access`."""
    context = context or InspectionsContext(settings)
    app = QuietFlask(__name__, static_folder=None)
    forms.limit(app, most_octets=PHOTOGRAPH_MAX + _ROOM, parts=_FORM_PARTS_MOST)
    app.url_map.merge_slashes = False  # it would redirect to whatever host the request names
    app.url_map.strict_slashes = False
    app.extensions["khatm"] = context
    _furnish(app, context)
    if settings.served_hosts:
        _refuse_other_hosts(app, settings.served_hosts)
    guard = Guard(access.TABLE)
    visitor.watch(app, context, guard)
    app.register_blueprint(web.assets.blueprint(__package__, at=STATIC, shared=web.assets.STAFF))
    app.register_blueprint(maps.serving.blueprint(context.map, at=MAP))
    for room in (health, api, office_api, sites, day, login, home, devices, people, *pages.ROOMS, *feeds.ROOMS):
        app.register_blueprint(room.blueprint(context))
    unguarded, orphaned = guard.gaps(app.view_functions)
    if unguarded or orphaned:
        raise RuntimeError(f"access.TABLE lacks {sorted(unguarded)} and names {sorted(orphaned)}, which are not there")
    _register_problems(app)
    app.wsgi_app = Headers(app.wsgi_app, headers.policy)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    return app


def _furnish(app: Flask, context: InspectionsContext) -> None:
    """Give the templates their words."""
    app.jinja_env.filters["isolated"] = words.isolated

    @app.context_processor
    def of_request() -> dict[str, Any]:
        language, found = visitor.language(), visitor.visitor()
        csrf = found.session.csrf if found.session else ""
        other: Language = "en" if language == "ar" else "ar"
        spoken: dict[str, Any] = {"say": words.speaker(language), "other_say": words.speaker(other), "moment": words.moments(language)}
        spoken |= {"span": words.spans(language), "known_or_code": words.known_or_code(language), "count": words.counted(language)}
        told = {"lang": language, "visitor": found, "governorate": context.governorate(language), "here": whereabouts.here(f"{PREFIX}/")}
        return {**spoken, **told, "csrf": csrf, "form_token": visitor.FORM_TOKEN, "login_frame": "base.html", "login_root": PREFIX}


def _refuse_other_hosts(app: Flask, served: frozenset[str]) -> None:
    @app.before_request
    def check_host() -> None:
        if request.host.rsplit(":", 1)[0].lower() not in served and request.blueprint != "health":
            raise ProblemError("misdirected")


def _register_problems(app: Flask) -> None:
    @app.errorhandler(KhatmError)
    @app.errorhandler(SealError)
    @app.errorhandler(PictureError)
    def refused(error: KhatmError | SealError | PictureError) -> ResponseReturnValue:
        return _told(error.code, field=getattr(error, "detail", "") if error.code == "notice_differs" else "")

    @app.errorhandler(ProblemError)
    @app.errorhandler(AccountError)
    def waiting(error: ProblemError | AccountError) -> ResponseReturnValue:
        return _told(error.code, error.wait_seconds)

    @app.errorhandler(DBAPIError)
    @app.errorhandler(PoolTimeoutError)
    def unreachable(error: DBAPIError | PoolTimeoutError) -> ResponseReturnValue:
        told = {"sqlstate": sqlstate(error), "route": str(request.url_rule), "code": refusal(error).code}
        app.logger.error("%s at route %s", named(error), request.url_rule, extra=told)  # never the statement's values
        return _told(for_visitors(refusal(error).code))

    @app.errorhandler(OSError)
    def of_disk(error: OSError) -> ResponseReturnValue:
        app.logger.error("%s at route %s", error.strerror, request.url_rule)
        return _told(disk(error))

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> ResponseReturnValue:
        response = _told(problems.of_http(error).code)
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response


def _told(code: str, wait_seconds: int = 0, *, field: str = "") -> Response:
    """Return a refusal to whoever asked: JSON for phones, programs and the office, a page in both languages for people."""
    answer = problems.as_response(code, wait_seconds=wait_seconds, field=field)
    if request.path.startswith(ODATA):  # OData JSON 4.0 §19
        told = SENTENCES[problems.known(code)]
        answer.data = json.dumps({"error": {"code": problems.known(code), "message": told["en"], "details": []}})
    elif not request.path.startswith(f"{PROGRAMS}/"):
        answer.data = render_template("problem.html", code=problems.known(code))
        answer.mimetype = "text/html"
    return answer
