"""What an application changes about a license, old beside new, and whether somebody else than its holder seems to ask: for the reviewer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from office.services.service import Effect, Kind, Service
from seal.license import License

from . import growing, holders, judging
from .office import Office
from .tables import applications
from .views import Application

_TEXTS = ("trade_name", "activity", "holder", "address")


class Change(NamedTuple):
    """A field by its code, as it is and as it would be; sizes in the unit of their fact, choices as codes, None where nobody ever told."""

    code: str
    old: str | int | None
    new: str | int


class Comparison(NamedTuple):
    """`stranger`: the application names another mobile than the one last linked to the license."""

    changes: tuple[Change, ...]
    holder: str
    stranger: bool


def compare(connection: Connection, office: Office, application: Application) -> Comparison | None:
    """Return what an application that is not issued yet would change; None where it is about no license."""
    found = judging.find(connection, application.subject) if application.subject else None
    if found is None or application.issued is not None or application.license is None or application.subject is None:
        return None
    service = office.service(application.service)
    if service.effect == Effect.ISSUE:
        return None
    old, linked = found[0], holders.linked_mobile(connection, application.subject, but=application.number)
    changes = _changes(old, application.license) if service.effect == Effect.REPLACE else ()
    values, _ = judging.values(service, application.fields)
    known = growing.sizes_before(connection, office, application.subject)
    given = {field.code: (field.fact, values[field.code]) for field in service.fields if field.fact and field.code in values}
    sizes = [Change(code, known.get(fact), size) for code, (fact, size) in given.items() if known.get(fact) != size]
    was, chosen = _chosen_before(connection, office, application.subject), _chosen(service, application.fields)
    sizes += [Change(code, was.get(code), choice) for code, choice in chosen.items() if was.get(code) != choice]
    more = tuple(sizes) if service.effect == Effect.REPLACE else ()
    return Comparison((*changes, *more), old.holder, bool(linked) and linked != application.mobile)


def _chosen_before(connection: Connection, office: Office, number: str) -> dict[str, str]:
    """Return what the applications that made a license what it is chose, such as an advertisement's lighting: no seal holds it."""
    table, known = applications.c, dict[str, str]()
    earlier = select(table.service, table.fields).where(table.issued == number).order_by(table.id)
    for row in connection.execute(earlier):
        known |= _chosen(office.service(row.service), json.loads(row.fields))
    return known


def _chosen(service: Service, typed: Mapping[str, str]) -> dict[str, str]:
    """Return the choices of a form, by the codes of their fields."""
    values, _ = judging.values(service, typed)
    return {field.code: str(values[field.code]) for field in service.fields if field.kind == Kind.CHOICE and field.code in values}


def _changes(old: License, new: License) -> tuple[Change, ...]:
    found = [Change(code, getattr(old, code), getattr(new, code)) for code in _TEXTS if getattr(old, code) != getattr(new, code)]
    was, will = (f"{site.point.latitude:.6f}, {site.point.longitude:.6f}" for site in (old.site, new.site))
    return (*found, Change("site", was, will)) if was != will else tuple(found)
