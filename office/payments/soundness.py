"""Whether money and bills agree. What is checked here holds after every transaction, whoever was killed when; tests and operators ask."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from issuer.errors import IssuerError

from . import bills, gaps
from .drawers import soundness as drawers
from .settlement import LIVE
from .tables import bills as bills_
from .tables import charges, payments, receipts, refunds


def check(connection: Connection) -> tuple[str, ...]:
    """Return every disagreement, each with the ids of what it is about; nothing is sound."""
    return (*_bills(connection), *_charges(connection), *_refunds(connection), *_receipts(connection), *drawers.check(connection))


def _bills(connection: Connection) -> Iterator[str]:
    for (bill_id,) in connection.execute(select(bills_.c.id).order_by(bills_.c.id)).all():
        try:
            bill = bills.show(connection, bill_id)
        except IssuerError as error:
            yield f"bill {bill_id}: {error.code}"
            continue
        settling = [payment for payment in bill.payments if payment.settles]
        if bill.state != "paid" and settling:
            yield f"bill {bill.id} is {bill.state} and has payment {settling[0].id}"
        if bill.state == "paid" and (len(settling) != 1 or (settling[0].piastres, settling[0].at) != (bill.piastres, bill.closed_at)):
            yield f"bill {bill.id} is paid, but not by one payment of its amount and time"
        if bill.sample != any(line.sample for line in bill.lines):
            yield f"bill {bill.id} does not say whether its amounts are samples"
        if (bill.state == "open") != (bill.closed_at is None):
            yield f"bill {bill.id} is {bill.state} and was closed at {bill.closed_at}"


def _charges(connection: Connection) -> Iterator[str]:
    joined = select(charges, payments.c.id.label("payment"), bills_.c.state.label("bill"), bills_.c.piastres.label("due"))
    joined = joined.join(bills_, bills_.c.id == charges.c.bill_id).join(payments, payments.c.charge_id == charges.c.id, isouter=True)
    for row in connection.execute(joined):
        if (row.state == "paid") != (row.payment is not None):
            yield f"charge {row.id} is {row.state} and has payment {row.payment}"
        if row.state in LIVE and row.bill != "open":
            yield f"charge {row.id} can be paid for a bill that is {row.bill}"
        if row.piastres != row.due:
            yield f"charge {row.id} asks for another amount than its bill"
        if row.state == "pending" and row.provider_reference is None:
            yield f"charge {row.id} is pending without a number to pay by"
    live = select(charges.c.bill_id).where(charges.c.state.in_(LIVE)).group_by(charges.c.bill_id).having(func.count() > 1)
    for (bill_id,) in connection.execute(live):
        yield f"bill {bill_id} can be paid twice"


def _refunds(connection: Connection) -> Iterator[str]:
    asked = select(refunds.c.payment_id, refunds.c.state, func.sum(refunds.c.piastres)).group_by(refunds.c.payment_id, refunds.c.state)
    sums: dict[int, dict[str, int]] = {}
    for payment_id, state, piastres in connection.execute(asked):
        sums.setdefault(payment_id, {})[state] = int(piastres)
    for payment in connection.execute(select(payments)):
        states = sums.get(payment.id, {})
        back = sum(piastres for state, piastres in states.items() if state != "refused")
        if back > payment.piastres:
            yield f"payment {payment.id}: {back} piastres go back of {payment.piastres}"
        if not payment.settles and back + states.get("refused", 0) < payment.piastres:
            yield f"payment {payment.id} settles nothing and does not go back"
        if (payment.method == "provider") != (payment.charge_id is not None):
            yield f"payment {payment.id} came by {payment.method} and has charge {payment.charge_id}"


def _receipts(connection: Connection) -> Iterator[str]:
    key = payments.c.authority, payments.c.receipt_year
    serial = payments.c.receipt_serial
    numbered = select(*key, func.count(), func.min(serial), func.max(serial)).where(serial.is_not(None)).group_by(*key)
    given = {(authority, year): (count, first, last) for authority, year, count, first, last in connection.execute(numbered)}
    for row in connection.execute(select(receipts)):
        count, first, last = found = given.pop((row.authority, row.year), (0, 1, 0))
        among = payments.c.authority == row.authority, payments.c.receipt_year == row.year
        left = gaps.left_out(connection, "receipt", serial, *among, key=(row.authority, row.year), used=row.used)
        if not gaps.agree(found, left, row.used):
            yield f"receipts of {row.authority} in {row.year}: {count} from {first} to {last}, {row.used} were given"
    for authority, year in given:
        yield f"receipts of {authority} in {year} that nobody counted"
    bare = select(payments.c.id).where(payments.c.method != "provider", serial.is_(None))
    for (payment_id,) in connection.execute(bare):
        yield f"counter payment {payment_id} has no receipt"
