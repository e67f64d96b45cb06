"""The first step of an application: what is applied for, and where. It begins a draft."""

from __future__ import annotations

from datetime import date

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from office import mobiles
from office.applications import drafts
from office.applications.errors import Fault
from office.services.service import Effect, Service
from seal import days

from . import forms
from .channel import Channel
from .context import DeskContext
from .visitor import unit_of_work, visitor

USUAL_RADIUS_M = "30"


def choice(context: DeskContext, channel: Channel, type_: str, procedure: str, fault: Fault | None = None) -> ResponseReturnValue:
    """Return the page on which one chooses, with what is wrong about the choice."""
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


def begin(context: DeskContext, channel: Channel) -> ResponseReturnValue:
    """Begin the draft that was chosen, and lead to the first step of its form."""
    office, sent = context.office(), request.form
    type_, procedure = sent.get("type", ""), sent.get("procedure", "")
    if f"{type_}.{procedure}" not in office.services.services:
        return choice(context, channel, type_, procedure, Fault("", "service_unknown"))
    service = office.services.of(type_, procedure)
    if sent.get("authority", "") not in ("", *office.authorities):
        return choice(context, channel, type_, procedure, Fault("authority", "authority_unknown"))
    if opens := _closed(context).get(sent.get("authority", "")):
        return choice(context, channel, type_, procedure, Fault("authority", "authority_not_open_yet", opens.isoformat()))
    typed = sent.get("mobile", "") if channel.name == "centre" else visitor().actor.name
    try:
        mobile = mobiles.parse(typed) if typed.strip() else ""
    except IssuerError as error:
        return choice(context, channel, type_, procedure, Fault("mobile", error.code))
    with context.engine.begin() as connection:
        usual = _usual(service, context.now())
        unit = unit_of_work(connection, context)
        key = drafts.create(
            unit, service=service.code, channel=channel.name, mobile=mobile, fields={"authority": sent.get("authority", ""), **usual}
        )
    return redirect(f"{channel.forms}/{key}/{forms.steps(service)[0]}", 303)


def _closed(context: DeskContext) -> dict[str, date]:
    """Return the authorities that take no applications yet, with the Cairo day on which they begin."""
    today = days.day_of(context.now())
    return {code: wave.first_day for wave in context.office().services.waves if wave.first_day > today for code in wave.authorities}


def _usual(service: Service, now: int) -> dict[str, str]:
    """Return what a new form begins with; all of it may be changed."""
    asked = {field.code for field in service.fields}
    usual = {"valid_from": days.day_of(now).isoformat()} if service.effect == Effect.ISSUE else {}
    if service.type not in ("building", "demolition", "restoration"):
        usual["radius_m"] = USUAL_RADIUS_M
    return {code: text for code, text in usual.items() if code in asked}
