"""The supervisors' pages of devices: what is enrolled, a code on the screen for a new one, suspended, lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts import directory
from accounts.roles import EVERYWHERE
from inspections.devices import enrolment, records, standing
from inspections.devices.records import Device
from inspections.errors import InspectionError
from inspections.visits import chain
from qr import write
from seal import days
from storage.database import reading

from .context import InspectionsContext
from .pages import scope
from .paths import PREFIX
from .problems import status_of
from .questions import octets_of
from .visitor import staff

_ROLES = ("supervisor", "administrator")


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    devices = Blueprint("devices", __name__, url_prefix=f"{PREFIX}/devices")

    @devices.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @devices.post("")
    def code() -> ResponseReturnValue:
        form = request.form
        try:
            with context.engine.begin() as connection:
                if not _governs(form.get("authority", "")):
                    raise InspectionError("holder_refused")
                holder = directory.find(connection, form.get("holder", "")[:64])
                given = {"beside": bool(form.get("beside")), "by": staff().name, "now": context.now()}
                made = enrolment.make_code(connection, holder, form["authority"], form.get("name", "")[:200], **given)  # type: ignore[arg-type]
        except InspectionError as error:
            return _list(context, error.code)
        address = request.host_url.rstrip("/")
        picture = write.encode_ascii(enrolment.picture_text(made, address)).svg()
        until = context.now() + enrolment.CODE_SECONDS
        return render_template("device_code.html", code=enrolment.written(made), picture=picture, holder=holder, until=until)

    @devices.get("/<kid>")
    def show(kid: str) -> ResponseReturnValue:
        return _one(context, kid)

    @devices.post("/<kid>/suspend")
    def suspend(kid: str) -> ResponseReturnValue:
        return _change(context, kid, standing.suspend)

    @devices.post("/<kid>/resume")
    def resume(kid: str) -> ResponseReturnValue:
        return _change(context, kid, standing.resume)

    @devices.post("/<kid>/lost")
    def lost(kid: str) -> ResponseReturnValue:
        def report(connection: Connection, name: bytes, *, by: str, now: int) -> Device:
            if request.form.get("sure") != "yes":
                raise InspectionError("confirm_first")
            return standing.lost(connection, name, since=_since(now), by=by, now=now)

        return _change(context, kid, report)

    return devices


def _since(now: int) -> int:
    """Return since when a device is lost, as a form says it in Cairo's time; now without a word. Raises InspectionError `input_invalid`."""
    typed = request.form.get("since", "")
    if not typed:
        return now
    try:
        return days.seconds_of(datetime.fromisoformat(typed).replace(tzinfo=days.cairo()))
    except ValueError as error:
        raise InspectionError("input_invalid") from error


def _governs(authority: str) -> bool:
    return any(staff().may(role, authority) for role in _ROLES)  # type: ignore[arg-type]


def _found(connection: Connection, kid: str) -> Device:
    """Return a device of the supervisor's authorities. Raises InspectionError `device_unknown`, as for one that is not there."""
    device = records.by_kid(connection, octets_of(kid, 16))
    if not _governs(device.authority):
        raise InspectionError("device_unknown")
    return device


def _change(context: InspectionsContext, kid: str, step: Callable[..., Device]) -> ResponseReturnValue:
    try:
        with context.engine.begin() as connection:
            step(connection, _found(connection, kid).kid, by=staff().name, now=context.now())
    except InspectionError as error:
        if error.code == "device_unknown":
            raise
        return _one(context, kid, error.code)
    return redirect(f"{PREFIX}/devices/{kid}", 303)


def _one(context: InspectionsContext, kid: str, fault: str = "") -> ResponseReturnValue:
    with reading(context.engine) as connection:
        device = _found(connection, kid)
        events = records.history(connection, device.id)
        gaps = chain.gaps(connection, device, device.head)
    page = render_template("device.html", device=device, events=events, gaps=gaps, fault=fault, names=scope.names(context))
    return page, status_of(fault) if fault else 200


def _list(context: InspectionsContext, fault: str = "") -> ResponseReturnValue:
    mine = staff().where("supervisor", "administrator")
    everywhere = EVERYWHERE in mine
    with reading(context.engine) as connection:
        found = records.in_authorities(connection, None if everywhere else sorted(mine))
        gaps = {each.id: chain.gaps(connection, each, each.head) for each in found}
        holders = [each for each in directory.everyone(connection) if not each.closed]
    names = scope.names(context)
    chosen = sorted(names) if everywhere else sorted(mine)
    holders = [each for each in holders if any(enrolment.may_hold(each, authority) for authority in chosen)]
    page = render_template("devices.html", devices=found, gaps=gaps, holders=holders, authorities=chosen, names=names, fault=fault)
    return page, status_of(fault) if fault else 200
