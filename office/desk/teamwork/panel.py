"""What pages of others show of shared work: on a case who is on it, on the work list whose cases they are and what changed."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import request
from sqlalchemy import Connection

from office.applications import listing
from office.applications.application import NOBODY
from office.desk.context import DeskContext
from office.desk.visitor import staff, unit_of_work
from office.work import absences, contact, overview, people, records
from seal import days


class Whose(NamedTuple):
    """Whose cases a list shows: `who` is `mine`, `none`, `all` or an account's id, `holder` as office.applications.listing takes it."""

    who: str
    holder: int | None


def of_case(connection: Connection, context: DeskContext, number: str) -> dict[str, Any]:
    """Return what the page of a case shows."""
    return {"teamwork": overview.of_case(unit_of_work(connection, context), number), "calls": contact.WHY}


def whose(usual: str = "all") -> Whose:
    """Return whose cases the request at hand asks for; as `usual` if it does not say."""
    asked = request.args.get("who", usual)
    if asked == "mine":
        return Whose(asked, staff().id)
    if asked == "none":
        return Whose(asked, NOBODY)
    if asked.isascii() and asked.isdigit() and 0 < len(asked) < 16:
        return Whose(asked, int(asked))
    return Whose("all", None)


def _counted(connection: Connection, context: DeskContext) -> dict[str, int]:
    """Return how many cases the visitor has, and how many nobody has, up to one more than are counted."""
    actor, office = unit_of_work(connection, context).actor, context.office()
    holders = {"mine": staff().id, "none": NOBODY}
    return {who: listing.held_by(connection, office, actor=actor, holder=holder, states=people.STEPS) for who, holder in holders.items()}


def of_list(connection: Connection, context: DeskContext) -> dict[str, Any]:
    """Return what the work list shows of shared work: whose cases, names, what others took from the visitor, who is away today."""
    today, me = days.day_of(context.now()), staff().id
    away = [each for each in absences.coming(connection, today) if each.first_day <= today and me in (each.account_id, each.stand_in)]
    counts = _counted(connection, context)
    found = whose("mine" if counts["mine"] and not request.args else "all")  # who opens the first page and has work begins with it
    shown = {"counted": counts, "most": listing.COUNTED_MOST, "whose": found}
    return shown | {"names": overview.names(connection), "untold": records.untold(connection, me), "away": away, "me": me}
