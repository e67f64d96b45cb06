"""The administrators' pages of webhooks: endpoints, a new one with its secret shown once, messages with each attempt, sending again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from inspections import server_key
from inspections.errors import InspectionError
from inspections.web.context import InspectionsContext
from inspections.web.pages import scope
from inspections.web.paths import PREFIX
from inspections.web.problems import status_of
from inspections.web.visitor import staff
from inspections.webhooks import delivery, endpoints, outbox, signing
from inspections.webhooks.endpoints import EVENTS, Endpoint
from storage.database import reading

from . import offered

_MOST = 2**53
_ID = f"<int(max={_MOST}):number>"


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    webhooks = Blueprint("webhooks", __name__, url_prefix=f"{PREFIX}/webhooks", template_folder="templates")

    @webhooks.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @webhooks.post("")
    def register() -> ResponseReturnValue:
        try:
            made = _registered(context)
        except InspectionError as error:
            return _list(context, error.code)
        held = signing.secret(server_key.read(context.settings.locations.server_key), made.salt)
        return render_template("webhook_made.html", endpoint=made, secret=signing.written(held))

    @webhooks.get(f"/{_ID}")
    def show(number: int) -> ResponseReturnValue:
        with reading(context.engine) as connection:
            found = endpoints.one(connection, number, offered.mine())
            sent = outbox.of_endpoint(connection, number)
        return render_template("webhook.html", endpoint=found, sent=sent, names=scope.names(context))

    @webhooks.post(f"/{_ID}/stop")
    def stop(number: int) -> ResponseReturnValue:
        by, now = staff().name, context.now()
        return _change(context, number, lambda connection, each: endpoints.set_state(connection, each, "disabled", by=by, now=now))

    @webhooks.post(f"/{_ID}/resume")
    def resume(number: int) -> ResponseReturnValue:
        by, now = staff().name, context.now()
        return _change(context, number, lambda connection, each: endpoints.set_state(connection, each, "active", by=by, now=now))

    @webhooks.post(f"/{_ID}/ping")
    def ping(number: int) -> ResponseReturnValue:
        return _change(context, number, lambda connection, each: outbox.ping(connection, each, now=context.now()))

    @webhooks.post(f"/{_ID}/messages/<int(max={_MOST}):message>/again")
    def again(number: int, message: int) -> ResponseReturnValue:
        return _change(context, number, lambda connection, each: outbox.again(connection, each, message, now=context.now()))

    return webhooks


def _registered(context: InspectionsContext) -> Endpoint:
    form, way = request.form, delivery.way_outside(context.settings.hook_hosts)
    name, url = form.get("name", "")[:200], form.get("url", "").strip()[:1000]
    given = {"events": form.getlist("event"), "authorities": offered.picked(context), "by": staff().name, "now": context.now()}
    with context.engine.begin() as connection:
        return endpoints.register(connection, way, name, url, **given)  # type: ignore[arg-type]


def _change(context: InspectionsContext, number: int, step: Callable[[Connection, Endpoint], None]) -> ResponseReturnValue:
    with context.engine.begin() as connection:
        step(connection, endpoints.one(connection, number, offered.mine()))
    return redirect(f"{PREFIX}/webhooks/{number}", 303)


def _list(context: InspectionsContext, fault: str = "") -> ResponseReturnValue:
    with reading(context.engine) as connection:
        found = endpoints.listed(connection, offered.mine())
    told = {"endpoints": found, "events": EVENTS, "fault": fault, "authorities": offered.authorities(context)}
    return render_template("webhooks.html", names=scope.names(context), **told), status_of(fault) if fault else 200
