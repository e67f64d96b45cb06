"""What the work list's filters ask for, and the list of it as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from flask import Response, request
from sqlalchemy import Connection

from office.applications import identity, listing, search
from office.applications.application import NOBODY
from office.applications.context import OfficeContext
from office.applications.identity import Flags
from office.applications.listing import Line
from office.desk import words
from office.desk.context import DeskContext
from office.desk.noting import note
from office.desk.replicas import looking
from office.desk.teamwork import panel
from office.desk.visitor import visitor
from office.privacy.reads import About
from office.services.state_machine import State
from office.work import overview, people
from seal import days
from web import spreadsheets as tables
from web import writing
from web.spreadsheets import Form

MOST = 20_000  # lines; a table says so if it would be longer
STATES = tuple(state.value for state in State if state != State.DRAFT)
#: What stands in the cells of yes and no, in both languages.
_SAYS = {False: "no", True: "yes"}


class Wish(NamedTuple):
    """Which applications a list is asked for: those in `states`, perhaps of one authority or service, perhaps those alone that are late,
    or that somebody has (`holder`, as office.applications.listing takes it). `state` is the one that was chosen, "" for none.
    """

    states: tuple[str, ...]
    state: str
    authority: str | None
    service: str | None
    late: bool
    holder: int | None = None

    def page(self, connection: Connection, office: OfficeContext, *, after: str, limit: int) -> listing.Page:
        """Return a page of them."""
        return listing.work(
            connection,
            office,
            actor=visitor().actor,
            states=self.states,
            authority=self.authority,
            service=self.service,
            escalated=True if self.late else None,
            holder=self.holder,
            after=after,
            limit=limit,
        )

    def narrowed(self) -> search.Narrowed:
        """Return what a search by words leaves out: it looks through all states unless one was chosen."""
        return search.Narrowed(self.state or None, self.service, self.late)


def wish(whose: panel.Whose) -> Wish:
    """Return what the address at hand asks for."""
    asked = request.args
    state = asked.get("state", "") if asked.get("state", "") in STATES else ""
    states = (state,) if state else listing.WORK if whose.holder is None else people.STEPS
    return Wish(states, state, asked.get("authority") or None, asked.get("service") or None, bool(asked.get("late")), whose.holder)


def table(context: DeskContext, form: Form) -> Response:
    """Return the list that the work list's filters ask for, whole."""
    office, wanted, after = context.office(), wish(panel.whose()), ""
    lines: list[Line] = []
    flags: dict[str, Flags] = {}
    with looking(context) as connection:
        while len(lines) < MOST:
            page = wanted.page(connection, office, after=after, limit=listing.LIMIT_MAX)
            lines += page.lines
            flags |= identity.flags(connection, [each.number for each in page.lines])
            if not (after := page.after):
                break
        holders = overview.names(connection)
    note(context, About("list", item="work list", many=len(lines)))
    rows = chain(_rows(context, lines, flags, holders), [("…",)] if after else ())
    return tables.answer(f"work-{days.day_of(context.now())}", _header(), rows, form)


def _header() -> Sequence[str]:
    named = [head for code in ("service", "state", "authority", "channel") for head in tables.heads(code)]
    flags = [head for code in ("late", "applicant is not the holder", "through an agent") for head in tables.heads(code)]
    return "application", "name", "holder", *named, "submitted", "since", "license", "deadline", *flags, "with"


def _rows(
    context: DeskContext, lines: Sequence[Line], flags: Mapping[str, Flags], holders: Mapping[int, str]
) -> Iterator[tuple[object, ...]]:
    services, states, authorities = context.service_names(), words.names("state"), context.authorities()
    channels, said, now = words.names("channel"), words.names("table"), context.now()
    for each in lines:
        flag = flags.get(each.number, Flags(False, False))
        late = each.escalated or bool(each.due_at and each.due_at < now)  # as the page marks it
        yield (
            *(each.number, each.name, each.holder),
            *tables.both(services, each.service),
            *tables.both(states, each.state),
            *tables.both(authorities, each.authority),
            *tables.both(channels, each.channel),
            *(writing.stamp(each.submitted_at), writing.stamp(each.since), each.issued or ""),
            writing.stamp(each.due_at - 1) if each.due_at else "",
            *(cell for yes in (late, flag.not_holder, flag.by_agent) for cell in tables.both(said, _SAYS[yes])),
            "" if each.assigned == NOBODY else holders.get(each.assigned, ""),
        )
