"""Money taken over the counter for an application, by hands that have no other part in it."""

from __future__ import annotations

from issuer.intake import texts
from office.payments import bills, counter
from office.payments.counter import Method, Receipt
from office.payments.drawers import moving
from office.services.errors import MoveError
from office.services.state_machine import EDIT, ENTER, TAKE_PAYMENT

from . import records, workflow
from .context import UnitOfWork
from .errors import ApplicationError

ROLES = ("cashier",)
#: Whoever entered an application, told what is at its site or decided about it.
HANDS = frozenset({ENTER, EDIT, "submit", "resubmit", "record_inspection", "approve", "reject", "uphold", "dismiss"})


PAYER_MAX = 100


def take(unit: UnitOfWork, number: str, bill_id: int, *, method: Method, amount: int, by: str, payer: str = "") -> Receipt:
    """Take the whole amount of an application's open bill into the drawer of the account `by`, and return the receipt.

    It is noted whose hands took it; `payer` is the name of who paid. Raises ApplicationError `application_unknown`, `action_refused` (no
    cashier here); MoveError `same_person`; IssuerError `bill_unknown` (also a bill of another application), `field_too_long`, and what
    office.payments.drawers.moving.taking and office.payments.counter.pay raise.
    """
    application = records.locked(unit, number)
    if not unit.actor.has(application.authority, *ROLES):
        raise ApplicationError("action_refused")
    if any(each.person == unit.actor.key and each.action in HANDS for each in records.done(unit.connection, application, actor=unit.actor)):
        raise MoveError("same_person", TAKE_PAYMENT)
    if bill_id not in bills.ids_of_subject(unit.connection, application.number):  # what they say is looked at when it is settled
        raise ApplicationError("bill_unknown")
    named = texts.tidy(payer[: texts.RAW_MAX])
    if len(named) > PAYER_MAX:
        raise ApplicationError("field_too_long")
    drawer = moving.taking(unit.connection, application.authority, by, required=unit.office.drawers, now=unit.now)
    records.note(unit, application, TAKE_PAYMENT, detail={"bill": bill_id, "piastres": amount})
    settled = workflow.paid(unit.office)
    receipt = counter.pay(unit.connection, bill_id, method=method, amount=amount, by=by, settled=settled, now=unit.now, payer=named)
    if drawer is not None:
        moving.came(unit.connection, drawer, receipt)
    return receipt
