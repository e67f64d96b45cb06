"""Refunds: never more than was paid; asked for, noted at the counter, confirmed by what the provider tells, decided by a person.

Sending them is `refund_sender`'s.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, update

from issuer.errors import IssuerError

from . import bills
from .ledger import Payment
from .tables import bills as bills_
from .tables import payments, refunds

REASON_MAX = 200
Code = Literal["noted", "refund_confirmed", "refund_unexpected"]


class Refund(NamedTuple):
    """A refund; piastres, seconds since 1970 UTC. `code` says why the last attempt failed."""

    id: int
    payment_id: int
    bill_id: int
    subject: str
    authority: str
    method: str
    piastres: int
    reason: str
    by: str
    state: str
    asked_at: int
    done_at: int | None
    code: str | None


def ask(connection: Connection, payment_id: int, *, key: str, amount: int, reason: str, by: str, now: int) -> int:
    """Queue the refund of `amount` piastres of an electronic payment and return its id; the same `key` gives the same refund.

    Raises IssuerError `payment_unknown`, `refund_method` (a counter payment goes back over the counter), `refund_too_much`,
    `refund_amount_invalid`, `reason_missing`, `refund_key_used` (for something else).
    """
    payment = payment_of(connection, payment_id)
    if payment.method != "provider":
        raise IssuerError("refund_method", payment.method)
    return _insert(connection, payment, key=key, amount=amount, reason=reason, by=by, state="queued", now=now)


def at_counter(connection: Connection, payment_id: int, *, key: str, amount: int, reason: str, by: str, now: int) -> int:
    """Note that `amount` piastres of a counter payment were given back over the counter. Raises IssuerError as `ask` does."""
    payment = payment_of(connection, payment_id)
    if payment.method == "provider":
        raise IssuerError("refund_method", payment.method)
    return _insert(connection, payment, key=key, amount=amount, reason=reason, by=by, state="done", now=now)


def give_back(connection: Connection, payment_id: int, *, piastres: int, reason: str, now: int) -> int:
    """Queue the refund of a payment that nothing is owed for; the caller holds the lock of its bill."""
    payment = Payment.of(connection.execute(select(payments).where(payments.c.id == payment_id)).one())
    return _insert(
        connection, payment, key=f"{reason}/{payment_id}", amount=piastres, reason=reason, by="office", state="queued", now=now
    )


def of_subject(connection: Connection, subject: str) -> tuple[Refund, ...]:
    """Return the refunds of everything that was paid for an application, oldest first."""
    return _listed(connection, bills_.c.subject == subject)


def of_id(connection: Connection, refund_id: int) -> Refund:
    """Return a refund. Raises IssuerError `refund_unknown`."""
    found = _listed(connection, refunds.c.id == refund_id)
    if not found:
        raise IssuerError("refund_unknown")
    return found[0]


def waiting(connection: Connection) -> tuple[Refund, ...]:
    """Return the refunds that a person must look at: `unclear` and `refused`."""
    return _listed(connection, refunds.c.state.in_(("unclear", "refused")))


def decide(connection: Connection, refund_id: int, *, decision: Literal["done", "again"], by: str, now: int) -> None:
    """Settle a refund that waits: a person saw at the provider that it went back (`done`), or that it did not (`again`).

    Raises IssuerError `refund_unknown`, `refund_not_waiting`, `refund_too_much`.
    """
    payment_id = connection.scalar(select(refunds.c.payment_id).where(refunds.c.id == refund_id))
    if payment_id is None:
        raise IssuerError("refund_unknown")
    payment = payment_of(connection, payment_id)
    row = connection.execute(select(refunds).where(refunds.c.id == refund_id)).one()
    if row.state not in ("unclear", "refused"):
        raise IssuerError("refund_not_waiting", row.state)
    if row.state == "refused" and row.piastres > _left(connection, payment):  # meanwhile it was asked for again
        raise IssuerError("refund_too_much")
    if decision == "done":
        went_back(connection, refund_id, now=now, by=by)
    else:
        connection.execute(update(refunds).where(refunds.c.id == refund_id).values(state="queued", next_at=now, by=by))


def seen(connection: Connection, payment: Payment, *, whole: bool, now: int) -> Code:
    """Take in that the provider calls an order refunded (`whole`, or in part); the caller holds the lock of its bill."""
    rows = connection.execute(select(refunds).where(refunds.c.payment_id == payment.id, refunds.c.state != "refused")).all()
    done = sum(row.piastres for row in rows if row.state == "done")
    sent = [row for row in rows if row.state in ("sending", "unclear")]
    if (done == payment.piastres) if whole else 0 < done < payment.piastres:
        return "noted"
    # One request is out, and with it the order would be just as it is said to be: then it is this one that went back.
    if len(sent) == 1 and (done + sent[0].piastres == payment.piastres if whole else done == 0):
        went_back(connection, sent[0].id, now=now)
        return "refund_confirmed"
    waiting_ = update(refunds).where(refunds.c.payment_id == payment.id, refunds.c.state == "queued")
    connection.execute(waiting_.values(state="unclear", next_at=None, code="refunded_elsewhere"))  # or it would go back twice
    return "refund_unexpected"


def confirm(connection: Connection, payment_id: int, piastres: int, *, now: int) -> bool:
    """Take in that the provider's file has a refund of `piastres`; return whether one of ours was waiting to hear of it."""
    payment_of(connection, payment_id)
    sent = refunds.c.payment_id == payment_id, refunds.c.state.in_(("sending", "unclear")), refunds.c.piastres == piastres
    refund_id = connection.scalar(select(refunds.c.id).where(*sent).order_by(refunds.c.id).limit(1))
    if refund_id is not None:
        went_back(connection, refund_id, now=now)
    return refund_id is not None


def payment_of(connection: Connection, payment_id: int) -> Payment:
    """Return a payment, its bill locked. Raises IssuerError `payment_unknown`."""
    bill_id = connection.scalar(select(payments.c.bill_id).where(payments.c.id == payment_id))
    if bill_id is None:
        raise IssuerError("payment_unknown")
    bills.lock(connection, bill_id)
    return Payment.of(connection.execute(select(payments).where(payments.c.id == payment_id)).one())


def _left(connection: Connection, payment: Payment) -> int:
    """Return the piastres that may still go back."""
    back = select(func.coalesce(func.sum(refunds.c.piastres), 0)).where(refunds.c.payment_id == payment.id, refunds.c.state != "refused")
    return payment.piastres - int(connection.execute(back).scalar_one())


def _insert(
    connection: Connection, payment: Payment, *, key: str, amount: int, reason: str, by: str, state: str, now: int
) -> int:
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_MAX:
        raise IssuerError("reason_missing")
    if type(amount) is not int or amount <= 0:
        raise IssuerError("refund_amount_invalid")
    there = connection.execute(select(refunds).where(refunds.c.key == key)).first()
    if there is not None:
        if (there.payment_id, there.piastres) != (payment.id, amount):
            raise IssuerError("refund_key_used")
        return int(there.id)
    if amount > _left(connection, payment):
        raise IssuerError("refund_too_much")
    ends = {"next_at": now} if state == "queued" else {"done_at": now}
    row = {"payment_id": payment.id, "key": key, "piastres": amount, "reason": reason, "by": by, "state": state, "asked_at": now}
    made = connection.execute(refunds.insert().values(attempts=0, **row, **ends).returning(refunds.c.id))
    return int(made.scalar_one())


def _listed(connection: Connection, condition: ColumnElement[bool]) -> tuple[Refund, ...]:
    columns = select(*refunds.c, payments.c.bill_id, bills_.c.subject, payments.c.authority, payments.c.method)
    joined = columns.join(payments, payments.c.id == refunds.c.payment_id).join(bills_, bills_.c.id == payments.c.bill_id)
    return tuple(
        Refund(
            *(row.id, row.payment_id, row.bill_id, row.subject, row.authority, row.method),
            *(row.piastres, row.reason, row.by, row.state, row.asked_at, row.done_at, row.code),
        )
        for row in connection.execute(joined.where(condition).order_by(refunds.c.id))
    )


def went_back(connection: Connection, refund_id: int, *, now: int, **more: object) -> None:
    """Note that a refund went back; the caller holds the lock of its bill."""
    values = {"state": "done", "done_at": now, "next_at": None, "code": None} | more
    connection.execute(update(refunds).where(refunds.c.id == refund_id).values(**values))


