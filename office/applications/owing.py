"""What an application costs, as it was fixed: reckoned by the rules once, when it is submitted, submitted again or decided, then only read.

Rules that change later change nothing of it. So money that comes in meets the bill that was asked for, whatever the rules of the day say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, delete, select, update

from issuer.errors import IssuerError
from office.payments import billed
from office.payments.billed import BilledLine, BilledName
from office.payments.bills import Bill
from office.services import facts, fee_calculation
from office.services.fee_calculation import Line
from office.services.service import Service
from seal.license import License

from . import growing, judging
from .application import Application
from .context import OfficeContext, UnitOfWork
from .tables import application_lines, applications

#: What a flat fee is multiplied by.
_ONCE = "1"


def fix(unit: UnitOfWork, application: Application) -> tuple[BilledLine, ...]:
    """Reckon what a submitted application, which is locked, costs by the schedules of the day on which it was submitted, and keep it.

    Raises FeeError where no bill can be made.
    """
    lines = reckoned(unit.connection, unit.office, application)
    unit.connection.execute(delete(application_lines).where(application_lines.c.application_id == application.id))
    if lines:
        unit.connection.execute(application_lines.insert(), billed.line_rows(lines, application_id=application.id))
    unit.connection.execute(update(applications).where(applications.c.id == application.id).values(priced_at=unit.now))
    return lines


def fixed(connection: Connection, office: OfficeContext, application: Application, held: Sequence[Bill]) -> tuple[BilledLine, ...]:
    """Return the lines of what an application costs, as they were fixed. `held` are its bills.

    Of one from before they were kept: what its bills asked for, or less where the rules say less by now; without a bill, what the rules
    say. Raises FeeError where there is no bill and no rule says it.
    """
    if application.priced_at is not None:
        mine = select(application_lines).where(application_lines.c.application_id == application.id).order_by(application_lines.c.place)
        return tuple(map(billed.line_of, connection.execute(mine)))
    asked = _asked(held)
    try:
        now = reckoned(connection, office, application)
    except IssuerError:
        if not asked:
            raise
        return asked
    return now if not asked or _total(now) < _total(asked) else asked


def _total(lines: Sequence[BilledLine]) -> int:
    return sum(line.piastres for line in lines)


def _asked(held: Sequence[Bill]) -> tuple[BilledLine, ...]:
    """Return what the bills that were paid, or are still to be, ask for together, rule by rule."""
    lines: dict[str, BilledLine] = {}
    for bill in held:
        for line in bill.lines if bill.state != "cancelled" else ():
            before = lines.get(line.rule)
            lines[line.rule] = line if before is None else line._replace(piastres=before.piastres + line.piastres)
    return tuple(line for line in lines.values() if line.piastres)


def reckoned(connection: Connection, office: OfficeContext, application: Application) -> tuple[BilledLine, ...]:
    """Return what an application costs by the schedules of the day on which it was submitted. Raises FeeError."""
    service, day = office.service(application.service), application.submitted_on
    license_ = application.asked_for
    told = _facts(service, application.fields, license_, application.channel)
    case = application.case
    if case is None or case.fine.outcome != "due":
        lines = fee_calculation.bill_lines(office.schedules, service, told, day)
        return tuple(map(_billed, (*lines, *growing.difference(connection, office, application))))
    old = judging.find(connection, case.previous or "")
    lapsed = dict(old[0].details) if old else {}  # what stayed up is fined, not what comes after it
    return tuple(map(_billed, fee_calculation.bill_lines(office.schedules, service, told, day, fine=case.fine, lapsed=lapsed)))


def by_facts(office: OfficeContext, service: Service, told: Mapping[str, int | str], day: date) -> tuple[BilledLine, ...]:
    """Return the lines of a service's fees by facts alone, without a fine. Raises FeeError where they are not enough."""
    return tuple(map(_billed, fee_calculation.bill_lines(office.schedules, service, told, day)))


def _facts(service: Service, typed: Mapping[str, str], license_: License, channel: str) -> dict[str, int | str]:
    """Return what the bill is made from: what the license says, and what only the form says."""
    values, _ = judging.values(service, typed)  # what cannot be read, the case took from the earlier license instead
    term = {"first_day": license_.first_day, "last_day": license_.last_day}
    return {**license_.details, **facts.of(service, values, channel=channel, **term)}


def _billed(line: Line) -> BilledLine:
    name = BilledName(line.name["ar"], line.name["en"])
    return BilledLine(line.rule, line.version, name, line.quantity or _ONCE, line.piastres, line.sample)
