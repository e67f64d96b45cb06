"""Applying, step by step, at the portal and at the centre alike: choose, fill, place, attach, check, send.

Every step keeps what was typed before it says what is wrong with it, so nothing is lost, whatever happens to the browser.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from issuer.errors import IssuerError
from office import mobiles
from office.applications import attaching, documents, drafts, submitting
from office.applications.errors import DocumentError, Fault, RefusedError
from office.applications.judging import TYPED_MAX
from office.services.service import Effect, Service
from seal import days
from storage.database import reading

from . import forms, mapping, steps
from .channel import Channel
from .context import DeskContext
from .openforms import OpenForm, open_form
from .problems import ProblemError, status_of
from .visitor import choose_language, language, visitor

USUAL_RADIUS_M = "30"
ROW = f"<int(max={2**53}):attachment>"  # beyond, no database has a row


def blueprint(context: DeskContext, channel: Channel) -> Blueprint:
    """Return the routes of one channel's forms."""
    apply = Blueprint(f"{channel.name}_apply", __name__, url_prefix=channel.forms)

    @apply.get("")
    def choose() -> ResponseReturnValue:
        return _choice(context, channel, request.args.get("type", ""), request.args.get("procedure", ""))

    @apply.post("")
    def begin() -> ResponseReturnValue:
        return _begin(context, channel)

    @apply.get("/<name>/<any(details, site, documents, check):step>")
    def show(name: str, step: str) -> ResponseReturnValue:
        with reading(context.engine) as connection:
            form = open_form(connection, context.office(), name, actor=visitor().actor)
            if step == "check":
                return _check(connection, context, channel, form)
            return _step(connection, context, channel, form, step, ())

    @apply.post("/<name>/<any(details, site, documents):step>")
    def save(name: str, step: str) -> ResponseReturnValue:
        return _save(context, channel, name, step)

    @apply.post("/<name>/attach")
    def attach(name: str) -> ResponseReturnValue:
        return _attach(context, channel, name)

    @apply.post(f"/<name>/detach/{ROW}")
    def detach(name: str, attachment: int) -> ResponseReturnValue:
        with context.engine.begin() as connection:
            attaching.detach(connection, name, attachment, actor=visitor().actor, now=context.now())
        return redirect(f"{channel.forms}/{name}/documents", 303)

    @apply.get(f"/<name>/attached/{ROW}")
    def attached(name: str, attachment: int) -> ResponseReturnValue:
        return document(context, name, attachment)

    @apply.get("/<name>/map.svg")
    def picture(name: str) -> ResponseReturnValue:
        with reading(context.engine) as connection:
            form = open_form(connection, context.office(), name, actor=visitor().actor)
            return Response(mapping.picture(connection, context, form, request.args), mimetype="image/svg+xml")

    @apply.post("/<name>/discard")
    def discard(name: str) -> ResponseReturnValue:
        with context.engine.begin() as connection:
            drafts.discard(connection, name, actor=visitor().actor)
        return redirect(channel.home, 303)

    @apply.post("/<name>/send")
    def send(name: str) -> ResponseReturnValue:
        return _send(context, channel, name)

    return apply


def document(context: DeskContext, name: str, attachment: int) -> Response:
    """Return a document of a draft (by its key) or of an application (by its number). Raises ApplicationError, DocumentError."""
    with reading(context.engine) as connection:
        found, content = attaching.download(connection, context.office(), name, attachment, actor=visitor().actor)
    # Never the applicant's name for it: `receipt.pdf.hta` is a program to whoever opens it.
    return download(content, found.media, f"{found.code}-{found.id}.{documents.suffix(found.media)}")


def download(content: bytes, media: str, filename: str) -> Response:
    """Return a file to be kept, never to be opened as a page of ours."""
    response = Response(content, mimetype=media)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _choice(context: DeskContext, channel: Channel, type_: str, procedure: str, fault: Fault | None = None) -> ResponseReturnValue:
    office = context.office()
    services = office.services
    type_ = type_ if type_ in services.types else ""
    procedure = procedure if procedure in services.procedures else ""
    today = days.day_of(context.now())
    open_ = [code for code in sorted(office.authorities) if services.open_on(code, today)]
    page = render_template(
        "apply_choose.html",
        frame=channel.frame,
        channel=channel,
        services=services,
        type=type_,
        procedure=procedure,
        service=services.of(type_, procedure) if type_ and procedure else None,
        authorities={code: name for code, name in context.authorities().items() if code in open_},
        sent=request.form,
        closed=_closed(context),
        all_authorities=context.authorities(),
        faults=[fault] if fault else [],
    )
    return page, 422 if fault else 200


def _closed(context: DeskContext) -> dict[str, date]:
    """Return the authorities that take no applications yet, with the Cairo day on which they begin."""
    today = days.day_of(context.now())
    return {code: wave.first_day for wave in context.office().services.waves if wave.first_day > today for code in wave.authorities}


def _begin(context: DeskContext, channel: Channel) -> ResponseReturnValue:
    office, sent, now = context.office(), request.form, context.now()
    type_, procedure = sent.get("type", ""), sent.get("procedure", "")
    if f"{type_}.{procedure}" not in office.services.services:
        return _choice(context, channel, type_, procedure, Fault("", "service_unknown"))
    service = office.services.of(type_, procedure)
    if sent.get("authority", "") not in ("", *office.authorities):
        return _choice(context, channel, type_, procedure, Fault("authority", "authority_unknown"))
    if opens := _closed(context).get(sent.get("authority", "")):
        return _choice(context, channel, type_, procedure, Fault("authority", "authority_not_open_yet", opens.isoformat()))
    actor = visitor().actor
    typed = sent.get("mobile", "") if channel.name == "centre" else actor.name
    try:
        mobile = mobiles.parse(typed) if typed.strip() else ""
    except IssuerError as error:
        return _choice(context, channel, type_, procedure, Fault("mobile", error.code))
    with context.engine.begin() as connection:
        key = drafts.create(
            connection,
            office,
            service=service.code,
            channel=channel.name,
            actor=actor,
            mobile=mobile,
            fields={"authority": sent.get("authority", ""), **_usual(service, now)},
            now=now,
        )
    return redirect(f"{channel.forms}/{key}/{forms.steps(service)[0]}", 303)


def _usual(service: Service, now: int) -> dict[str, str]:
    """Return what a new form begins with; all of it may be changed."""
    asked = {field.code for field in service.fields}
    usual = {"valid_from": days.day_of(now).isoformat()} if service.effect == Effect.ISSUE else {}
    if service.type not in ("building", "demolition", "restoration"):
        usual["radius_m"] = USUAL_RADIUS_M
    return {code: text for code, text in usual.items() if code in asked}


def _step(
    connection: Connection, context: DeskContext, channel: Channel, form: OpenForm, step: str, faults: list[Fault] | tuple[Fault, ...]
) -> ResponseReturnValue:
    """Return the page of a step, with what is wrong beside each field."""
    if step not in forms.steps(form.service):
        raise ProblemError("not_found")
    more: dict[str, Any] = {}
    if step == "site":
        more["map"] = mapping.shown(context, form, request.values)
    if step == "documents":
        more["attached"] = attaching.attached(connection, form.id)
        more["service"] = _asking(connection, context, form)
    page = render_template(
        f"apply_{step}.html",
        **{**_common(context, channel, form, step), **more},
        boxes=forms.boxes(form.service, step, form.fields, language()),
        faults=list(faults),
    )
    return page, 422 if faults else 200


def _asking(connection: Connection, context: DeskContext, form: OpenForm) -> Service:
    """Return the form's service with the documents of the one that it counts as: a renewal that came too late is a first issue."""
    checked = submitting.check(connection, context.office(), form.name, actor=visitor().actor, now=context.now())
    return form.service._replace(documents=context.office().service(checked.service).documents)


def _common(context: DeskContext, channel: Channel, form: OpenForm, step: str) -> dict[str, Any]:
    all_ = forms.steps(form.service)
    return {
        "frame": channel.frame,
        "channel": channel,
        "form": form,
        "service": form.service,
        "steps": all_,
        "step": step,
        "place": all_.index(step),
        "authorities": context.authorities(),
    }


def _save(context: DeskContext, channel: Channel, name: str, step: str) -> ResponseReturnValue:
    """Keep a step, then do what the pressed button says: look at the map, go to another step, leave, go on if nothing is wrong."""
    office, sent, now, actor = context.office(), request.form, context.now(), visitor().actor
    with context.engine.begin() as connection:
        form = open_form(connection, office, name, actor=actor)
        if step not in forms.steps(form.service):
            raise ProblemError("not_found")
        typed = forms.read(form.service, step, sent)
        if step == "site":
            typed |= mapping.clicked(context, form._replace(fields={**form.fields, **typed}), sent)
        if long := [Fault(code, "field_too_long") for code, text in typed.items() if len(text) > TYPED_MAX]:
            return _step(connection, context, channel, form._replace(fields={**form.fields, **typed}), step, long)
        drafts.update_fields(connection, office, name, typed, actor=actor, now=now)
    if "lang" in sent:
        return choose_language(redirect(f"{channel.forms}/{name}/{step}", 303), context, sent["lang"])  # type: ignore[arg-type]
    go = sent.get("go", "stay" if mapping.asked(sent) else "next")
    if go == "leave":
        return redirect(channel.home, 303)
    all_ = forms.steps(form.service)
    if go in all_:
        return redirect(f"{channel.forms}/{name}/{go}", 303)
    if go == "back":
        return redirect(f"{channel.forms}/{name}/{all_[max(all_.index(step) - 1, 0)]}", 303)
    if go == "stay":
        view = mapping.query(context, form._replace(fields={**form.fields, **typed}), sent)
        return redirect(f"{channel.forms}/{name}/{step}?{view}#map", 303)
    with reading(context.engine) as connection:
        checked = submitting.check(connection, office, name, actor=actor, now=now)
        asked = form.service._replace(documents=office.service(checked.service).documents)
        faults = forms.of_step(asked, step, checked.faults)
        if faults:
            return _step(connection, context, channel, open_form(connection, office, name, actor=actor), step, faults)
    return redirect(f"{channel.forms}/{name}/{all_[all_.index(step) + 1]}", 303)


def _attach(context: DeskContext, channel: Channel, name: str) -> ResponseReturnValue:
    office, actor = context.office(), visitor().actor
    code, file = request.form.get("code", ""), request.files.get("file")
    try:
        with context.engine.begin() as connection:
            open_form(connection, office, name, actor=actor)
            content = file.read() if file else b""
            filename = (file.filename or "") if file else ""
            attaching.attach(connection, office, name, code, content=content, filename=filename, actor=actor, now=context.now())
    except DocumentError as error:
        with reading(context.engine) as connection:
            form = open_form(connection, office, name, actor=actor)
            return _step(connection, context, channel, form, "documents", [Fault(code, error.code, error.detail)])
    return redirect(f"{channel.forms}/{name}/documents#{code}", 303)


def _check(
    connection: Connection, context: DeskContext, channel: Channel, form: OpenForm, refused: IssuerError | None = None
) -> ResponseReturnValue:
    """Return the last page before sending: everything once more, what is still wrong and where, which case it is."""
    checked = submitting.check(connection, context.office(), form.name, actor=visitor().actor, now=context.now())
    page = render_template(
        "apply_check.html",
        **_common(context, channel, form, "check"),
        boxes=forms.boxes(form.service, "details", form.fields, language()),
        site=forms.boxes(form.service, "site", form.fields, language()),
        attached=attaching.attached(connection, form.id),
        faults=[(fault, forms.step_of(_asking(connection, context, form), fault)) for fault in checked.faults],
        counts_as=context.office().service(checked.service),
        case=checked.case,
        map=mapping.shown(context, form, {}) if "site" in forms.steps(form.service) else None,
        refused=refused,
    )
    return page, status_of(refused.code) if refused else 200


def _send(context: DeskContext, channel: Channel, name: str) -> ResponseReturnValue:
    office, actor, now = context.office(), visitor().actor, context.now()
    version = request.form.get("version", "")
    try:
        with context.engine.begin() as connection:
            form = open_form(connection, office, name, actor=actor)
            number = form.send(connection, office, actor=actor, version=steps.version_of(version), now=now)
    except RefusedError:
        return redirect(f"{channel.forms}/{name}/check", 303)
    except IssuerError as error:
        with reading(context.engine) as connection:
            return _check(connection, context, channel, open_form(connection, office, name, actor=actor), error)
    return redirect(f"{channel.application}{number}", 303)
