"""From a draft to an application: what is wrong with it, or its number, its case, a signed receipt and its bill."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select

from issuer.register.neighbours import cell
from office.services.cases import Case
from office.services.service import Effect
from office.services.state_machine import State
from seal import days

from . import billing, casework, holders, identity, numbers, receipts, records, wording
from .application import Application
from .attaching import attached
from .casework import Prepared
from .context import UnitOfWork
from .errors import Fault, RefusedError
from .paperwork.opened import opened
from .sites import Near, applications_near
from .tables import applications


class Checked(NamedTuple):
    """What would become of a form now: the code of the service it counts as, what is wrong with it, and its case where there is one.

    `alike` are open applications near the site under nearly the same name, of those that the actor may see: perhaps it was applied for.
    """

    service: str
    faults: tuple[Fault, ...]
    case: Case | None
    alike: tuple[Near, ...] = ()


def check(unit: UnitOfWork, name: str) -> Checked:
    """Say what would become of a draft, or of an application that was returned, if it were submitted now."""
    application = records.find(unit.connection, name, actor=unit.actor)
    prepared = prepare(unit, application)
    license_ = prepared.judged.license
    near = applications_near(unit.connection, license_, but=application.id, actor=unit.actor) if license_ is not None else ()
    alike = tuple(each for each in near if each.same_name)
    return Checked(prepared.service.code, _faults(unit, application, prepared), prepared.case, alike)


def submit(unit: UnitOfWork, name: str, *, version: int | None = None) -> str:
    """Submit a draft: it gets its number, its case, a signed receipt and its bill. Return the number.

    Submitting it again returns the same number. Raises RefusedError, which names every field that is missing or wrong, and after which the
    transaction is to be undone; ApplicationError `application_unknown`, `changed_meanwhile`; MoveError; FeeError.
    """
    application = records.locked(unit, name)
    if application.number:
        return application.number
    records.unchanged(application, version)
    prepared = prepare(unit, application)
    faults = _faults(unit, application, prepared)
    if faults:
        raise RefusedError(faults, prepared.service.code)
    number = numbers.take(unit.connection, prepared.judged.authority, unit.now)
    if rivals := _rivals(unit.connection, application, prepared):  # whoever took the number before this one may have come between
        raise RefusedError(rivals, prepared.service.code)
    changes = facts_of(prepared) | {"number": number, "service": prepared.service.code, "submitted_at": unit.now}
    changes["fields"] = prepared.typed
    changes["receipt"] = receipts.of(unit.office, number, prepared, now=unit.now)
    counts_as = {"counts_as": prepared.service.code} if prepared.service.code != application.service else {}
    moved = records.move(unit, application, "submit", changes=changes, detail=counts_as)
    identity.settle(unit, moved)
    wording.put(unit.connection, moved)
    billing.settle(unit, moved)
    if moved.subject and prepared.service.effect in holders.TOLD:
        holders.tell(unit.connection, "change_asked", moved.subject, application=number, mobile=moved.mobile, now=unit.now)
    return number


def refuse_faults(unit: UnitOfWork, application: Application) -> Prepared:
    """Read the form of an application that was returned; its case stays that of the day it was first submitted. Raises RefusedError."""
    prepared = prepare(unit, application)
    if faults := _faults(unit, application, prepared):
        raise RefusedError(faults, prepared.service.code)
    return prepared


def facts_of(prepared: Prepared) -> dict[str, Any]:
    """Return what the tables keep of a form that has no faults, for finding and judging it."""
    license_ = prepared.judged.license
    if license_ is None:
        raise ValueError("a form with faults")
    point = license_.site.point
    return {
        "authority": prepared.judged.authority,
        "license": license_,
        "name": license_.trade_name,
        "holder": license_.holder,
        "latitude": point.latitude,
        "longitude": point.longitude,
        "cell": cell(point),
        "subject": prepared.judged.subject or (prepared.case.previous if prepared.case else None),
        "case": prepared.case,
    }


def prepare(unit: UnitOfWork, application: Application) -> Prepared:
    """Read a form as it would be submitted now, or was: of one that was returned, its case stays that of its first day."""
    today = days.day_of(unit.now)
    return casework.prepare(
        unit.connection,
        unit.office,
        unit.office.service(application.service),
        application.fields,
        authority=application.authority,
        submitted=today if application.submitted_at is None else application.submitted_on,
        today=today,
    )


def _faults(unit: UnitOfWork, application: Application, prepared: Prepared) -> tuple[Fault, ...]:
    """Return what is wrong with a form: its fields, who applies, the documents it lacks, and another application for the same license."""
    there = {each.code for each in attached(unit.connection, application.id)}
    missing = [Fault(each.code, "document_required") for each in prepared.service.documents if each.required and each.code not in there]
    who = identity.faults(unit.connection, unit.office, application, prepared.service, today=days.day_of(unit.now))
    owed = to_replace(unit.connection, application)
    return (*prepared.judged.faults, *_early(prepared), *who, *missing, *owed, *_rivals(unit.connection, application, prepared))


def to_replace(connection: Connection, application: Application) -> list[Fault]:
    """Return a fault for each document of an application that came back which was returned and not replaced yet."""
    return [Fault(code, "document_to_replace") for code in dict.fromkeys(opened(connection, application).owed.values())]


def _early(prepared: Prepared) -> list[Fault]:
    """Refuse a license that would begin before it was applied for: nobody is licensed for days that are over."""
    license_ = prepared.judged.license
    if license_ is None or prepared.service.effect != Effect.ISSUE or license_.first_day >= prepared.submitted:
        return []
    return [Fault("valid_from", "valid_from_past", prepared.submitted.isoformat())]


def _rivals(connection: Connection, application: Application, prepared: Prepared) -> list[Fault]:
    """Refuse a second open application of the same procedure for the same license; a paper copy may be asked for twice.

    One of somebody else's that nobody paid for is no reason: a license's number is on its card, and who names it costs its holder a lapse.
    """
    subject = prepared.judged.subject or (prepared.case.previous if prepared.case else None)
    if subject is None or prepared.service.effect == Effect.PRINT:
        return []
    table = applications.c
    closed = (State.DRAFT.value, State.ISSUED.value, State.REJECTED.value, State.WITHDRAWN.value)
    serious = or_(table.state != State.AWAITING_PAYMENT.value, table.owner == application.owner)
    rival = select(table.id).where(
        table.subject == subject, table.service == prepared.service.code, table.state.not_in(closed), table.id != application.id, serious
    )
    return [Fault("", "application_open")] if connection.execute(rival.limit(1)).first() else []
