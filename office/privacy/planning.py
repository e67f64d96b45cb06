"""What of a person may be erased now, and what stays: each with why, and until when as far as anybody knows.

A case goes once it is over and can no longer be challenged (`court_days` of retention.yaml). Where a license came of it, it stays as long
as that is in force, and the register's own row and seal for ever: the log of seals vouches for it. Money stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from governorate import retention
from issuer.register.tables import licenses, seals
from office.applications.application import Application, of
from office.applications.tables import applications
from office.enforcement.tables import objections as notice_objections
from office.payments.tables import bills, payments
from office.services.state_machine import State
from seal import days, status

from .person import Named, Rows

_CLOSED = (State.ISSUED, State.REJECTED, State.WITHDRAWN)
DAY = 86_400


class Stays(NamedTuple):
    """Something that stays. `why` is a code with a sentence, `basis` one of retention.yaml; `until` None: nobody said yet."""

    what: str  # a case's or license's number
    why: str
    basis: str
    until: date | None


class Plan(NamedTuple):
    """What an erasure would do: ids of drafts and of cases, of citizens' accounts and of objections to notices; and what stays.

    Nothing in it names anybody: it is what two people decide on, and is kept with their decision.
    """

    drafts: tuple[int, ...]
    cases: tuple[int, ...]
    numbers: tuple[str, ...]  # of these cases
    citizens: tuple[int, ...]
    objections: tuple[str, ...]  # numbers of notices whose decision was told
    stays: tuple[Stays, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing may go."""
        return not (self.drafts or self.cases or self.citizens or self.objections)


def plan(connection: Connection, named: Named, rows: Rows, *, now: int) -> Plan:
    """Return what the erasure of a person would do at `now` (seconds since 1970 UTC). Nothing is changed."""
    rules, today = retention.default(), days.day_of(now)
    drafts, cases, stays = list[int](), list[Application](), list[Stays]()
    for case in _cases(connection, rows):
        if case.state == State.DRAFT:
            drafts.append(case.id)
        elif (kept := _kept(connection, case, rules.court_days, today)) is not None:
            stays.append(kept)
        else:
            cases.append(case)
    numbers = tuple(case.number for case in cases)
    stays += _registered(connection, rows)
    stays += _paid(connection, (*numbers, *(each.what for each in stays)))
    stays += [Stays(number, "stays_agent", "duty", None) for number in _numbers(connection, rows.agent_in)]
    stays += [Stays(each.reference, "stays_brought", "service", None) for each in rows.brought]
    told, waiting = _objections(connection, named)
    stays += [Stays(number, "stays_objection", "service", None) for number in waiting]
    left = any(each.why in ("stays_open", "stays_brought", "stays_court", "stays_in_force") for each in stays)
    accounts = () if left else rows.citizens
    return Plan(tuple(drafts), tuple(case.id for case in cases), numbers, accounts, told, tuple(stays))


def _cases(connection: Connection, rows: Rows) -> Iterator[Application]:
    query = select(applications).where(applications.c.id.in_(rows.cases)).order_by(applications.c.id)
    return map(of, connection.execute(query))


def _kept(connection: Connection, case: Application, court_days: int, today: date) -> Stays | None:
    """Return why a case stays, None if it may go."""
    if case.state not in _CLOSED:
        return Stays(case.number, "stays_open", "service", None)
    until = days.day_of(case.since + court_days * DAY)
    if until > today:
        return Stays(case.number, "stays_court", "rights", until)
    for number in {case.issued, case.subject} - {None}:
        if (license_ := _in_force(connection, str(number), today)) is not None:
            return license_._replace(what=case.number)
    return None


def _in_force(connection: Connection, number: str, today: date) -> Stays | None:
    """Return until when a license is in force, None if it is not any more."""
    query = select(licenses.c.last_day, seals.c.status).join(seals, seals.c.license_id == licenses.c.id)
    row = connection.execute(query.where(licenses.c.number == number).order_by(seals.c.edition.desc())).first()
    if row is None or row.status == status.INVALID:
        return None
    last = date.fromisoformat(row.last_day) if row.last_day else None
    return Stays(number, "stays_in_force", "duty", last) if last is None or last >= today else None


def _registered(connection: Connection, rows: Rows) -> list[Stays]:
    query = select(licenses.c.number).where(licenses.c.number.in_(rows.licenses)).order_by(licenses.c.number)
    return [Stays(number, "stays_register", "duty", None) for number in connection.scalars(query)]


def _paid(connection: Connection, numbers: tuple[str, ...]) -> list[Stays]:
    """Return the cases that somebody paid for: bill, payment, receipt, and who paid at the counter."""
    query = select(bills.c.subject).join(payments, payments.c.bill_id == bills.c.id).where(bills.c.subject.in_(sorted(set(numbers))))
    return [Stays(number, "stays_money", "money", None) for number in sorted(set(connection.scalars(query)))]


def _numbers(connection: Connection, ids: tuple[int, ...]) -> list[str]:
    query = select(applications.c.number).where(applications.c.id.in_(ids), applications.c.number.is_not(None))
    return list(connection.scalars(query.order_by(applications.c.id)))


def _objections(connection: Connection, named: Named) -> tuple[tuple[str, ...], list[str]]:
    """Return the notices whose decision was told to this mobile, and those where it still is to be told."""
    if not named.mobile:
        return (), []
    table = notice_objections.c
    mine = select(table.number).where(table.mobile == named.mobile).order_by(table.number)
    over = or_(table.outcome.is_not(None), table.error.is_not(None) & table.due.is_(None))
    return tuple(connection.scalars(mine.where(over))), list(connection.scalars(mine.where(~over)))
