"""Who is on a case, as a colleague sees it on its page: what they may do about it, who had it, notes, corrections of its mobile."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from accounts.roles import Account
from office.applications import records as cases
from office.applications.application import Application
from office.applications.context import OfficeContext, UnitOfWork
from seal import days

from . import absences, contact, mobiles, notes, people, records
from .mobiles import Change
from .notes import Note
from .records import Assignment


class Choice(NamedTuple):
    """Somebody whom a case may be given to; `stand_in` is who gets it instead today, "" where they are there."""

    id: int
    name: str
    stand_in: str


class CaseWork(NamedTuple):
    """`holder` is an account's id, NOBODY for none. `take_code` is why the visitor may not take it, "" if they may; `names` by account."""

    holder: int
    mine: bool
    away: bool
    step: bool
    take_code: str
    may_give: bool
    choices: tuple[Choice, ...]
    lines: tuple[Assignment, ...]
    names: Mapping[int, str]
    notes: tuple[Note, ...]
    may_look: bool
    may_correct: bool
    two: bool
    changes: tuple[Change, ...]
    decidable: frozenset[int]
    sent: str


def of_case(unit: UnitOfWork, number: str) -> CaseWork | None:
    """Return what concerns the actor, None for whoever does not work for the case's authority.

    Raises ApplicationError `application_unknown`.
    """
    connection, office, actor = unit.connection, unit.office, unit.actor
    application = cases.find(connection, number, actor=actor)
    if not actor.has(application.authority, *people.DESK):
        return None
    everybody, away = people.staff(connection), absences.away(connection, days.day_of(unit.now))
    me = next((each for each in everybody if str(each.id) == actor.id), None)
    names = {each.id: each.display for each in everybody}
    mine = me is not None and application.assigned == me.id
    may_give = (mine or people.leads(actor, application)) and application.state in people.STEPS
    changed = mobiles.of_case(connection, application.id)
    last = contact.last_message(connection, application) if contact.may_look(office, application, actor) else None
    return CaseWork(
        holder=application.assigned,
        mine=mine,
        away=application.assigned in away,
        step=application.state in people.STEPS,
        take_code=people.refusal(connection, office, application, me) if me and not mine else "assign_nothing",
        may_give=may_give,
        choices=_choices(connection, office, application, everybody, away) if may_give else (),
        lines=records.of_case(connection, application.id),
        names=names,
        notes=notes.of_case(connection, number, actor=actor),
        may_look=contact.may_look(office, application, actor) and bool(application.mobile),
        may_correct=mobiles.may_correct(actor, application),
        two=mobiles.needs_two(connection, application),
        changes=changed,
        decidable=frozenset(each.id for each in changed if mobiles.may_decide(actor, application, each)),
        sent=last.state if last else "",
    )


def _choices(
    connection: Connection, office: OfficeContext, application: Application, everybody: Collection[Account], away: Mapping[int, int | None]
) -> tuple[Choice, ...]:
    """Return to whom a case may be given: who may have it, or whose stand-in may."""
    by_id = {each.id: each for each in everybody}
    found = []
    for each in everybody:
        here = absences.present(away, each.id)
        gets = by_id.get(here) if here is not None else None
        named = people.actor_of(each).has(application.authority, *people.DESK)
        if gets and named and each.id != application.assigned and not people.refusal(connection, office, application, gets):
            found.append(Choice(each.id, each.display, gets.display if gets.id != each.id else ""))
    return tuple(found)


def names(connection: Connection) -> dict[int, str]:
    """Return the names of everybody at the desk by account."""
    return {each.id: each.display for each in people.staff(connection)}
