"""What an amendment costs for making something larger: the difference between two first issues, of what will be and of what was.

Only the days that are still to come count. What becomes smaller gives nothing back, and what was never told (the license was imported, and
its seal does not hold the size) makes no difference: the reviewer reads that it is not known (docs/adr/0034).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from office.services import facts, fee_calculation
from office.services.errors import FeeError
from office.services.fee_calculation import Line
from office.services.fields import Value
from office.services.service import Service

from . import judging
from .application import Application
from .context import OfficeContext
from .tables import applications


class Form(NamedTuple):
    """A form as far as it can be read: its service, and what its fields say, by code."""

    service: Service
    values: Mapping[str, Value]

    @classmethod
    def of(cls, service: Service, typed: Mapping[str, str]) -> Form:
        """Return what somebody typed into the form of a service."""
        return cls(service, judging.values(service, typed)[0])


def forms_before(connection: Connection, office: OfficeContext, number: str) -> tuple[Form, ...]:
    """Return the forms that made a license what it is, the oldest first: no seal holds all that they say."""
    table = applications.c
    earlier = select(table.service, table.fields).where(table.issued == number).order_by(table.id)
    return tuple(Form.of(office.service(row.service), row.fields) for row in connection.execute(earlier))


def sizes_before(connection: Connection, number: str, forms: Sequence[Form]) -> dict[str, int]:
    """Return what is known of a license's sizes, by the facts of the fee schedules: from its seal and from its forms."""
    known: dict[str, int] = {}
    for form in forms:
        known |= _sizes(form)
    old = judging.find(connection, number)
    return known | (dict(old[0].details) if old else {})


def _sizes(form: Form) -> dict[str, int]:
    service, values = form
    return {field.fact: int(values[field.code]) for field in service.fields if field.fact and field.code in values}


def difference(connection: Connection, office: OfficeContext, application: Application) -> tuple[Line, ...]:
    """Return the lines of what a submitted application makes larger; none for a service that charges no difference. Raises FeeError."""
    service = office.service(application.service)
    if not service.difference_of or application.subject is None:
        return ()
    first, day = office.services.of(service.type, service.difference_of), application.submitted_on
    license_ = application.asked_for
    before = sizes_before(connection, application.subject, forms_before(connection, office, application.subject))
    given = _sizes(Form.of(service, application.fields)) | dict(license_.details)
    if not any(size > before[fact] for fact, size in given.items() if fact in before):
        return ()
    term = {"first_day": max(license_.first_day, day), "last_day": license_.last_day}
    same = facts.of(first, {}, channel=application.channel, **term)
    try:
        old = fee_calculation.bill_lines(office.schedules, first, {**same, **before}, day)
    except FeeError as error:
        if error.code == "fact_missing":
            return ()
        raise
    new = fee_calculation.bill_lines(office.schedules, first, {**same, **before, **given}, day)
    return _between(old, new)


def _between(old: tuple[Line, ...], new: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return what one bill costs more than another, rule by rule; nothing where it costs no more."""
    was = {line.rule: line for line in old}
    will = {line.rule: line for line in new}
    lines = []
    for rule, line in (was | will).items():
        less = was[rule].piastres if rule in was else 0
        more = will[rule].piastres if rule in will else 0
        if more != less:
            lines.append(line._replace(piastres=more - less))
    return tuple(lines) if sum(line.piastres for line in lines) > 0 else ()
