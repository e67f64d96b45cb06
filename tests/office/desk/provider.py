"""What a provider leaves for a manager to decide, written into the register: for pages that only show it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, insert

from office.payments import bills, reconciliation
from office.payments.reconciliation import Entry, Reconciliation
from office.payments.tables import charges, notifications, payments, reconciliations, refunds
from seal import days
from tests.office.desk.house import House


def unsettle(house: House, unpaid: str, settled: str) -> dict[str, str]:
    """Let a wrong amount come for one application, a refund of another's surplus end unclear, and yesterday's files differ."""
    yesterday = days.day_of(house.now) - timedelta(days=1)
    with house.context.engine.begin() as connection:
        ours, on_top = charged(connection, unpaid, house.now), charged(connection, settled, house.now, state="paid")
        notice = wrong(connection, ours, house.now)
        refund = unclear(connection, settled, on_top, house.now)
        entries = tuple(Entry("payment", ours, "77", None, 100, why) for why in ("wrong_amount", "unconfirmed_timeout", "gone"))
        made = Reconciliation(yesterday, 5, (entries[0]._replace(why="resolved"),), entries, (), ())
        report = {"provider": "fawry", "day": yesterday.isoformat(), "digest": bytes(32), "at": house.now}
        connection.execute(insert(reconciliations).values(report=made.as_dict(), **report))
        assert reconciliation.latest(connection, yesterday) == made.as_dict()
    return {"notice": str(notice), "refund": str(refund), "day": yesterday.isoformat()}


def charged(connection: Connection, number: str, now: int, *, state: str = "pending") -> str:
    """The reference of a charge for an application's bill."""
    bill, reference = bills.of_subject(connection, number)[0], f"KH-{number[-8:]}"
    row = {"bill_id": bill.id, "provider": "fawry", "reference": reference, "provider_reference": number[-8:], "piastres": bill.piastres}
    connection.execute(insert(charges).values(state=state, created_at=now, expires_at=now + 9_999, polls=0, **row))
    return reference


def wrong(connection: Connection, reference: str, now: int) -> int:
    """A message that says that another amount was paid."""
    row = {"digest": reference.encode().ljust(32, b"\0"), "provider": "fawry", "body": b"{}", "reference": reference, "status": "paid"}
    values = {"piastres": 100, "outcome": "wrong_amount", "first_at": now, "last_at": now, "times": 1, "waits": True}
    return int(connection.execute(insert(notifications).values(row | values).returning(notifications.c.id)).scalar_one())


def unclear(connection: Connection, number: str, reference: str, now: int) -> int:
    """A refund of what came on top, that nobody can tell the end of."""
    bill = bills.of_subject(connection, number)[0]
    charge = connection.execute(charges.select().where(charges.c.reference == reference)).one()
    paid = {"bill_id": bill.id, "charge_id": charge.id, "authority": bill.authority, "method": "provider", "by": "fawry", "at": now}
    payment = connection.execute(insert(payments).values(piastres=100, settles=False, **paid).returning(payments.c.id)).scalar_one()
    back = {"payment_id": payment, "key": reference, "piastres": 100, "reason": "surplus", "by": "office", "asked_at": now}
    unsure = {"state": "unclear", "attempts": 3, "code": "order_unknown"}
    return int(connection.execute(insert(refunds).values(back | unsure).returning(refunds.c.id)).scalar_one())
