"""Sends refunds: once, though the provider has no key by which it would know a request sent twice.

A refund is `sending` from before the request leaves until its answer is kept. Whoever finds one there after the lease asks the provider
what became of the order, and only sends again what is known not to have gone back; what cannot be told is `unclear` and waits for the
provider's daily file or a person.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, or_, select, update

from storage.database import reading

from . import refunds
from .provider import Order, Provider, RefusedError, UnavailableError
from .tables import charges, payments
from .tables import refunds as refunds_

LEASE_SECONDS = 600  # far longer than a request may take
RETRY_SECONDS = 60
LATEST_RETRY_SECONDS = 6 * 3600


class _Task(NamedTuple):
    """A refund that this worker took on; `again` if somebody may have sent it before."""

    id: int
    payment_id: int
    reference: str
    provider_reference: str
    piastres: int
    reason: str
    again: bool


def run(engine: Engine, provider: Provider, *, now: int, limit: int = 100) -> Counter[str]:
    """Send what is queued, find out what became of what was being sent, and count the outcomes. Database errors pass through."""
    outcomes: Counter[str] = Counter()
    with reading(engine) as connection:
        of_provider = select(refunds_.c.id).join(payments, refunds_.c.payment_id == payments.c.id).where(payments.c.by == provider.name)
        due = of_provider.where(refunds_.c.next_at <= now, refunds_.c.state.in_(("queued", "sending")))
        ids = connection.scalars(due.order_by(refunds_.c.next_at, refunds_.c.id).limit(limit)).all()
    for refund_id in ids:
        with engine.begin() as connection:
            task = _take(connection, refund_id, now=now)
        if task is not None:
            outcomes[_examine(engine, provider, task, now=now) if task.again else _send(engine, provider, task, now=now)] += 1
    return outcomes


def _take(connection: Connection, refund_id: int, *, now: int) -> _Task | None:
    """Take a refund on for one lease, before anything is sent; None where somebody else has it, or its payment has another one out."""
    payment_id = connection.scalar(select(refunds_.c.payment_id).where(refunds_.c.id == refund_id))
    payment = refunds.payment_of(connection, payment_id or 0)
    row = connection.execute(select(refunds_).where(refunds_.c.id == refund_id)).one()
    charge = connection.execute(select(charges).where(charges.c.id == payment.charge_id)).one()
    if row.next_at is None or row.next_at > now or row.state not in ("queued", "sending"):
        return None
    others = refunds_.c.payment_id == payment.id, refunds_.c.id != row.id
    in_doubt = or_(refunds_.c.state == "sending", refunds_.c.state == "unclear")
    if connection.scalar(select(func.count()).select_from(refunds_).where(*others, in_doubt)):
        connection.execute(update(refunds_).where(refunds_.c.id == row.id).values(next_at=now + LEASE_SECONDS))
        return None
    values = {"state": "sending", "sent_at": now, "attempts": row.attempts + 1, "next_at": now + LEASE_SECONDS}
    connection.execute(update(refunds_).where(refunds_.c.id == row.id).values(**values))
    where = charge.reference, charge.provider_reference
    return _Task(row.id, payment.id, *where, row.piastres, row.reason, again=row.state == "sending")


def _send(engine: Engine, provider: Provider, task: _Task, *, now: int) -> str:
    try:
        provider.refund(task.provider_reference, task.piastres, f"{task.reason} {task.id}")
    except RefusedError as error:
        return _end(engine, task, "refused", error.code, now=now)
    except UnavailableError as error:
        return "unavailable" if error.sent else _end(engine, task, "queued", error.code, now=now)
    return _end(engine, task, "done", None, now=now)


def _end(engine: Engine, task: _Task, state: str, code: str | None, *, now: int) -> str:
    """Keep how it went, unless somebody else (a notification, the daily file) knew before."""
    with engine.begin() as connection:
        refunds.payment_of(connection, task.payment_id)
        row = connection.execute(select(refunds_).where(refunds_.c.id == task.id)).one()
        if row.state != "sending":
            return str(row.state)
        if state == "done":
            refunds.went_back(connection, task.id, now=now)
        else:
            wait = min(RETRY_SECONDS << min(row.attempts, 10), LATEST_RETRY_SECONDS)
            next_at = now + wait if state == "queued" else None
            connection.execute(update(refunds_).where(refunds_.c.id == task.id).values(state=state, code=code, next_at=next_at))
    return state


def _examine(engine: Engine, provider: Provider, task: _Task, *, now: int) -> str:
    """Find out what became of a refund whose answer nobody kept."""
    try:
        order = provider.status(task.reference)
    except UnavailableError:
        return "unavailable"
    except RefusedError as error:
        return _end(engine, task, "unclear", error.code, now=now)
    if order is not None and order.status in ("refunded", "partly_refunded"):
        return _seen_later(engine, task, order, now=now)
    with reading(engine) as connection:
        other = refunds_.c.payment_id == task.payment_id, refunds_.c.state == "done"
        gone = connection.scalar(select(func.count()).select_from(refunds_).where(*other))
    if order is not None and order.status == "paid" and not gone:
        return _send(engine, provider, task, now=now)  # it never got there
    return _end(engine, task, "unclear", "order_unknown" if order is None else f"order_{order.status}", now=now)


def _seen_later(engine: Engine, task: _Task, order: Order, *, now: int) -> str:
    with engine.begin() as connection:
        payment = refunds.payment_of(connection, task.payment_id)
        code = refunds.seen(connection, payment, whole=order.status == "refunded", now=now)
        state = connection.scalar(select(refunds_.c.state).where(refunds_.c.id == task.id))
    if code == "refund_confirmed" or state != "sending":
        return str(state)
    return _end(engine, task, "unclear", f"order_{order.status}", now=now)
