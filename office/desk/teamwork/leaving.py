"""Who is away and who stands in: one's own leave, and for a manager everybody's."""

from __future__ import annotations

from datetime import date

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from accounts.roles import EVERYWHERE, Account
from issuer.errors import IssuerError
from issuer.intake import dates
from office.applications.context import UnitOfWork
from office.applications.errors import Fault
from office.desk.context import DeskContext
from office.desk.problems import status_of
from office.desk.visitor import staff, unit_of_work, visitor
from office.work import absences, people
from office.work.errors import WorkError
from seal import days
from seal.errors import LicenseError
from storage.database import reading

_PATH = "/centre/work/leave"
_FIELDS = {"leave_days": "last", "leave_past": "last", "leave_long": "last", "leave_twice": "first"}


def page(context: DeskContext, fault: Fault | None = None) -> ResponseReturnValue:
    """Show who of the visitor's colleagues is away from today on. `fault` is why nothing was noted."""
    today = days.day_of(context.now())
    with reading(context.engine) as connection:
        everybody = people.staff(connection)
        coming, unit = absences.coming(connection, today), unit_of_work(connection, context)
        near = {each.id for each in everybody if together(each)}
        decides = {each.id for each in everybody if absences.may_decide(unit, each)}
    shown = render_template(
        "team_leave.html",
        coming=[each for each in coming if each.account_id in near or each.stand_in == staff().id],
        names={each.id: each.display for each in everybody},
        choices=[each for each in everybody if each.id in near],
        decides=decides,
        me=staff().id,
        leads=visitor().actor.authorities(context.office().authorities, "manager"),
        typed=request.form,
        fault=fault,
    )
    return shown, status_of(fault.code) if fault else 200


def add(context: DeskContext) -> ResponseReturnValue:
    """Note that somebody is away."""
    try:
        first, last = _day("first"), _day("last")
        with context.engine.begin() as connection:
            _leave(unit_of_work(connection, context), first, last)
    except IssuerError as error:
        field = _FIELDS.get(error.code, "stand_in" if error.code.startswith("stand_in") else error.detail)
        return page(context, Fault(field, error.code))
    return redirect(_PATH, 303)


def end(context: DeskContext, id_: int) -> ResponseReturnValue:
    """End an absence."""
    try:
        with context.engine.begin() as connection:
            absences.call_off(unit_of_work(connection, context), id_)
    except IssuerError as error:
        return page(context, Fault("", error.code))
    return redirect(_PATH, 303)


def _leave(unit: UnitOfWork, first: date, last: date) -> None:
    who, stand_in = request.form.get("who", ""), request.form.get("stand_in", "")
    absences.leave(unit, _account(who) if who else staff().id, first, last, _account(stand_in) if stand_in else None)


def _account(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _day(field: str) -> date:
    """Return the day of a field. Raises WorkError, with the field: `field_missing` for none, `date_invalid` and its like."""
    try:
        found = dates.parse(request.form.get(field, ""), field)
    except LicenseError as error:
        raise WorkError(error.code, field) from error
    if found is None:
        raise WorkError("field_missing", field)
    return found


def together(account: Account) -> bool:
    """Say whether somebody works for an authority that the visitor works for."""
    there, actor = account.where(*people.DESK), visitor().actor
    return EVERYWHERE in there or any(actor.has(code, *people.DESK) for code in there)
