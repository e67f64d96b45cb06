"""Which of the three cases an application is, decided from the register's history of its site and from what is known of the time since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from issuer.intake import scripts
from issuer.intake.texts import skeleton
from office.services import cases
from office.services.cases import Case
from office.services.evidence import Evidence
from office.services.fields import Value
from office.services.service import Effect, Service
from seal import days
from seal.license import License

from . import judging, sites
from .context import OfficeContext
from .errors import Fault
from .judging import Judged
from .tables import inspections

#: Procedures that the case decides between.
_DECIDED = (Effect.ISSUE, Effect.RENEW)


class Prepared(NamedTuple):
    """A form as it is (or would be) submitted on a Cairo day: the service it counts as, which the case may have changed, and what it makes.

    `typed` is the form; where the case made another service of it, with what that one asks for from the earlier license.
    """

    service: Service
    judged: Judged
    case: Case | None
    submitted: date
    typed: Mapping[str, str]


def prepare(
    connection: Connection,
    office: OfficeContext,
    service: Service,
    typed: Mapping[str, str],
    *,
    authority: str,
    submitted: date,
    today: date,
) -> Prepared:
    """Read a form that is (or would be) submitted on the Cairo day `submitted`, and decide what it counts as."""
    judged = judging.judge(connection, office, service, typed, authority=authority, today=today)
    if service.effect not in _DECIDED:
        return Prepared(service, judged, None, submitted, typed)
    named = str(judged.values.get(judging.license_field(service), ""))
    old = _named(connection, service, named)
    shown = judged.license if service.effect == Effect.ISSUE else old
    if shown is None:
        return Prepared(service, judged, None, submitted, typed)
    case = decide(connection, service, shown, subject=named if old else None, submitted=submitted, values=judged.values)
    if "permit_to_come" in case.notices:
        refused = Fault(judging.license_field(service), "already_renewed" if case.kind == "renewal" else "permit_to_come")
        return Prepared(service, judged._replace(license=None, faults=(*judged.faults, refused)), case, submitted, typed)
    prepared = Prepared(service, judged, case, submitted, typed)
    if case.procedure == service.procedure:
        return prepared
    return _switched(connection, office, prepared, case, authority=authority, today=today)


def decide(
    connection: Connection,
    service: Service,
    license_: License,
    *,
    subject: str | None,
    submitted: date,
    values: Mapping[str, Value],
    application_id: int | None = None,
    upheld: bool = False,
) -> Case:
    """Return the case of an application for `license_` that was submitted on the Cairo day `submitted`."""
    return cases.decide(
        sites.permits(connection, license_, subject=subject, spot=service.lapse_fined, day=submitted),
        submitted,
        evidence=[*_statement(values, submitted), *_inspected(connection, application_id)],
        objection_upheld=upheld,
        applicant=skeleton(license_.holder),
        fined=service.lapse_fined,
    )


def _named(connection: Connection, service: Service, number: str) -> License | None:
    """Return the license that the form names, if it is one of the service's type."""
    found = judging.find(connection, number) if number else None
    return found[0] if found is not None and found[0].type == service.type else None


def _switched(connection: Connection, office: OfficeContext, prepared: Prepared, case: Case, *, authority: str, today: date) -> Prepared:
    """Read the form again as the service that the case makes of it."""
    judged, typed = prepared.judged, prepared.typed
    other = office.services.of(prepared.service.type, case.procedure)
    previous = judging.find(connection, case.previous or "")
    if previous is None:
        return prepared
    old = previous[0]
    if case.procedure == "renewal":
        if judged.license is not None and _differs(judged.license, old):
            fault = Fault("", "permit_runs", case.previous or "")
            return prepared._replace(judged=judged._replace(license=None, faults=(*judged.faults, fault)))
        again = {**typed, judging.license_field(other): case.previous or ""}
        again["valid_from"] = case.starts.isoformat() if case.starts else ""
    else:
        given = {code: text for code, text in typed.items() if text.strip()}
        again = {**judging.columns_of(old), "valid_from": today.isoformat(), "valid_until": "", **given}
    asked = {field.code for field in other.fields}
    whole = {**typed, **{code: text for code, text in again.items() if code in asked and text}}
    judged = judging.judge(connection, office, other, again, authority=authority, today=today)
    return prepared._replace(service=other, judged=judged, typed=whole)


def _differs(new: License, old: License) -> bool:
    """Say whether somebody wants something else than what runs: a renewal changes nothing but the days."""
    names = scripts.skeleton(new.trade_name) != scripts.skeleton(old.trade_name) or skeleton(new.holder) != skeleton(old.holder)
    return names or any(new.details.get(name) != size for name, size in old.details.items())  # an imported one may lack some


def _statement(values: Mapping[str, Value], submitted: date) -> list[Evidence]:
    """Return what the applicant says about the time since the old permit ended."""
    stayed = values.get("stayed_up")
    if stayed not in ("yes", "no"):
        return []
    removed = values.get("removed_on") if stayed == "no" else None
    return [Evidence("statement", "", submitted, stayed == "yes", date.fromisoformat(str(removed)) if removed else None)]


def _inspected(connection: Connection, application_id: int | None) -> list[Evidence]:
    if application_id is None:
        return []
    table = inspections.c
    query = select(table.id, table.done_at, table.stayed_up, table.removed_on)
    found = connection.execute(query.where(table.application_id == application_id, table.stayed_up.in_(("yes", "no"))).order_by(table.id))
    return [
        Evidence("inspection", str(id_), days.day_of(done_at), stayed == "yes", date.fromisoformat(removed) if removed else None)
        for id_, done_at, stayed, removed in found
    ]
