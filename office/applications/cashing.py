"""Money taken over the counter for an application, by hands that have no other part in it."""

from __future__ import annotations

from office.payments import bills, counter
from office.payments.counter import Method, Receipt
from office.services.errors import MoveError
from office.services.state_machine import EDIT, ENTER, TAKE_PAYMENT

from . import records, workflow
from .context import UnitOfWork
from .errors import ApplicationError

ROLES = ("cashier",)
#: Whoever entered an application, told what is at its site or decided about it.
HANDS = frozenset({ENTER, EDIT, "submit", "resubmit", "record_inspection", "approve", "reject", "uphold", "dismiss"})


def take(unit: UnitOfWork, number: str, bill_id: int, *, method: Method, amount: int, by: str) -> Receipt:
    """Take the whole amount of an application's open bill, note whose hands took it, and return the receipt. `by` is the drawer's account.

    Raises ApplicationError `application_unknown`, `action_refused` (no cashier here); MoveError `same_person`; IssuerError `bill_unknown`
    (also a bill of another application) and what office.payments.counter.pay raises.
    """
    application = records.locked(unit, number)
    if not unit.actor.has(application.authority, *ROLES):
        raise ApplicationError("action_refused")
    if any(each.person == unit.actor.key and each.action in HANDS for each in records.done(unit.connection, application, actor=unit.actor)):
        raise MoveError("same_person", TAKE_PAYMENT)
    if bill_id not in {bill.id for bill in bills.of_subject(unit.connection, application.number)}:
        raise ApplicationError("bill_unknown")
    records.note(unit, application, TAKE_PAYMENT, detail={"bill": bill_id, "piastres": amount})
    return counter.pay(unit.connection, bill_id, method=method, amount=amount, by=by, settled=workflow.paid(unit.office), now=unit.now)
