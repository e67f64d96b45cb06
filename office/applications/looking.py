"""Who reads who applies: masked on the pages of a case, in full on request; each look in full and each search is written down first.

citizen   who owns the application: masked, and in full on request; whoever merely proved the mobile that it names, nothing
staff     of its authority as clerk, reviewer or manager: the same, and a search by number; a cashier, nothing
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from issuer.intake.texts import figures
from office.applicants import form, looks, national_id, records
from office.applicants.errors import ApplicantError
from office.applicants.looks import Look, Why
from office.applicants.records import Outcome, Reading
from seal import days

from . import access, identity
from . import records as cases
from .actors import EVERYWHERE, Actor
from .application import Application
from .context import UnitOfWork
from .doubts import Doubt, doubts_of
from .errors import ApplicationError
from .listing import COLUMNS, Line, line
from .tables import applications

CONCERNED = ("clerk", "reviewer", "manager")
_FOUND = 20  # applications that a search shows
_HIDDEN = frozenset({"applicant_national_id", "applicant_commercial_register", "applicant_tax_number", "applicant_mobile"}) | {
    "agent_national_id",
    "agent_poa_number",
}

_NAMES = ("applicant_name", "agent_name", "agent_poa_office")


class Shown(NamedTuple):
    """What somebody sees of who applies. `fields` are (code, text) of what was given; `full` says that nothing in them is hidden."""

    outcome: Outcome
    fields: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    not_holder: bool = False
    by_agent: bool = False
    fault: str = ""
    full: bool = False
    doubts: tuple[Doubt, ...] = ()


def concerned(actor: Actor, application: Application) -> bool:
    """Say whether who applies is this actor's business, who may see the application."""
    if actor.kind == "staff":
        return actor.has(application.authority, *CONCERNED) or application.entered_by == actor.key
    return actor.kind == "system" or access.may_change(actor, application)


def masked(unit: UnitOfWork, name: str) -> Shown | None:
    """Return who applies with its numbers hidden but for their ends; None where that is not the actor's business.

    Raises ApplicationError `application_unknown`.
    """
    application = cases.find(unit.connection, name, actor=unit.actor)
    if not concerned(unit.actor, application):
        return None
    found = identity.reading(unit.connection, unit.office, application)
    return _shown(found, doubts_of(unit, application, found), full=False)


def look(unit: UnitOfWork, name: str, why: Why) -> tuple[Shown, Application]:
    """Return who applies in full, and write down that this actor saw it.

    Raises ApplicationError `application_unknown`; ApplicantError `applicant_none`, `applicant_looks_many`.
    """
    application = cases.find(unit.connection, name, actor=unit.actor)
    if not concerned(unit.actor, application):
        raise ApplicationError("application_unknown")
    found = identity.reading(unit.connection, unit.office, application)
    if found.outcome in (Outcome.NOT_ASKED, Outcome.DELETED):
        raise ApplicantError("applicant_none")
    if found.outcome == Outcome.KEPT:
        seen = why if unit.actor.kind == "staff" else "own"
        note(unit, application.number or application.key, application.authority, seen)
    return _shown(found, doubts_of(unit, application, found), full=True), application


def note(unit: UnitOfWork, application: str, authority: str, why: Why) -> None:
    """Write down a look of whoever acts."""
    actor = unit.actor
    shown = actor.name if actor.kind == "staff" else ""  # a citizen's name here is their mobile
    looks.note(unit.connection, (actor.key, shown), application=application, authority=authority, why=why, now=unit.now)


def typed(unit: UnitOfWork, application_name: str, *, asked_for: bool) -> Reading | None:
    """Return what a form is filled with: for whoever typed it as it is, for somebody else only if they ask, which is written down.

    None where it is there but not shown; a Reading that is not `KEPT` otherwise. Raises ApplicationError `application_unknown`.
    """
    application = cases.find(unit.connection, application_name, actor=unit.actor)
    found = identity.reading(unit.connection, unit.office, application)
    if found.outcome != Outcome.KEPT or found.by == unit.actor.key:
        return found
    if not asked_for:
        return None
    if not concerned(unit.actor, application):
        raise ApplicationError("application_unknown")
    note(unit, application.number or application.key, application.authority, "form" if unit.actor.kind == "staff" else "own")
    return found


def search(unit: UnitOfWork, text: str) -> tuple[Line, ...]:
    """Return the sent applications of the actor's authorities that name a national ID or a tax number, as an applicant's or agent's.

    Each that is found is written down as a look, and so is a search that found nothing: whether another authority knows the number, nobody
    learns. Raises ApplicantError `applicant_search_text`, `applicant_looks_many`, `applicant_key_lost` without keys.
    """
    keyring, actor = unit.office.applicants, unit.actor
    if keyring is None:
        raise ApplicantError("applicant_key_lost")
    kind, number = _sought(text, days.day_of(unit.now))
    looks.refuse_many_searches(unit.connection, actor.key, now=unit.now)
    where = actor.authorities(unit.office.authorities, *CONCERNED)
    ids = [id_ for id_, _ in records.found_by(unit.connection, keyring, kind, number, most=200)]
    query = select(*COLUMNS).where(applications.c.id.in_(ids), applications.c.authority.in_(where), applications.c.number.is_not(None))
    found = tuple(map(line, unit.connection.execute(query.order_by(applications.c.id.desc()).limit(_FOUND))))
    for each in found:
        note(unit, each.number, each.authority, "search")
    if not found:
        note(unit, "", where[0] if len(where) == 1 else "", "search")
    return found


def _sought(text: str, today: date) -> tuple[str, str]:
    """Return what a search is for: a kind of number, and its digits. Raises ApplicantError `applicant_search_text`."""
    if len(text) <= form.TYPED_MAX:
        if number := form.tax_number(text):
            return form.COMPANY, number
        try:
            return form.PERSON, national_id.parse(text, today=today)
        except ApplicantError:
            pass
    raise ApplicantError("applicant_search_text")


def listed(
    connection: Connection, *, actor: Actor, administrator: bool, application: str = "", before: int = 0, limit: int = looks.PAGE
) -> tuple[Look, ...]:
    """Return a page of looks, newest first: a manager's those at applications of their authorities, an administrator's all."""
    managed = [code for code, held in actor.roles.items() if "manager" in held]
    everything = administrator or EVERYWHERE in managed
    return looks.listed(connection, None if everything else managed, application=application, before=before, limit=limit)


def _shown(found: Reading, doubts: tuple[Doubt, ...], *, full: bool) -> Shown:
    given = tuple(
        (code, _told(code, found.typed[code], full=full))
        for code in form.FIELDS
        if code != "applicant_kind" and found.typed.get(code, "").strip()
    )
    kind = found.typed.get("applicant_kind", "")
    return Shown(found.outcome, given, kind, found.not_holder, found.by_agent, found.fault, full, doubts)


def _told(code: str, typed: str, *, full: bool) -> str:
    """Return a field as it is read: numbers in one kind of digits, for an Arabic zero is too much like what hides one."""
    if code in _NAMES:
        return typed
    number = figures(typed)
    return number if full or code not in _HIDDEN else national_id.masked(number)
