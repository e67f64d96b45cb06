"""Reasons to hold the identity document beside what was typed about an applicant. Never that anybody did anything wrong: people marry,
move, and are misspelt; but one number belongs to one person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select

from issuer.intake.texts import skeleton
from office.applicants import form, records
from office.applicants.form import Applicant
from office.applicants.keyring import Keyring
from office.applicants.records import Outcome, Reading
from seal import days

from . import access
from .application import Application, of
from .context import UnitOfWork
from .tables import applications

_COMPARED = 20  # other applications under one number
_TOLD = 5


class Doubt(NamedTuple):
    """`id_other_name` (elsewhere the same number goes with another name), or `id_other_number` (this name had another number before).

    `number` is the application that tells, "" for one that is not this visitor's to see."""

    code: str
    number: str


class _Compared(NamedTuple):
    """An application whose applicant can be read, and what others are compared by."""

    unit: UnitOfWork
    keyring: Keyring
    application: Application
    applicant: Applicant

    def read(self, other: Application) -> Mapping[str, str]:
        """Return the names of another application by their numbers; nothing where it cannot be read."""
        found = records.read(self.unit.connection, self.keyring, other.id, other.key)
        applicant = _judged(found, self.unit.now)
        return _people(applicant, other.holder) if applicant is not None else {}

    def doubt(self, code: str, other: Application) -> Doubt:
        """Return a doubt, and where it comes from if whoever acts may see that."""
        return Doubt(code, other.number if access.may_see(self.unit.actor, other) else "")


def doubts_of(unit: UnitOfWork, application: Application, found: Reading) -> tuple[Doubt, ...]:
    """Return the doubts about who applies, as one of the staff is told them; nobody else is."""
    applicant = _judged(found, unit.now)
    if unit.actor.kind != "staff" or unit.office.applicants is None or applicant is None:
        return ()
    compared = _Compared(unit, unit.office.applicants, application, applicant)
    return tuple(dict.fromkeys([*_other_names(compared), *_other_numbers(compared)]))[:_TOLD]


def _judged(found: Reading, now: int) -> Applicant | None:
    if found.outcome != Outcome.KEPT:
        return None
    return form.judge(found.typed, allowed=(form.PERSON, form.COMPANY, form.AGENT), today=days.day_of(now)).applicant


def _people(applicant: Applicant, holder: str) -> Mapping[str, str]:
    """Return the names in an application by the numbers that they go with."""
    name = skeleton(applicant.name or holder)
    people = {applicant.tax_number: name} if applicant.tax_number else {applicant.national_id: name}
    return people | ({applicant.agent.national_id: skeleton(applicant.agent.name)} if applicant.agent else {})


def _other_names(mine: _Compared) -> list[Doubt]:
    """Return the applications that name the same number with another name."""
    found, connection = [], mine.unit.connection
    for number, name in _people(mine.applicant, mine.application.holder).items():
        kind = form.COMPANY if number == mine.applicant.tax_number else form.PERSON
        ids = [id_ for id_, _ in records.found_by(connection, mine.keyring, kind, number, most=_COMPARED) if id_ != mine.application.id]
        query = select(applications).where(applications.c.id.in_(ids), applications.c.number.is_not(None))
        others = map(of, connection.execute(query.order_by(applications.c.id.desc())))
        found += [mine.doubt("id_other_name", other) for other in others if mine.read(other).get(number, name) != name]
    return found


def _other_numbers(mine: _Compared) -> list[Doubt]:
    """Return the newest earlier application for the same license whose applicant had the same name and another number."""
    table, subject = applications.c, mine.application.subject
    if subject is None:
        return []
    people = _people(mine.applicant, mine.application.holder)
    query = select(applications).where(table.issued == subject, table.id < mine.application.id).order_by(table.id.desc())
    for other in map(of, mine.unit.connection.execute(query.limit(_COMPARED))):
        numbers = {name: number for number, name in mine.read(other).items()}
        if any(numbers.get(name, number) != number for number, name in people.items()):
            return [mine.doubt("id_other_number", other)]
    return []
