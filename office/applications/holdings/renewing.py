"""A renewal with everything filled in that the office knows already; one that was begun is gone on with, and never begun twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import select

from issuer.register.tables import licenses
from office.applications import access, attaching, drafts, judging, submitting
from office.applications.application import Application, of
from office.applications.context import UnitOfWork
from office.applications.errors import ApplicationError
from office.applications.tables import applications, attachments
from office.services import facts
from office.services.service import Effect, Service
from office.services.state_machine import State
from seal import days
from seal.license import License

from . import listing
from .records import Holding, Renewal

_DAY = timedelta(days=1)
#: What is true of one renewal alone is never taken over from an earlier form.
_ANEW = ("license", "valid_from", "valid_until", "stayed_up", "removed_on")


def begin(unit: UnitOfWork, number: str) -> Renewal:
    """Return the renewal of a citizen's license: the one that they have begun, or a new draft with all that is known filled in.

    Raises IssuerError `number_unknown`, also for what is not theirs; ApplicationError `license_open_ended`, `license_not_in_force`,
    `already_renewed`, `service_unknown`.
    """
    number = number[:40].upper()
    # Whoever else begins one of the same license waits here, and then finds it.
    unit.connection.execute(select(licenses.c.id).where(licenses.c.number == number).with_for_update())
    holding = listing.find(unit.connection, unit.office, number, actor=unit.actor)
    if holding.renewal is not None:
        return holding.renewal
    service = _service(unit, holding)
    sealed = judging.find(unit.connection, number)
    if sealed is None:
        raise ApplicationError("license_not_in_force")
    typed = _filled(unit, service, number, sealed[0])
    key = drafts.create(unit, service=service.code, channel="portal", mobile=unit.actor.mobile, fields=typed)
    _enclose(unit, key, number)
    return Renewal(key, State.DRAFT.value)


def _service(unit: UnitOfWork, holding: Holding) -> Service:
    term = holding.term
    if term.last_day is None:
        raise ApplicationError("license_open_ended")
    if not term.stands:
        raise ApplicationError("license_not_in_force", term.status)
    if not holding.renewable:
        raise ApplicationError("already_renewed" if term.type in listing.renewed(unit.office) else "service_unknown")
    services = unit.office.services.services.values()
    return next(each for each in services if each.type == term.type and each.effect == Effect.RENEW)


def _filled(unit: UnitOfWork, service: Service, number: str, old: License) -> dict[str, str]:
    """Return what the form begins with: what the citizen's forms said, over it what is sealed, and as long a term as before."""
    known = dict[str, str]()
    for form in _forms(unit, number):
        known |= {code: text for code, text in form.fields.items() if text.strip() and code not in _ANEW}
    known |= {code: text for code, text in judging.columns_of(old).items() if text and code not in _ANEW}
    known |= {judging.license_field(service): number, "valid_until": _until(service, old, days.day_of(unit.now))}
    asked = {field.code for field in service.fields}
    return {code: text for code, text in known.items() if code in asked} | {"authority": old.authority}


def _forms(unit: UnitOfWork, number: str) -> list[Application]:
    """Return the citizen's own applications that made the license what it is, the oldest first; no others' are read for it."""
    table = applications.c
    query = select(applications).where(table.issued == number, access.own_submitted(unit.actor)).order_by(table.id)
    makes = (Effect.ISSUE, Effect.RENEW, Effect.REPLACE)
    return [each for each in map(of, unit.connection.execute(query)) if unit.office.service(each.service).effect in makes]


def _until(service: Service, old: License, today: date) -> str:
    """Return the last day of a term as long as the one before, within what the service allows; "" for one without an end."""
    if old.last_day is None:
        return ""
    first = max(old.last_day + _DAY, today)  # what is over is licensed anew from the day on which it is applied for
    months = facts.months(old.first_day, old.last_day)
    whole = facts.end_of(old.first_day, months) == old.last_day
    last = facts.end_of(first, months) if whole else first + (old.last_day - old.first_day)
    return (last if service.longest_days is None else min(last, first + timedelta(days=service.longest_days - 1))).isoformat()


def _enclose(unit: UnitOfWork, key: str, number: str) -> None:
    """Put those documents with a renewal that it asks for and that the citizen sent for the license itself, the newest of each kind."""
    asked = _asked(unit, key)
    table, newest = attachments.c, dict[str, Mapping[str, object]]()
    for form in _forms(unit, number) if unit.actor.id else ():
        if form.owner != unit.actor.id:
            continue
        for each in attaching.attached(unit.connection, form.id):
            if each.code in asked:
                newest[each.code] = each._asdict()
    draft = unit.connection.scalar(select(applications.c.id).where(applications.c.key == key))
    names = [column.name for column in table if column.name in attaching.Attachment._fields and column.name not in ("id", "at")]
    for kept in newest.values():
        row = {name: kept[name] for name in names} | {"application_id": draft, "at": unit.now, "by": unit.actor.key}
        unit.connection.execute(attachments.insert().values(row))


def _asked(unit: UnitOfWork, key: str) -> set[str]:
    """Return the documents that a draft's service asks for, or the one that it counts as: what came too late is a first issue."""
    counts_as = submitting.check(unit, key).service
    return {document.code for document in unit.office.service(counts_as).documents}
