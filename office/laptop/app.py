"""The laptop's counter: the desk's own forms over the vault, the slips that come of them, and the way back to the office."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

from flask import Blueprint, Flask, Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import ChoiceLoader, FileSystemLoader

import web.assets
from accounts.guard import ANYONE, Guard, staff
from issuer.errors import IssuerError
from issuer.intake.texts import figures
from maps import serving
from office.applications import documents, drafts, quoting
from office.applications import records as cases
from office.desk import app as desk
from office.desk import applying, assets, headers, visitor
from office.desk.channel import Channel
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import unit_of_work
from office.van import packs
from seal import days
from storage.database import reading
from storage.errors import disk
from web import forms
from web.headers import Headers
from web.quiet import QuietFlask

from . import enrolment, sending, slips
from .context import HOSTS, LaptopContext

CHANNEL = Channel("centre", "/centre/apply", "/centre/", "/centre/slips/", "centre_base.html")
_OWN = ("home", "leave", "slip", "mend", "send", "fetch")
_FORM = ("choose", "begin", "show", "save", "attach", "detach", "attached", "picture", "discard", "send")
TABLE = MappingProxyType(
    {
        **dict.fromkeys(("assets.static", "assets.font", "assets.robots", "streets.tile", "streets.style", "streets.script"), ANYONE),
        **dict.fromkeys(("laptop.root", "laptop.door"), ANYONE),
        **dict.fromkeys((f"laptop.{route}" for route in _OWN), staff("clerk")),
        **dict.fromkeys((f"centre_apply.{route}" for route in _FORM), staff("clerk")),
    }
)
_BEGINS = frozenset({"centre_apply.choose", "centre_apply.begin"})


def create_app(context: LaptopContext, lock: Callable[[], None]) -> Flask:
    """Return the counter. `lock` lets go of the vault: whoever comes next says the passphrase."""
    app = QuietFlask("office.desk.app", static_folder=None)
    forms.limit(app, most_octets=documents.OCTETS_MAX + desk.FORM_ROOM, memory=desk.FORM_ROOM, parts=desk.FORM_PARTS_MOST)
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    own = FileSystemLoader(Path(__file__).parent / "templates")
    app.jinja_loader = ChoiceLoader([own, app.jinja_loader]) if app.jinja_loader else own
    desk.furnish(app, context)
    app.jinja_env.globals |= {"away": context.enrolled}
    desk.refuse_other_hosts(app, context, HOSTS)
    guard = Guard(TABLE)
    visitor.watch(app, context, guard)
    _hold_back(app, context)
    shared = (*web.assets.STAFF, web.assets.POSITION)
    app.register_blueprint(web.assets.blueprint("office.desk.app", at=assets.STATIC, shared=shared))
    app.register_blueprint(serving.blueprint(context.map, at=f"{assets.STATIC}/map"))
    app.register_blueprint(applying.blueprint(context, CHANNEL))
    app.register_blueprint(_pages(context, lock))
    unguarded, orphaned = guard.gaps(app.view_functions)
    if unguarded or orphaned:
        raise RuntimeError(f"TABLE lacks {sorted(unguarded)} and names {sorted(orphaned)}, which are not there")
    desk.register_problems(app)
    _settle(app, context)
    app.wsgi_app = Headers(app.wsgi_app, headers.policy)  # type: ignore[method-assign]
    return app


def _settle(app: Flask, context: LaptopContext) -> None:
    """Write what a request changed before it is answered; where that fails nothing has changed, and the answer says so."""

    @app.after_request
    def settle(response: Response) -> Response:
        if g.get("locked"):
            return response
        try:
            context.vault.settle()
        except OSError as error:
            code = disk(error)
            return Response(render_template("problem.html", code=code), 507, mimetype="text/html")
        return response

    @app.errorhandler(OSError)
    def failed(error: OSError) -> ResponseReturnValue:
        return render_template("problem.html", code=disk(error)), 507


def _hold_back(app: Flask, context: LaptopContext) -> None:
    """Take no new application by a pack that is over, and let nobody change a form that has its slip."""

    @app.before_request
    def hold_back() -> ResponseReturnValue | None:
        endpoint, name = request.endpoint or "", (request.view_args or {}).get("name", "")
        if endpoint in _BEGINS:
            try:
                enrolment.in_force(context.pack, now=context.now())
            except IssuerError as error:
                return _home(context, error.code)
        if not endpoint.startswith("centre_apply.") or not name:
            return None
        with reading(context.engine) as connection:
            slip = slips.of_draft(connection, name)
        if slip is not None and (slip.state != "open" or endpoint == "centre_apply.discard"):
            if request.method in ("GET", "HEAD") or endpoint == "centre_apply.send":
                return redirect(f"{CHANNEL.application}{slip.reference}", 303)
            raise ProblemError("laptop_closed")
        return None


def _pages(context: LaptopContext, lock: Callable[[], None]) -> Blueprint:
    pages = Blueprint("laptop", __name__)

    @pages.get("/")
    def root() -> ResponseReturnValue:
        return redirect("/centre/")

    @pages.get("/centre/")
    def home() -> ResponseReturnValue:
        return _home(context)

    @pages.get("/centre/sign-in")
    def door() -> ResponseReturnValue:
        if visitor.visitor().account is None:  # the session is over: so is the key's time in memory
            g.locked = True
            lock()
        return redirect("/centre/", 303)

    @pages.post("/centre/sign-out")
    def leave() -> ResponseReturnValue:
        context.vault.settle()
        g.locked = True
        lock()
        return redirect("/centre/", 303)

    @pages.get("/centre/slips/<reference>")
    def slip(reference: str) -> ResponseReturnValue:
        return _slip(context, reference)

    @pages.post("/centre/slips/<reference>/mend")
    def mend(reference: str) -> ResponseReturnValue:
        try:
            with context.engine.begin() as connection:
                found = slips.reopen(connection, reference)
        except IssuerError as error:
            if error.code == "laptop_slip_unknown":
                raise ProblemError("not_found") from error
            return _slip(context, reference, error.code)
        return redirect(f"{CHANNEL.forms}/{found.draft}/check", 303)

    @pages.post("/centre/send")
    def send() -> ResponseReturnValue:
        try:
            done = sending.file_(context.vault, now=context.now())
        except IssuerError as error:
            return _home(context, error.code, error.detail)
        return _home(context, sent=done)

    @pages.post("/centre/pack")
    def fetch() -> ResponseReturnValue:
        try:
            pack = enrolment.fetch(context.vault)
        except IssuerError as error:
            return _home(context, error.code, error.detail)
        return _home(context, fetched=pack)

    return pages


def _home(context: LaptopContext, code: str = "", detail: str = "", **told: object) -> ResponseReturnValue:
    """Return the first page: what is begun, every slip and how it stands, and the pack's days. `code` is why something was not done."""
    actor = visitor.visitor().actor
    with reading(context.engine) as connection:
        listed = slips.listed(connection)
        closed = {slip.draft for slip in listed}
        begun = [each for each in drafts.mine(connection, actor=actor) if each.key not in closed]
    fault = code
    if not code:
        try:
            enrolment.in_force(context.pack, now=context.now())
        except IssuerError as error:
            fault = error.code
    waiting = sum(slip.state == "closed" for slip in listed)
    left = max(0, context.pack.until - context.now()) // packs.DAY_SECONDS
    more = {"slips": listed, "drafts": begun, "services": context.office().services.services, "left": left}
    more |= {"made_on": days.day_of(context.pack.at)}
    page = render_template("laptop_home.html", **more, waiting=waiting, code=fault, detail_=detail, enrolled=context.enrolled, **told)
    return page, status_of(code) if code else 200


def _slip(context: LaptopContext, reference: str, code: str = "") -> ResponseReturnValue:
    """Return a slip to print, in both languages where it says what it is not."""
    with reading(context.engine) as connection:
        try:
            slip = slips.by_reference(connection, figures(reference).upper())
        except IssuerError as error:
            raise ProblemError("not_found") from error
        service, application, quote, there = context.office().service(slip.service), None, None, tuple[str, ...]()
        if slip.state not in ("filed", "over"):
            unit = unit_of_work(connection, context)
            application = cases.find(connection, slip.draft, actor=unit.actor)
            quote, there = quoting.of(unit, slip.draft), slips.documents_of(connection, application)
    names = context.authorities()
    told = {"slip": slip, "service": service, "application": application, "quote": quote, "documents": there, "code": code}
    page = render_template("laptop_slip.html", **told, name=names.get(context.enrolled.authority))
    return page, status_of(code) if code else 200
