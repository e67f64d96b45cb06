"""What the provider tells us unasked. Every message is kept as it came, with what became of it, and does its work once.

Message and effect are kept in one transaction: killed in between, neither is there, and the provider tells us again until it is
answered. What was forged is kept too, but only so many a day: nobody fills our disk by making messages up.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Engine, Row, func, select, update

from issuer.errors import IssuerError
from seal import days
from storage.once import insert_once

from . import bills, charging, refunds
from .ledger import Charge
from .provider import NotificationError, Order, Provider
from .settlement import WAITS, Settled, bring_in, take_in
from .tables import charges, notifications, payments

UNTRUSTED_A_DAY = 1_000
UNTRUSTED = ("forged", "malformed")
Decision = Literal["refund", "retry", "dismiss"]
NOTE_MAX = 500


class Notice(NamedTuple):
    """A kept message; piastres, seconds since 1970 UTC. `reference` is empty where the signature did not hold."""

    id: int
    provider: str
    reference: str
    status: str
    piastres: int | None
    outcome: str
    first_at: int
    last_at: int
    times: int
    note: str


def receive(engine: Engine, provider: Provider, body: bytes, *, settled: Settled, now: int) -> str:
    """Keep a notification and do what it says, in one transaction; return its outcome (`settlement.Outcome`, `failed`).

    Raises NotificationError for what is not the provider's, once that is kept as well. Database errors pass through and leave nothing.
    """
    try:
        order = provider.verify(body)
    except NotificationError as error:
        with engine.begin() as connection:
            _keep_untrusted(connection, provider.name, body, error.code, now=now)
        raise
    with engine.begin() as connection:
        kept = _keep(connection, provider.name, body, order, now=now)
        if kept.outcome not in ("received", "failed"):
            return kept.outcome
        outcome = bring_in(connection, order, provider=provider.name, settled=settled, now=now)
        values = {"outcome": outcome, "waits": outcome in WAITS}
        connection.execute(update(notifications).where(notifications.c.id == kept.id).values(**values))
        if outcome not in WAITS:
            _brought_in(connection, order, outcome)
    return outcome


def keep_answer(connection: Connection, provider: str, order: Order, outcome: str, *, now: int) -> None:
    """Keep an answer that we asked for, if a person must look at it; one row for each thing to look at, however often we ask.

    What had failed before waits no more once it was brought in.
    """
    if outcome not in WAITS:
        _brought_in(connection, order, outcome)
    else:
        _let_wait(connection, provider, order, outcome, now=now)


def _let_wait(connection: Connection, provider: str, order: Order, outcome: str, *, now: int) -> None:
    same = notifications.c.reference == order.reference, notifications.c.outcome == outcome, notifications.c.status == order.status
    there = connection.scalar(select(notifications.c.id).where(*same, notifications.c.piastres == _ours(order)).limit(1))
    if there is None:
        there = _keep(connection, provider, order.body, order, now=now).id
    elif outcome != "failed":
        return  # somebody looked, or will
    connection.execute(update(notifications).where(notifications.c.id == there).values(outcome=outcome, waits=True))


def _brought_in(connection: Connection, order: Order, outcome: str) -> None:
    failed = notifications.c.reference == order.reference, notifications.c.outcome == "failed"
    connection.execute(update(notifications).where(*failed).values(outcome=outcome, waits=False))


def waiting(connection: Connection) -> tuple[Notice, ...]:
    """Return what a person must look at, oldest first."""
    rows = connection.execute(select(notifications).where(notifications.c.waits).order_by(notifications.c.id))
    return tuple(_notice(row) for row in rows)


def decide(connection: Connection, notice_id: int, *, decision: Decision, by: str, note: str, now: int) -> None:
    """Settle what waits: give back the amount that was paid, have the provider asked once more, or only note that somebody looked.

    Raises IssuerError `notice_unknown`, `notice_decided`, `reason_missing`, `notice_no_refund` (only a wrong amount, or one that could not
    be brought in, can go back: of anything else there is no charge of ours, or no money), `notice_no_retry` (only what failed can be
    tried again).
    """
    note = " ".join(note.split())
    if not note or len(note) > NOTE_MAX:
        raise IssuerError("reason_missing")
    row = connection.execute(select(notifications).where(notifications.c.id == notice_id).with_for_update()).first()
    if row is None:
        raise IssuerError("notice_unknown")
    if not row.waits:
        raise IssuerError("notice_decided")
    if decision == "refund":
        _give_back(connection, _notice(row), now=now)
    if decision == "retry":
        _ask_again(connection, _notice(row), now=now)
    values = {"waits": False, "decided_by": by, "decided_at": now, "note": note}
    connection.execute(update(notifications).where(notifications.c.id == notice_id).values(**values))


def unclaimed(connection: Connection) -> tuple[Notice, ...]:
    """Return the money that came for a reference that is not ours any more: its application is to be found, or entered anew."""
    return tuple(each for each in waiting(connection) if each.outcome == "unknown_reference" and each.status == "paid")


def assign(connection: Connection, notice_id: int, subject: str, *, by: str, note: str, now: int) -> None:
    """Let money whose reference nobody knew pay the open bill of `subject`, an application's number.

    The provider is asked once more before it counts: the reference becomes a charge of that bill, which can be only one's. Raises
    IssuerError `notice_unknown`, `notice_decided`, `notice_not_money` (no payment, or one that is known), `bill_not_open`,
    `amount_differs`, `reason_missing`.
    """
    note = " ".join(note.split())
    if not note or len(note) > NOTE_MAX:
        raise IssuerError("reason_missing")
    row = connection.execute(select(notifications).where(notifications.c.id == notice_id).with_for_update()).first()
    if row is None:
        raise IssuerError("notice_unknown")
    notice = _notice(row)
    if not row.waits:
        raise IssuerError("notice_decided")
    known = connection.scalar(select(charges.c.id).where(charges.c.reference == notice.reference))
    if notice.outcome != "unknown_reference" or notice.status != "paid" or notice.piastres is None or known is not None:
        raise IssuerError("notice_not_money")
    bill = bills.open_of(connection, subject)
    if bill is None:
        raise IssuerError("bill_not_open", subject)
    if bill.piastres != notice.piastres:
        raise IssuerError("amount_differs")
    charging.take_over(connection, bill, provider=notice.provider, reference=notice.reference, now=now)
    values = {"waits": False, "decided_by": by, "decided_at": now, "note": note}
    connection.execute(update(notifications).where(notifications.c.reference == notice.reference, notifications.c.waits).values(**values))


def _ours(order: Order) -> int:
    """Return what of a payment can be ours, and can go back."""
    return min(order.piastres, order.paid_piastres)


def _keep(connection: Connection, provider: str, body: bytes, order: Order | None, *, now: int, outcome: str = "received") -> Notice:
    """Return a message, its row locked; the second time it comes, it is the first one's."""
    digest = hashlib.sha256(body).digest()
    row = {"digest": digest, "provider": provider, "body": body, "outcome": outcome, "first_at": now, "last_at": now, "times": 0}
    if order is not None:
        row |= {"reference": order.reference, "status": order.status, "piastres": _ours(order)}
    insert_once(connection, notifications, {"waits": False, **row})
    mine = update(notifications).where(notifications.c.digest == digest).values(times=notifications.c.times + 1, last_at=now)
    return _notice(connection.execute(mine.returning(*notifications.c)).one())


def _keep_untrusted(connection: Connection, provider: str, body: bytes, outcome: str, *, now: int) -> None:
    today = days.start_of(days.day_of(now))
    of_today = notifications.c.outcome.in_(UNTRUSTED), notifications.c.first_at >= today
    kept = connection.execute(select(func.count()).select_from(notifications).where(*of_today)).scalar_one()
    if kept < UNTRUSTED_A_DAY:
        _keep(connection, provider, body, None, now=now, outcome=outcome)


def _give_back(connection: Connection, notice: Notice, *, now: int) -> None:
    row = connection.execute(select(charges).where(charges.c.reference == notice.reference)).first()
    if notice.outcome not in ("wrong_amount", "failed") or notice.status != "paid" or notice.piastres is None or row is None:
        raise IssuerError("notice_no_refund", notice.outcome)
    charge = Charge.of(row)
    bill = bills.lock(connection, charge.bill_id)
    if connection.scalar(select(payments.c.id).where(payments.c.charge_id == charge.id)) is not None:
        raise IssuerError("notice_decided")
    payment_id = take_in(connection, bill, charge, piastres=notice.piastres, settles=False, now=now)
    refunds.give_back(connection, payment_id, piastres=notice.piastres, reason=notice.outcome, now=now)


def _ask_again(connection: Connection, notice: Notice, *, now: int) -> None:
    """Let the worker ask the provider at once: what it says then is brought in, or waits again."""
    if notice.outcome != "failed":
        raise IssuerError("notice_no_retry", notice.outcome)
    connection.execute(update(charges).where(charges.c.reference == notice.reference).values(poll_at=now))


def _notice(row: Row[Any]) -> Notice:
    said = row.reference or "", row.status or "", row.piastres
    return Notice(row.id, row.provider, *said, row.outcome, row.first_at, row.last_at, row.times, row.note or "")
