"""Handing cases over: one's own, or for a manager anybody's; one, several or all."""

from __future__ import annotations

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from office.applications.errors import Fault
from office.desk.context import DeskContext
from office.desk.problems import status_of
from office.desk.visitor import staff, unit_of_work, visitor
from office.work import handing, people
from office.work.handing import Handed
from storage.database import reading

from .leaving import together


def page(context: DeskContext, fault: Fault | None = None, handed: Handed | None = None) -> ResponseReturnValue:
    """Show somebody's cases to choose of. `fault` is why nothing was handed over, `handed` what was."""
    leads = visitor().actor.authorities(context.office().authorities, "manager")
    with reading(context.engine) as connection:
        everybody = people.staff(connection)
        whose = _whose() if leads else staff().id
        lines = handing.of_person(unit_of_work(connection, context), whose)
    shown = render_template(
        "team_hand_over.html",
        whose=whose,
        me=staff().id,
        lines=lines,
        everybody=[each for each in everybody if together(each)] if leads else (),
        choices=[each for each in everybody if each.id != whose and together(each)],
        names={each.id: each.display for each in everybody},
        moved=_number("moved"),
        services=context.office().services,
        chosen=request.form.getlist("case"),
        typed=request.form,
        fault=fault,
        handed=handed,
        most=handing.MOST,
    )
    return shown, status_of(fault.code) if fault else 200


def send(context: DeskContext) -> ResponseReturnValue:
    """Hand the chosen cases over, and say which stayed and why."""
    numbers, to, note = request.form.getlist("case"), _number("to"), request.form.get("note", "")
    try:
        with context.engine.begin() as connection:
            unit = unit_of_work(connection, context)
            handed = handing.hand_over(unit, _whose(), numbers, to, note=note)
    except IssuerError as error:
        return page(context, Fault("", error.code))
    if not handed.left:
        return redirect(f"/centre/work/hand-over?from={_whose()}&moved={handed.moved}", 303)
    return page(context, handed=handed)


def _whose() -> int:
    return _number("from") or staff().id


def _number(name: str) -> int:
    text = request.values.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
