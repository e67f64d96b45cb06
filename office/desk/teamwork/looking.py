"""Who read which applicant's mobile, and what for: for the managers of the cases' authorities."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from office.desk import turning
from office.desk.context import DeskContext
from office.desk.replicas import looking
from office.desk.visitor import visitor
from office.work import contact, people

from .leaving import together

PAGE = 50


def page(context: DeskContext) -> ResponseReturnValue:
    """Show the newest looks, perhaps of one person; `before` goes on."""
    who, before = _number("who"), turning.before()
    with looking(context) as connection:
        everybody = people.staff(connection)
        found = contact.seen(connection, actor=visitor().actor, by=f"staff:{who}" if who else "", before=before or None, limit=PAGE + 1)
    return render_template(
        "team_looks.html",
        looks=[look for _, look in found[:PAGE]],
        before=found[PAGE - 1][0] if len(found) > PAGE else 0,
        who=who,
        everybody=[each for each in everybody if together(each)],
        names={f"staff:{each.id}": each.display for each in everybody},
    )


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
