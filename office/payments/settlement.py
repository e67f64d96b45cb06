"""What the provider says about a charge, brought into the books: the one place where money from outside meets a bill.

Notifications, polling and reconciliation all end here, in a transaction of the caller's. Saying the same thing twice, or in any order,
comes to the same books: a charge has one payment, a bill one that settles it, and what came on top goes back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from sqlalchemy import Connection, select, update

from issuer.errors import IssuerError

from . import bills, refunds
from .ledger import Charge, LockedBill, Payment
from .provider import Order
from .tables import charges, payments

#: Called once for a bill, in the transaction that settles it, with its subject, its id and the time.
Settled = Callable[[Connection, str, int, int], None]

Outcome = (
    Literal["settled", "already", "noted", "surplus", "too_late"]
    | Literal["wrong_amount", "reference_differs", "unknown_reference", "refund_confirmed", "refund_unexpected", "failed"]
)
#: What a person must look at: nothing of it was brought into the books.
WAITS: frozenset[str] = frozenset({"wrong_amount", "reference_differs", "unknown_reference", "refund_unexpected", "failed"})
GRACE_SECONDS = 900  # the provider's clock, ours, and a till that was slow
LIVE = ("chosen", "pending")
_ENDED = {"expired": "expired", "cancelled": "withdrawn", "failed": "refused"}


def bring_in(connection: Connection, order: Order, *, provider: str, settled: Settled, now: int) -> Outcome:
    """As `observe`; where the office refuses to go on with what was paid, undo that alone: `failed`, for a person to look at.

    So one charge that cannot be brought in never stops the others.
    """
    inner = connection.begin_nested()
    try:
        outcome = observe(connection, order, provider=provider, settled=settled, now=now)
    except IssuerError:
        inner.rollback()
        return "failed"
    inner.commit()
    return outcome


def observe(connection: Connection, order: Order, *, provider: str, settled: Settled, now: int) -> Outcome:
    """Bring what `provider` says about a charge into the books, and say what came of it.

    Raises what `settled` raises; then the caller must undo the transaction.
    """
    mine = charges.c.reference == order.reference, charges.c.provider == provider
    bill_id = connection.scalar(select(charges.c.bill_id).where(*mine))
    if bill_id is None:
        return "unknown_reference"
    bill = bills.lock(connection, bill_id)  # always the bill first: nobody waits in a circle
    charge = Charge.of(connection.execute(select(charges).where(*mine).with_for_update()).one())
    if charge.provider_reference not in (None, order.provider_reference):
        return "reference_differs"
    if charge.provider_reference is None:
        connection.execute(update(charges).where(charges.c.id == charge.id).values(provider_reference=order.provider_reference))
    row = connection.execute(select(payments).where(payments.c.charge_id == charge.id)).first()
    payment = Payment.of(row) if row is not None else None
    match order.status:
        case "paid":
            return "already" if payment else _paid(connection, bill, charge, order, settled=settled, now=now)
        case "refunded" | "partly_refunded":
            return _refunded(connection, charge, payment, order, now=now)
        case "new":
            _set(connection, charge, ("chosen",), state="pending")
        case _:
            _set(connection, charge, (*LIVE, "withdrawn"), state=_ENDED[order.status], poll_at=None)
    return "noted"


def _set(connection: Connection, charge: Charge, states: tuple[str, ...], **values: object) -> None:
    connection.execute(update(charges).where(charges.c.id == charge.id, charges.c.state.in_(states)).values(**values))


def _paid(connection: Connection, bill: LockedBill, charge: Charge, order: Order, *, settled: Settled, now: int) -> Outcome:
    """Take in the money of a charge that has no payment yet."""
    if charge.state == "refunded":
        return "noted"  # it came and went back before anybody told us that it came
    if order.piastres != charge.piastres or order.paid_piastres < order.piastres:
        return "wrong_amount"
    paid_at = order.paid_at if order.paid_at is not None and order.paid_at <= now else now
    # The provider says when it was paid, but does not sign it. All that hangs on it is which way the money goes.
    too_late = charge.state == "withdrawn" or paid_at > charge.expires_at + GRACE_SECONDS
    settles = bill.state == "open" and not too_late
    payment_id = take_in(connection, bill, charge, piastres=order.piastres, settles=settles, now=now)
    if settles:
        bills.close(connection, bill.id, "paid", now=now)
        settled(connection, bill.subject, bill.id, now)
        return "settled"
    refunds.give_back(connection, payment_id, piastres=order.piastres, reason="surplus", now=now)
    return "surplus" if bill.state != "open" else "too_late"


def take_in(connection: Connection, bill: LockedBill, charge: Charge, *, piastres: int, settles: bool, now: int) -> int:
    """Keep the payment of a charge, and end the charge."""
    row = {
        "bill_id": bill.id,
        "charge_id": charge.id,
        "authority": bill.authority,
        "method": "provider",
        "piastres": piastres,
        "settles": settles,
        "by": charge.provider,
        "at": now,
    }
    payment_id: int = connection.execute(payments.insert().values(row).returning(payments.c.id)).scalar_one()
    connection.execute(update(charges).where(charges.c.id == charge.id).values(state="paid", poll_at=None))
    return payment_id


def _refunded(connection: Connection, charge: Charge, payment: Payment | None, order: Order, *, now: int) -> Outcome:
    if payment is not None:
        return refunds.seen(connection, payment, whole=order.status == "refunded", now=now)
    if charge.state == "refunded":
        return "noted"
    # Paid and given back behind our back: the bill stays unpaid, and the payment must not settle it if it is told later.
    connection.execute(update(charges).where(charges.c.id == charge.id).values(state="refunded", poll_at=None))
    return "refund_unexpected"
