"""Reasons to hold the identity document beside what was typed about an applicant. Never that anybody did anything wrong: people marry,
move, and are misspelt; but one number belongs to one person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from issuer.intake.texts import skeleton
from office.applicants import form, records
from office.applicants.form import Applicant
from office.applicants.keyring import Keyring
from office.applicants.records import Outcome, Reading
from seal import days

from . import access
from .actors import Actor
from .application import Application, of
from .context import OfficeContext
from .tables import applications

_COMPARED = 20  # other applications under one number
_TOLD = 5


class Doubt(NamedTuple):
    """`id_other_name` (elsewhere the same number goes with another name), or `id_other_number` (this name had another number before).

    `number` is the application that tells, "" for one that is not this visitor's to see."""

    code: str
    number: str


def doubts_of(
    connection: Connection, office: OfficeContext, application: Application, found: Reading, *, actor: Actor, now: int
) -> tuple[Doubt, ...]:
    """Return the doubts about who applies, as one of the staff is told them."""
    if found.outcome != Outcome.KEPT or office.applicants is None:
        return ()
    today = days.day_of(now)
    mine = form.judge(found.typed, allowed=(form.PERSON, form.COMPANY, form.AGENT), today=today).applicant
    if mine is None:
        return ()
    doubts = [
        *_other_names(connection, office.applicants, application, mine, actor, today),
        *_other_numbers(connection, office, application, mine, actor, today),
    ]
    return tuple(dict.fromkeys(doubts))[:_TOLD]


def _people(applicant: Applicant, holder: str) -> Mapping[str, str]:
    """Return the names in an application by the numbers that they go with."""
    name = skeleton(applicant.name or holder)
    people = {applicant.tax_number: name} if applicant.tax_number else {applicant.national_id: name}
    return people | ({applicant.agent.national_id: skeleton(applicant.agent.name)} if applicant.agent else {})


def _other_names(
    connection: Connection, keyring: Keyring, application: Application, mine: Applicant, actor: Actor, today: date
) -> list[Doubt]:
    """Return the applications that name the same number with another name."""
    found = []
    for number, name in _people(mine, application.holder).items():
        kind = form.COMPANY if number == mine.tax_number else form.PERSON
        ids = [id_ for id_, _ in records.found_by(connection, keyring, kind, number, most=_COMPARED) if id_ != application.id]
        query = select(applications).where(applications.c.id.in_(ids), applications.c.number.is_not(None))
        for other in map(of, connection.execute(query.order_by(applications.c.id.desc()))):
            theirs = _read(connection, keyring, other, today)
            if theirs is not None and _people(theirs, other.holder).get(number, name) != name:
                found.append(Doubt("id_other_name", other.number if access.may_see(actor, other) else ""))
    return found


def _other_numbers(
    connection: Connection, office: OfficeContext, application: Application, mine: Applicant, actor: Actor, today: date
) -> list[Doubt]:
    """Return the earlier application for the same license whose applicant had the same name and another number."""
    if application.subject is None or office.applicants is None:
        return []
    table = applications.c
    query = select(applications).where(table.issued == application.subject, table.id < application.id)
    found = []
    for other in map(of, connection.execute(query.order_by(table.id.desc()).limit(_COMPARED))):
        theirs = _read(connection, office.applicants, other, today)
        if theirs is None:
            continue
        numbers = {name: number for number, name in _people(theirs, other.holder).items()}
        if any(numbers.get(name, number) != number for number, name in _people(mine, application.holder).items()):
            found.append(Doubt("id_other_number", other.number if access.may_see(actor, other) else ""))
    return found[:1]


def _read(connection: Connection, keyring: Keyring, application: Application, today: date) -> Applicant | None:
    found = records.read(connection, keyring, application.id, application.key)
    if found.outcome != Outcome.KEPT:
        return None
    return form.judge(found.typed, allowed=(form.PERSON, form.COMPANY, form.AGENT), today=today).applicant
