"""Applying, step by step, at the portal and at the centre alike: choose, fill, place, attach, check, send.

Every step keeps what was typed before it says what is wrong with it, so nothing is lost, whatever happens to the browser.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from objects.errors import ObjectsError
from office.applications import attaching, drafts
from office.applications.attaching import Upload
from office.applications.errors import DocumentError, Fault, RefusedError
from storage.database import reading

from . import attachments, choosing, mapping, saving, steps
from .attachments import ROW
from .channel import Channel
from .context import DeskContext
from .formpages import check_page, step_page
from .openforms import open_form
from .problems import status_of
from .visitor import unit_of_work, visitor


def blueprint(context: DeskContext, channel: Channel) -> Blueprint:
    """Return the routes of one channel's forms."""
    apply = Blueprint(f"{channel.name}_apply", __name__, url_prefix=channel.forms)

    @apply.get("")
    def choose() -> ResponseReturnValue:
        return choosing.choice(context, channel, request.args.get("type", ""), request.args.get("procedure", ""))

    @apply.post("")
    def begin() -> ResponseReturnValue:
        return choosing.begin(context, channel)

    @apply.get("/<name>/<any(details, site, documents, check):step>")
    def show(name: str, step: str) -> ResponseReturnValue:
        with reading(context.engine) as connection:
            form = open_form(connection, context.office(), name, actor=visitor().actor)
            if form.locked:
                return redirect(f"{channel.application}{name}#documents", 303)
            if step == "check":
                return check_page(connection, context, channel, form)
            return step_page(connection, context, channel, form, step, ())

    @apply.post("/<name>/<any(details, site, documents):step>")
    def save(name: str, step: str) -> ResponseReturnValue:
        return saving.keep(context, channel, name, step)

    @apply.post("/<name>/discard")
    def discard(name: str) -> ResponseReturnValue:
        with context.engine.begin() as connection:
            drafts.discard(connection, name, actor=visitor().actor)
        return redirect(channel.home, 303)

    @apply.post("/<name>/send")
    def send(name: str) -> ResponseReturnValue:
        return _send(context, channel, name)

    _files(apply, context, channel)
    return apply


def _files(apply: Blueprint, context: DeskContext, channel: Channel) -> None:
    """Add the routes of a form's documents and of its map."""

    @apply.get("/<name>/map.svg")
    def picture(name: str) -> ResponseReturnValue:
        with reading(context.engine) as connection:
            form = open_form(connection, context.office(), name, actor=visitor().actor)
            return Response(mapping.picture(connection, context, form, request.args), mimetype="image/svg+xml")

    @apply.post("/<name>/attach")
    def attach(name: str) -> ResponseReturnValue:
        return _attach(context, channel, name)

    @apply.post(f"/<name>/detach/{ROW}")
    def detach(name: str, attachment: int) -> ResponseReturnValue:
        with context.engine.begin() as connection:
            attaching.detach(unit_of_work(connection, context), name, attachment)
        return redirect(f"{channel.forms}/{name}/documents", 303)

    @apply.get(f"/<name>/attached/{ROW}")
    def attached(name: str, attachment: int) -> ResponseReturnValue:
        return attachments.document(context, name, attachment)


def _attach(context: DeskContext, channel: Channel, name: str) -> ResponseReturnValue:
    office, actor = context.office(), visitor().actor
    code, file = request.form.get("code", ""), request.files.get("file")
    try:
        with context.engine.begin() as connection:
            open_form(connection, office, name, actor=actor)
            attaching.attachable(unit_of_work(connection, context), name, code)
        upload = attaching.keep(office.store, Upload(file.read() if file else b"", (file.filename or "") if file else ""))
        with context.engine.begin() as connection:
            open_form(connection, office, name, actor=actor)
            attaching.attach(unit_of_work(connection, context), name, code, **upload._asdict())
    except (DocumentError, ObjectsError) as error:
        fault = Fault(code, error.code, error.detail if isinstance(error, DocumentError) else "")
        with reading(context.engine) as connection:
            form = open_form(connection, office, name, actor=actor)
            page = make_response(step_page(connection, context, channel, form, "documents", [fault]))
        if isinstance(error, ObjectsError):
            page.status_code = status_of(error.code)
        return page
    # At the counter the page begins at the next document that lacks (a part of the page that is named would take that from it).
    return redirect(f"{channel.forms}/{name}/documents" + ("" if channel.name == "centre" else f"#{code}"), 303)


def _send(context: DeskContext, channel: Channel, name: str) -> ResponseReturnValue:
    office, actor = context.office(), visitor().actor
    version = request.form.get("version", "")
    try:
        with context.engine.begin() as connection:
            form = open_form(connection, office, name, actor=actor)
            number = context.send(unit_of_work(connection, context), form, steps.version_of(version))
    except RefusedError:
        return redirect(f"{channel.forms}/{name}/check", 303)
    except IssuerError as error:
        with reading(context.engine) as connection:
            return check_page(connection, context, channel, open_form(connection, office, name, actor=actor), error)
    return redirect(f"{channel.application}{number}", 303)
