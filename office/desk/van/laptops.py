"""A manager's pages of laptops: which there are, a code for a new one, suspended, lost, and what was set apart."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from accounts import directory
from accounts.errors import AccountError
from issuer.errors import IssuerError
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import staff, visitor
from office.van import enrolment, records, standing
from office.van.errors import VanError
from storage.database import reading

ROOT = "/centre/van/laptops"
ID = f"<int(max={2**53}):device>"


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    pages = Blueprint("van_laptops", __name__, url_prefix=ROOT)

    @pages.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @pages.post("")
    def code() -> ResponseReturnValue:
        return _code(context)

    @pages.get(f"/{ID}")
    def show(device: int) -> ResponseReturnValue:
        return _show(context, device)

    @pages.post(f"/{ID}/<any(suspended, active, lost):state>")
    def change(device: int, state: records.State) -> ResponseReturnValue:
        return _change(context, device, state)

    return pages


def _where(context: DeskContext) -> tuple[str, ...]:
    return visitor().actor.authorities(context.office().authorities, "manager")


def _list(context: DeskContext, code: str = "") -> ResponseReturnValue:
    where = _where(context)
    with reading(context.engine) as connection:
        found = records.in_authorities(connection, where)
        people = [each for each in directory.everyone(connection) if not each.closed]
    holders = [each for each in people if any(each.may("clerk", authority) for authority in where)]
    told = {"devices": found, "holders": holders, "where": where, "authorities": context.authorities(), "code": code}
    return render_template("van_laptops.html", **told), status_of(code) if code else 200


def _code(context: DeskContext) -> ResponseReturnValue:
    authority, form = request.form.get("authority", ""), request.form
    try:
        if authority not in _where(context):
            raise VanError("van_holder_refused")
        with context.engine.begin() as connection:
            holder = directory.find(connection, form.get("holder", "")[:64])
            given = {"by": staff().name, "now": context.now()}
            made = enrolment.make_code(connection, holder, authority, form.get("name", "")[:200], **given)  # type: ignore[arg-type]
    except (IssuerError, AccountError) as error:
        return _list(context, error.code)
    until = context.now() + enrolment.CODE_SECONDS
    written = enrolment.written(made)
    command = f"khatm van enrol {request.host_url.rstrip('/')} --code {written}"
    return render_template("van_code.html", written=written, holder=holder, until=until, command=command)


def _found(context: DeskContext, device: int) -> records.Device:
    """Return a laptop of the manager's authorities. Raises ProblemError `not_found`, as for one that is not there."""
    with reading(context.engine) as connection:
        try:
            found = records.device(connection, device)
        except VanError as error:
            raise ProblemError("not_found") from error
    if found.authority not in _where(context):
        raise ProblemError("not_found")
    return found


def _show(context: DeskContext, device: int, code: str = "") -> ResponseReturnValue:
    found = _found(context, device)
    with reading(context.engine) as connection:
        events = records.history(connection, device)
        apart = records.brought(connection, (found.authority,), "apart", device_id=device)
    names = context.office().services.services
    told = {"device": found, "events": events, "apart": apart, "services": names, "authorities": context.authorities(), "code": code}
    return render_template("van_laptop.html", **told), status_of(code) if code else 200


def _change(context: DeskContext, device: int, state: records.State) -> ResponseReturnValue:
    _found(context, device)
    if state == "lost" and request.form.get("sure") != "yes":
        return _show(context, device, "van_confirm")
    try:
        with context.engine.begin() as connection:
            standing.change(connection, device, state, by=staff().name, now=context.now())
    except VanError as error:
        return _show(context, device, error.code)
    return redirect(f"{ROOT}/{device}", 303)
