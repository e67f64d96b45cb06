"""Who applies, in an application: asked by the service's rules, kept as typed beside the form, judged when it is sent.

An office without keys for it asks nobody: then, and in what was sent before it was asked, nothing is known, which is no fault.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from issuer.intake.texts import skeleton
from office.applicants import form, records
from office.applicants.records import Outcome, Reading
from office.applicants.tables import applicants
from office.services.service import Service
from seal import days

from . import drafts
from .application import Application
from .context import OfficeContext, UnitOfWork
from .errors import ApplicationError, Fault
from .paperwork.opened import opened
from .records import storable
from .tables import applications

_NAME, _KIND = "applicant_name", "applicant_kind"


class Flags(NamedTuple):
    """What a list says of who applies: that it is not the license's holder, and that an agent acts."""

    not_holder: bool
    by_agent: bool


def asked(office: OfficeContext, service: Service) -> tuple[str, ...]:
    """Return who may apply for a service (`person`, `company`, `agent`), nothing where nobody is asked who applies."""
    return service.applicant if office.applicants is not None else ()


def reading(connection: Connection, office: OfficeContext, application: Application) -> Reading:
    """Return what is kept of who applies. For programs: what people see of it, `looking` says and writes down."""
    return records.read(connection, office.applicants, application.id, application.key)


def keep(unit: UnitOfWork, name: str, typed: Mapping[str, str]) -> None:
    """Keep what was typed about who applies, as typed: valid or not, nothing is lost. A form that did not ask changes nothing.

    Raises as `drafts.open_to_change`; ApplicationError `form_locked`.
    """
    given = {code: storable(typed[code]) for code in form.FIELDS if code in typed}
    application = drafts.open_to_change(unit.connection, name, actor=unit.actor, version=None)
    if given and not opened(unit.connection, application).form:
        raise ApplicationError("form_locked")
    if not given or not asked(unit.office, unit.office.service(application.service)):
        return
    before = reading(unit.connection, unit.office, application)
    # Whoever sends one field of what somebody else typed does not become the one who typed the rest, and so sees nothing of it.
    whole = {**(before.typed if before.by == unit.actor.key else {}), **given}
    if whole != before.typed:
        _write(unit, application, whole, holder=application.holder)


def long(typed: Mapping[str, str]) -> list[Fault]:
    """Return what is longer than is kept."""
    return [Fault(code, "field_too_long") for code in form.FIELDS if len(typed.get(code, "")) > form.TYPED_MAX]


def faults(connection: Connection, office: OfficeContext, application: Application, service: Service, *, today: date) -> list[Fault]:
    """Return what is wrong with who applies; `service` is what the form counts as, `today` the Cairo day."""
    allowed = asked(office, service)
    if not allowed:
        return []
    found = reading(connection, office, application)
    if found.outcome == Outcome.UNREADABLE:
        return [Fault("applicant_national_id", found.fault)]
    return [Fault(wrong.field, wrong.code) for wrong in form.judge(found.typed, allowed=allowed, today=today).wrong]


def settle(unit: UnitOfWork, application: Application) -> None:
    """Fix, once it is sent, who applies: where no name was given the license's holder, by name. `application` is as it was sent."""
    found = reading(unit.connection, unit.office, application)
    if found.outcome != Outcome.KEPT or unit.office.applicants is None:
        return
    name = found.typed.get(_NAME, "")
    typed = {**found.typed, _NAME: name if name.strip() else application.holder, _KIND: _kind(unit, application, found)}
    _write(unit, application, typed, holder=application.holder, by=found.by)


def _kind(unit: UnitOfWork, application: Application, found: Reading) -> str:
    """Return what kind of applicant it is, also where one kind alone may apply, and none was chosen."""
    allowed = asked(unit.office, unit.office.service(application.service))
    return found.typed.get(_KIND) or next((each for each in (form.PERSON, form.COMPANY) if each in allowed), form.PERSON)


def _write(unit: UnitOfWork, application: Application, typed: Mapping[str, str], *, holder: str, by: str = "") -> None:
    if unit.office.applicants is None:
        return
    name = typed.get(_NAME, "")
    records.write(
        unit.connection,
        unit.office.applicants,
        application.id,
        application.key,
        typed,
        not_holder=bool(name.strip()) and skeleton(name) != skeleton(holder),
        by=by or unit.actor.key,
        now=unit.now,
        today=days.day_of(unit.now),
    )


def flags(connection: Connection, numbers: Collection[str]) -> dict[str, Flags]:
    """Return what a list says of its applications, by number; those of which there is nothing to say are not in it. No key is needed."""
    table = applicants.c
    columns = applications.c.number, table.not_holder, table.by_agent
    query = select(*columns).join(applicants, table.application_id == applications.c.id)
    rows = connection.execute(query.where(applications.c.number.in_(list(numbers)), table.not_holder | table.by_agent))
    return {row.number: Flags(bool(row.not_holder), bool(row.by_agent)) for row in rows}
