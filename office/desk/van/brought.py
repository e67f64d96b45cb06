"""Brought by van: what laptops filed and nobody took in yet, for the centre's clerks; and the list of what became of it, to print."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from office.applicants.errors import ApplicantError
from office.applications.context import UnitOfWork
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import staff, visitor
from office.van import filing, records
from office.van.errors import VanError
from storage.database import reading

from .laptops import ID

ROOT = "/centre/van"
AT_ONCE = 25  # that one press files: each has documents to be looked at
_ROW = f"<int(max={2**53}):parcel>"


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    pages = Blueprint("van_brought", __name__, url_prefix=ROOT)

    @pages.get("")
    def list_() -> ResponseReturnValue:
        return _page(context)

    @pages.post(f"/all/{ID}")
    def all_(device: int) -> ResponseReturnValue:
        return _all(context, device)

    @pages.get(f"/list/{ID}")
    def printed(device: int) -> ResponseReturnValue:
        return _printed(context, device)

    @pages.post(f"/{_ROW}/<any(file, back, let):step>")
    def act(parcel: int, step: str) -> ResponseReturnValue:
        return _act(context, parcel, step)

    return pages


def _where(context: DeskContext) -> tuple[str, ...]:
    return visitor().actor.authorities(context.office().authorities, "clerk", "manager")


def _page(context: DeskContext, code: str = "", at: int = 0) -> ResponseReturnValue:
    """Return what was brought. `code` is why nothing was done now, `at` the parcel that it is about."""
    where = _where(context)
    with reading(context.engine) as connection:
        brought = records.brought(connection, where)
        devices = {each.id: each for each in records.in_authorities(connection, where)}
        opened = _opened(context, connection, brought)
    shown = [(device, [each for each in brought if each.device_id == id_]) for id_, device in devices.items()]
    told: dict[str, Any] = {"shown": [(device, mine) for device, mine in shown if mine], "numbers": filing.numbers(context.engine, brought)}
    actor = visitor().actor
    told |= {"clerk_at": actor.authorities(where, "clerk"), "manager_at": actor.authorities(where, "manager"), "opened": opened}
    told |= {"services": context.office().services.services, "authorities": context.authorities(), "code": code, "at": at}
    page = render_template("van_brought.html", **told)
    return page, status_of(code) if code else 200


def _opened(context: DeskContext, connection: Any, brought: tuple[records.Brought, ...]) -> dict[int, Any]:
    """Return what the parcels that wait say, by their ids; None for one that cannot be read here and now."""
    unit, found = UnitOfWork(connection, context.office(), visitor().actor, context.now()), dict[int, Any]()
    for each in brought:
        if each.state == "waiting" and unit.actor.has(each.authority, "clerk"):
            try:
                found[each.id] = filing.opened(unit, each.id)
            except (VanError, ApplicantError):
                found[each.id] = None
    return found


def _act(context: DeskContext, parcel: int, step: str) -> ResponseReturnValue:
    actor, office, by, now = visitor().actor, context.office(), staff().name, context.now()
    try:
        if step == "file":
            filing.file_(context.engine, office, parcel, actor=actor, by=by, now=now)
        elif step == "back":
            filing.refuse(context.engine, parcel, request.form.get("reason", ""), actor=actor, office=office, by=by, now=now)
        else:
            filing.let_in(context.engine, parcel, actor=actor, office=office, by=by, now=now)
    except IssuerError as error:
        if error.code == "van_parcel_unknown":
            raise ProblemError(error.code) from error
        return _page(context, error.code, parcel)
    return redirect(f"{ROOT}#parcel-{parcel}", 303)


def _all(context: DeskContext, device: int) -> ResponseReturnValue:
    """File what waits of a laptop, in its order; each is an application of its own, whatever becomes of the others."""
    actor = visitor().actor
    where = actor.authorities(context.office().authorities, "clerk")
    with reading(context.engine) as connection:
        if all(each.id != device for each in records.in_authorities(connection, where)):
            raise ProblemError("not_found")
        waiting = [each for each in records.brought(connection, where, "waiting", device_id=device) if not each.missing]
    if not waiting:
        return _page(context, "van_nothing_waits")
    for each in waiting[:AT_ONCE]:
        try:
            filing.file_(context.engine, context.office(), each.id, actor=actor, by=staff().name, now=context.now())
        except VanError:
            continue  # a colleague was quicker
        except IssuerError as error:
            return _page(context, error.code, each.id)
    return redirect(f"{ROOT}#laptop-{device}", 303)


def _printed(context: DeskContext, device: int) -> ResponseReturnValue:
    where = _where(context)
    with reading(context.engine) as connection:
        found = next((each for each in records.in_authorities(connection, where) if each.id == device), None)
        if found is None:
            raise ProblemError("not_found")
        brought = records.brought(connection, where, device_id=device)
    numbers = filing.numbers(context.engine, brought)
    told = {"device": found, "brought": brought, "numbers": numbers, "now": context.now()}
    return render_template("van_list.html", **told, services=context.office().services.services, authorities=context.authorities())
