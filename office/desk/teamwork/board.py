"""The board of what is late by person and step, as a page and as a table for spreadsheets."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from office.applications.application import NOBODY
from office.desk import turning, words
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


PAGE = 50  # people


class _Part(NamedTuple):
    """The rows of some people, and how many people have rows after them."""

    rows: list[Shown]
    after: int


def page(context: DeskContext) -> ResponseReturnValue:
    """Show the board of the authorities that the visitor leads, or of the one that is asked for: who has most that is late first."""
    actor, passed = visitor().actor, turning.passed()
    part = _rows(context, passed, PAGE)
    return render_template(
        "team_board.html",
        rows=part.rows,
        passed=passed + PAGE if part.after else 0,
        behind=passed,
        chosen=request.args.get("authority", ""),
        authorities={code: name for code, name in context.authorities().items() if actor.has(code, "manager")},
    )


def table(context: DeskContext) -> Response:
    """Return the board for a spreadsheet."""
    states = words.names("state")
    rows = [
        (each.name, *spreadsheets.both(states, each.state), each.open, each.late, writing.stamp(each.due_at), each.days)
        for each in _rows(context).rows
    ]
    header = ("person", *spreadsheets.heads("state"), "open", "late", "oldest deadline", "working days late")
    return spreadsheets.answer(f"late-{days.day_of(context.now())}", header, rows)


def _rows(context: DeskContext, passed: int = 0, most: int | None = None) -> _Part:
    """Return the rows of `most` people behind those `passed`, or of all."""
    calendar, now = context.office().services.calendar, context.now()
    with looking(context) as connection:
        found = board.of(unit_of_work(connection, context), authority=request.args.get("authority") or None)
        names, away = overview.names(connection), absences.away(connection, days.day_of(now))
    people = list(dict.fromkeys(each.person for each in found))
    end = len(people) if most is None else passed + most
    seen = frozenset(people[passed:end])

    @cache  # deadlines pass at midnight: many rows have the same one, and each day since is looked at
    def late(due_at: int) -> int:
        return board.late_days(due_at, calendar, now)

    rows = [
        Shown(
            "none" if each.person == NOBODY else str(each.person),
            names.get(each.person, ""),
            each.person in away,
            each.state,
            each.open,
            each.late,
            each.due_at,
            late(each.due_at) if each.due_at is not None else 0,
        )
        for each in found
        if each.person in seen
    ]
    return _Part(rows, max(0, len(people) - end))
