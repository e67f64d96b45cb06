"""Money that goes back to an applicant: what was paid too much, or for an application that ended without a license.

What is owed stays: a license never stands on money that went back. For an application that was withdrawn or rejected the office decides how
much of it was earned all the same, so all may go back, and a reason says why. A fine goes back in the same way; whoever applies again owes
it anew (docs/adr/0010), so nobody pays for the same days twice, and nobody escapes.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, update

from office.payments import bills, refunds
from office.payments.bills import Paid
from office.payments.drawers import moving
from office.services.errors import MoveError
from office.services.state_machine import State

from . import billing, cashing, records
from .actors import Actor
from .application import Application
from .context import OfficeContext, UnitOfWork
from .errors import ApplicationError
from .tables import applications

_ENDED = (State.WITHDRAWN, State.REJECTED)
ROLES = ("cashier", "manager")  # who may give money back


class Returnable(NamedTuple):
    """How much may go back for an application, in piastres, and the payments that it came by, each with what is left of it."""

    piastres: int
    payments: tuple[tuple[Paid, int], ...]


def returnable(connection: Connection, office: OfficeContext, number: str, *, actor: Actor) -> Returnable:
    """Return what may go back to the applicant. Raises ApplicationError `application_unknown`; FeeError."""
    return _returnable(connection, office, records.find(connection, number, actor=actor))


def give_back(unit: UnitOfWork, number: str, *, payment_id: int, amount: int, reason: str, by: str, version: int | None = None) -> int:
    """Give back `amount` piastres of one payment the way they came, and return the refund's id. `by` is whose drawer it leaves.

    What came over the counter is given back at once, out of that drawer; what came through the provider is queued. Raises ApplicationError
    `application_unknown`, `changed_meanwhile`, `action_refused` (not a cashier or manager here); MoveError `same_person`; IssuerError
    `payment_unknown` (also one of another application), `refund_too_much` and others of office.payments.refunds, and those of
    office.payments.drawers.moving.
    """
    application = records.locked(unit, number)
    records.unchanged(application, version)
    _check_hand(unit.connection, application, unit.actor)
    left = _returnable(unit.connection, unit.office, application)
    held = next((paid for paid, _ in left.payments if paid.id == payment_id), None)
    if held is None:
        raise ApplicationError("payment_unknown")
    if amount > left.piastres:
        raise ApplicationError("refund_too_much")
    work = refunds.ask if held.method == "provider" else refunds.at_counter
    key = f"{application.number}/{application.version}/{payment_id}"  # with the version: the button, pressed twice, is one refund
    required, counted = unit.office.drawers, held.method != "provider"
    drawer = moving.taking(unit.connection, application.authority, by, required=required, now=unit.now) if counted else None
    refund = work(unit.connection, payment_id, key=key, amount=amount, reason=reason, by=by, now=unit.now)
    if drawer is not None:
        moving.leaves(unit.connection, drawer, refund)
    unit.connection.execute(update(applications).where(applications.c.id == application.id).values(version=application.version + 1))
    detail = {"payment": payment_id, "piastres": amount}
    records.note(unit, application, "refund", reason=" ".join(reason.split()), detail=detail)
    return refund


def _check_hand(connection: Connection, application: Application, actor: Actor) -> None:
    if actor.kind != "system" and not actor.has(application.authority, *ROLES):
        raise ApplicationError("action_refused")
    if any(each.person == actor.key and each.action in cashing.HANDS for each in records.done(connection, application, actor=actor)):
        raise MoveError("same_person", "refund")


def _returnable(connection: Connection, office: OfficeContext, application: Application) -> Returnable:
    if not application.number:
        return Returnable(0, ())
    held = bills.of_subject(connection, application.number)
    paid = [each for bill in held for each in bill.payments if each.settles]
    left = tuple((each, each.piastres - each.refunded) for each in paid if each.piastres > each.refunded)
    most = sum(piastres for _, piastres in left)
    if application.state in _ENDED or not most:
        return Returnable(most, left)
    return Returnable(min(most, billing.account(connection, office, application, held).overpaid), left)
