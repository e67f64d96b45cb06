"""What an application owes: what it costs (`owing`), less what was paid.

A bill that was paid never changes. Where corrected facts or an inspection make an application dearer, a second bill asks for the
difference, rule by rule; where they make it cheaper, the cashier gives the difference back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from office.messages import notices
from office.payments import bills
from office.payments.billed import BilledLine
from office.payments.bills import Bill

from . import owing
from .actors import SYSTEM
from .application import Application
from .context import OfficeContext, UnitOfWork
from .records import move


class Account(NamedTuple):
    """How an application's money stands, in piastres. `owed` are the lines still to be paid; `overpaid` is to be given back."""

    required: tuple[BilledLine, ...]
    owed: tuple[BilledLine, ...]
    overpaid: int

    @property
    def settled(self) -> bool:
        """Whether nothing is owed."""
        return sum(line.piastres for line in self.owed) <= 0


def account(connection: Connection, office: OfficeContext, application: Application, held: Sequence[Bill] | None = None) -> Account:
    """Return how the money of a submitted application stands, by what it costs as that was fixed. Raises IssuerError `bill_corrupt`.

    `held` are its bills, where the caller has read them already.
    """
    held = bills.of_subject(connection, application.number) if held is None else held
    return _standing(owing.fixed(connection, office, application, held), held)


def _standing(required: tuple[BilledLine, ...], held: Sequence[Bill]) -> Account:
    settled = [bill for bill in held if bill.state == "paid"]
    paid = _paid(settled)
    balance = sum(line.piastres for line in required) - paid.total()
    known = {line.rule: line for bill in settled for line in bill.lines}
    return Account(required, _rest(required, paid, known) if balance > 0 else (), max(0, -balance))


def settle(unit: UnitOfWork, application: Application) -> Application:
    """Fix what a submitted application costs, make its open bill the one for what it owes, and lead it on: to payment, or to review.

    `application` is locked. Raises FeeError, IssuerError of office.payments.bills.
    """
    held = bills.of_subject(unit.connection, application.number)
    standing = _standing(owing.fix(unit, application), held)
    opened = next((bill for bill in held if bill.state == "open"), None)
    if opened is not None and opened.lines != standing.owed:
        bills.cancel(unit.connection, opened.id, now=unit.now)
        opened = None
    if standing.settled:
        action = {"submitted": "accept", "awaiting_payment": "pay"}.get(application.state)
        return move(unit._replace(actor=SYSTEM), application, action) if action else application
    if opened is None:
        bill_id = bills.open_bill(
            unit.connection, subject=application.number, authority=application.authority, lines=standing.owed, now=unit.now
        )
        total = sum(line.piastres for line in standing.owed)
        if application.mobile:
            event = f"{application.number}/bill/{bill_id}"
            notices.enqueue(
                unit.connection, "payment_due", event=event, to=application.mobile, now=unit.now, number=application.number, piastres=total
            )
    if application.state == "awaiting_payment":
        return application
    return move(unit._replace(actor=SYSTEM), application, "bill")


def cancel(connection: Connection, application: Application, *, now: int) -> None:
    """Cancel the open bill of an application that ends unpaid."""
    for bill in bills.of_subject(connection, application.number):
        if bill.state == "open":
            bills.cancel(connection, bill.id, now=now)


def _paid(settled: Iterable[Bill]) -> Counter[str]:
    """Return what was paid for each rule. What was given back counts as not paid, the last lines first."""
    paid = Counter[str]()
    back = 0
    for bill in settled:
        back += bill.refunded
        for line in bill.lines:
            paid[line.rule] += line.piastres
    for rule in reversed(list(paid)):
        given = min(back, max(0, paid[rule]))
        paid[rule] -= given
        back -= given
    return paid


def _rest(required: Sequence[BilledLine], paid: Mapping[str, int], known: Mapping[str, BilledLine]) -> tuple[BilledLine, ...]:
    """Return the lines with what was paid of each rule taken off, so that they come to the difference.

    What was paid for a rule that is no longer wanted is a line of its own, as it was billed (`known`), less than nothing.
    """
    rest = [line._replace(piastres=line.piastres - paid.get(line.rule, 0)) for line in required]
    wanted = {line.rule for line in required}
    rest += [known[rule]._replace(piastres=-piastres) for rule, piastres in paid.items() if rule not in wanted]
    return tuple(line for line in rest if line.piastres)
