"""Appointments on the portal: a centre, a day, a time; moving and giving up one's own."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from governorate import counter
from issuer.errors import IssuerError
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import visitor
from office.queue import appointments
from storage.database import reading

_ROW = f"<int(max={2**53}):appointment>"


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    pages = Blueprint("appointments", __name__, url_prefix="/appointments")

    @pages.get("")
    def show() -> ResponseReturnValue:
        return _page(context)

    @pages.post("")
    def book() -> ResponseReturnValue:
        return _book(context)

    @pages.post(f"/{_ROW}/cancel")
    def cancel(appointment: int) -> ResponseReturnValue:
        return _cancel(context, appointment)

    return pages


def _citizen() -> int:
    found = visitor().citizen
    if found is None:
        raise ProblemError("forbidden")
    return found.id


def _page(context: DeskContext, code: str = "") -> ResponseReturnValue:
    """Return one's appointments, and the times of the centre and day that were asked for. `code` is why nothing was booked."""
    rules, now, asked = counter.default(), context.now(), request.values
    names = context.authorities()
    centres = [each for each in rules.appointments.centres if each in names]
    centre = asked.get("centre", "") if asked.get("centre", "") in centres else (centres[0] if len(centres) == 1 else "")
    days_ = appointments.bookable(rules, centre, now=now) if centre else ()
    chosen = _day(asked.get("day", ""))
    with reading(context.engine) as connection:
        mine = appointments.standing(connection, _citizen(), now=now)
        times = appointments.slots(connection, rules, centre, chosen, now=now) if centre and chosen else ()
    moving = next((each for each in mine if each.state == "booked" and str(each.id) == asked.get("instead", "")), None)
    page = render_template(
        "portal_appointments.html",
        mine=mine,
        centres=centres,
        centre=centre,
        days=days_,
        chosen=chosen if chosen in days_ else None,
        times=times,
        moving=moving,
        authorities=names,
        booked=asked.get("booked", ""),
        code=code,
    )
    return page, status_of(code) if code else 200


def _book(context: DeskContext) -> ResponseReturnValue:
    form, day = request.form, _day(request.form.get("day", ""))
    minute, instead = _number(form.get("minute", "")), _number(form.get("instead", ""))
    if day is None or minute is None:
        return _page(context, "slot_unknown")
    wish = appointments.Wish(form.get("centre", ""), day, minute, instead)
    try:
        with context.engine.begin() as connection:
            made = appointments.book(connection, counter.default(), _citizen(), wish, now=context.now())
    except IssuerError as error:
        return _page(context, error.code)
    return redirect(f"/appointments?booked={made}", 303)


def _cancel(context: DeskContext, appointment: int) -> ResponseReturnValue:
    try:
        with context.engine.begin() as connection:
            appointments.cancel(connection, _citizen(), appointment)
    except IssuerError as error:
        raise ProblemError(error.code) from error
    return redirect("/appointments", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
