"""Puts the verifier together. Nothing here reads the environment or the clock: the settings do."""

from __future__ import annotations

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from maps import Underlay, serving
from web import assets, forms
from web.headers import Headers
from web.quiet import QuietFlask
from web.writing import language_of

from . import api, described, figures, files, headers, health, openapi, pages, phone, problems, question, security, slips, words
from .context import VerifierContext
from .problems import ProblemError
from .settings import Settings
from .straight import Straight

PROGRAM_PATHS = ("/api/", "/health/", "/status/", "/log/", "/acts/", "/.well-known/", "/openapi.json")
FORM_PARTS_MOST = 32


def create_app(settings: Settings) -> Flask:
    """Return the verifier. It starts even without files, and then says so."""
    app = QuietFlask(__name__, static_folder=None)
    forms.limit(app, most_octets=settings.most_picture_bytes * 4 // 3 + 2 * question.FORM_ROOM, parts=FORM_PARTS_MOST)
    app.url_map.merge_slashes = False  # it would redirect to whatever host the request names
    app.url_map.strict_slashes = False
    app.url_map.converters["seal"] = pages.SealConverter
    app.url_map.converters["slip"] = slips.SlipConverter
    app.jinja_env.globals["say"] = words.say
    app.jinja_env.globals["shapes"] = figures.shapes()
    app.jinja_env.globals["phone_app"] = settings.app is not None
    app.jinja_env.filters["isolated"] = figures.isolated
    context = VerifierContext(settings)
    app.jinja_env.globals["governorate"] = context.governorate
    app.jinja_env.globals["reported_to"] = context.contact
    app.extensions["khatm"] = context
    for blueprint in (
        api.blueprint(context),
        pages.blueprint(context),
        files.blueprint(context),
        health.blueprint(context),
        described.blueprint(context),
    ):
        app.register_blueprint(blueprint)
    app.register_blueprint(openapi.blueprint())
    app.register_blueprint(security.blueprint(context, settings.security_contacts))
    app.register_blueprint(assets.blueprint(__package__, shared=(assets.POSITION,)))
    if settings.app:
        streets = Underlay(settings.map)
        app.register_blueprint(
            phone.blueprint(settings.app, root=settings.root, streets=streets, contact=context.contact, portal=context.portal)
        )
        app.register_blueprint(serving.blueprint(streets, at=f"{phone.PREFIX}tiles"))
    _register_problems(app)
    if settings.served_hosts:
        _refuse_other_hosts(app, settings.served_hosts)
    app.wsgi_app = Straight(app.wsgi_app, app, context)  # type: ignore[method-assign]
    app.wsgi_app = Headers(app.wsgi_app, headers.leading_to(_portals(settings)))  # type: ignore[method-assign]
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    return app


def _portals(settings: Settings) -> tuple[str, ...]:
    """Return the portals that a form may lead to."""
    named = (settings.portal, settings.announced.portal if settings.announced else "")
    return tuple(filter(None, named))


def _refuse_other_hosts(app: Flask, served: frozenset[str]) -> None:
    @app.before_request
    def check_host() -> None:
        if request.host.rsplit(":", 1)[0].lower() not in served and request.blueprint != "health":
            raise ProblemError("misdirected")


def _register_problems(app: Flask) -> None:
    @app.errorhandler(ProblemError)
    def refused(problem: ProblemError) -> ResponseReturnValue:
        return _told(problem)

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> ResponseReturnValue:
        return _told(problems.of_http(error))


def _told(problem: ProblemError) -> Response:
    """Return a problem to whoever asked: JSON for programs, a page in both languages for people."""
    if request.path.startswith(PROGRAM_PATHS):
        return problems.as_response(problem)
    language = language_of(request.args.get("lang"))
    return Response(render_template("error.html", lang=language, problem=problem), problem.status, problem.headers)
