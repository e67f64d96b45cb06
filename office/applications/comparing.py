"""What an application changes about a license, old beside new, and whether somebody else than its holder seems to ask: for the reviewer."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from office.services.service import Effect, Kind
from seal.license import License

from . import growing, holders, judging
from .context import OfficeContext
from .growing import Form
from .views import Casefile

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


def compare(connection: Connection, office: OfficeContext, application: Casefile) -> Comparison | None:
    """Return what an application that is not issued yet would change; None where it is about no license."""
    found = judging.find(connection, application.subject) if application.subject else None
    if found is None or application.issued is not None or application.license is None or application.subject is None:
        return None
    service = office.service(application.service)
    if service.effect == Effect.ISSUE:
        return None
    old, linked = found[0], holders.linked_mobile(connection, application.subject, but=application.number)
    changes = _changes(old, application.license) if service.effect == Effect.REPLACE else ()
    form, before = Form.of(service, application.fields), growing.forms_before(connection, office, application.subject)
    values = form.values
    known = growing.sizes_before(connection, application.subject, before)
    given = {field.code: (field.fact, values[field.code]) for field in service.fields if field.fact and field.code in values}
    sizes = [Change(code, known.get(fact), size) for code, (fact, size) in given.items() if known.get(fact) != size]
    was = {code: choice for each in before for code, choice in _chosen(each).items()}
    sizes += [Change(code, was.get(code), choice) for code, choice in _chosen(form).items() if was.get(code) != choice]
    more = tuple(sizes) if service.effect == Effect.REPLACE else ()
    return Comparison((*changes, *more), old.holder, bool(linked) and linked != application.mobile)


def _chosen(form: Form) -> dict[str, str]:
    """Return the choices of a form, such as an advertisement's lighting, by the codes of their fields: no seal holds them."""
    service, values = form
    return {field.code: str(values[field.code]) for field in service.fields if field.kind == Kind.CHOICE and field.code in values}


def _changes(old: License, new: License) -> tuple[Change, ...]:
    found = [Change(code, getattr(old, code), getattr(new, code)) for code in _TEXTS if getattr(old, code) != getattr(new, code)]
    was, will = (f"{site.point.latitude:.6f}, {site.point.longitude:.6f}" for site in (old.site, new.site))
    return (*found, Change("site", was, will)) if was != will else tuple(found)
