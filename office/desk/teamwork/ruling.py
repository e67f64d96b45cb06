"""The table of what comes to whom by itself, for the managers of an authority."""

from __future__ import annotations

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from office.applications.errors import Fault
from office.desk.context import DeskContext
from office.desk.problems import status_of
from office.desk.visitor import unit_of_work, visitor
from office.work import people, rules
from storage.database import reading

_PATH = "/centre/work/rules"


def page(context: DeskContext, fault: Fault | None = None) -> ResponseReturnValue:
    """Show the lines of the authorities that the visitor leads. `fault` is why none was added."""
    office, actor = context.office(), visitor().actor
    led = rules.led(actor, office)
    with reading(context.engine) as connection:
        lines, everybody = rules.in_force(connection, led), people.staff(connection)
    members = [each for each in everybody if any(people.actor_of(each).has(code, "clerk", "reviewer", "manager") for code in led)]
    shown = render_template(
        "team_rules.html",
        lines=lines,
        led={code: name for code, name in context.authorities().items() if code in led},
        members=members,
        names={each.id: each.display for each in everybody},
        services=office.services,
        types=sorted({each.type for each in office.services.services.values()}),
        type_names=context.trust().types,
        steps=people.STEPS,
        typed=request.form,
        chosen=request.form.getlist("person"),
        fault=fault,
    )
    return shown, status_of(fault.code) if fault else 200


def add(context: DeskContext) -> ResponseReturnValue:
    """Add a line."""
    typed = {name: request.form.get(name, "")[:48] for name in ("authority", "service", "state")}
    chosen = [int(text) for text in request.form.getlist("person") if text.isascii() and text.isdigit() and len(text) < 16]
    try:
        with context.engine.begin() as connection:
            rules.add(unit_of_work(connection, context), **typed, people_=chosen)
    except IssuerError as error:
        return page(context, Fault("", error.code))
    return redirect(_PATH, 303)


def remove(context: DeskContext, id_: int) -> ResponseReturnValue:
    """Take a line away."""
    try:
        with context.engine.begin() as connection:
            rules.remove(unit_of_work(connection, context), id_)
    except IssuerError as error:
        return page(context, Fault("", error.code))
    return redirect(_PATH, 303)
