"""The board of what is late by person and step, as a page and as a table for spreadsheets."""

from __future__ import annotations

from typing import NamedTuple

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from office.applications.application import NOBODY
from office.desk import words
from office.desk.context import DeskContext
from office.desk.replicas import looking
from office.desk.visitor import unit_of_work, visitor
from office.work import absences, board, overview
from seal import days
from web import spreadsheets, writing


class Shown(NamedTuple):
    """One row of the board: `who` is what the work list takes, `days` are working days that the oldest is late."""

    who: str
    name: str
    away: bool
    state: str
    open: int
    late: int
    due_at: int | None
    days: int


def page(context: DeskContext) -> ResponseReturnValue:
    """Show the board of the authorities that the visitor leads, or of the one that is asked for."""
    actor = visitor().actor
    return render_template(
        "team_board.html",
        rows=_rows(context),
        chosen=request.args.get("authority", ""),
        authorities={code: name for code, name in context.authorities().items() if actor.has(code, "manager")},
    )


def table(context: DeskContext) -> Response:
    """Return the board for a spreadsheet."""
    states = words.names("state")
    rows = [
        (each.name, *spreadsheets.both(states, each.state), each.open, each.late, writing.stamp(each.due_at), each.days)
        for each in _rows(context)
    ]
    header = ("person", *spreadsheets.heads("state"), "open", "late", "oldest deadline", "working days late")
    return spreadsheets.answer(f"late-{days.day_of(context.now())}", header, rows)


def _rows(context: DeskContext) -> list[Shown]:
    calendar, now = context.office().services.calendar, context.now()
    with looking(context) as connection:
        found = board.of(unit_of_work(connection, context), authority=request.args.get("authority") or None)
        names, away = overview.names(connection), absences.away(connection, days.day_of(now))
    return [
        Shown(
            "none" if each.person == NOBODY else str(each.person),
            names.get(each.person, ""),
            each.person in away,
            each.state,
            each.open,
            each.late,
            each.due_at,
            each.late_days(calendar, now),
        )
        for each in found
    ]
