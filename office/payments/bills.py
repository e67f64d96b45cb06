"""Bills: what an application owes, line by line. A bill never changes; a wrong one is cancelled before payment, refunded after.

The digest that is kept with a bill is compared whenever it is shown, so a line that was changed behind our back is noticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, select, update

from issuer.errors import IssuerError
from storage import asked

from .billed import MOST_PIASTRES, BilledLine, Line, billed, digest, line_rows, lines_of
from .ledger import LockedBill
from .tables import bills, charges, payments, refunds
from .tables import lines as lines_

State = Literal["open", "paid", "cancelled"]
_MOST_LINES = 100


class Paid(NamedTuple):
    """One payment of a bill. `settles` is false for money that came on top and goes back; `receipt` is empty for electronic ones."""

    id: int
    method: str
    piastres: int
    settles: bool
    by: str
    at: int
    receipt: str
    refunded: int  # piastres that went back, or are on their way


class Bill(NamedTuple):
    """A bill, in piastres, with everything that was paid for it; times are seconds since 1970 UTC."""

    id: int
    subject: str
    authority: str
    piastres: int
    sample: bool
    state: State
    opened_at: int
    closed_at: int | None
    lines: tuple[BilledLine, ...]
    payments: tuple[Paid, ...]

    @property
    def refunded(self) -> int:
        """Return what went back, or is on its way, of the payment that settled it."""
        return sum(payment.refunded for payment in self.payments if payment.settles)


def open_bill(connection: Connection, *, subject: str, authority: str, lines: Sequence[Line], now: int) -> int:
    """Open the bill of `subject` (an application's number) and return its id. One bill of a subject is open at a time.

    Raises IssuerError `bill_open` (there is one), `bill_nothing_due` (the lines come to nothing), `bill_lines_invalid`.
    """
    kept = [billed(line) for line in lines]
    total = sum(line.piastres for line in kept)
    if not 0 < len(kept) <= _MOST_LINES or not 0 <= total <= MOST_PIASTRES:
        raise IssuerError("bill_lines_invalid")
    if total == 0:
        raise IssuerError("bill_nothing_due")
    if connection.scalar(select(bills.c.id).where(bills.c.subject == subject, bills.c.state == "open")) is not None:
        raise IssuerError("bill_open")
    row = {
        "subject": subject,
        "authority": authority,
        "piastres": total,
        "sample": any(line.sample for line in kept),
        "digest": digest(subject, authority, kept),
        "state": "open",
        "opened_at": now,
    }
    bill_id: int = connection.execute(bills.insert().values(row).returning(bills.c.id)).scalar_one()
    connection.execute(lines_.insert(), line_rows(kept, bill_id=bill_id))
    return bill_id


def cancel(connection: Connection, bill_id: int, *, now: int) -> None:
    """Cancel an open bill. The worker withdraws its charge at the provider; money that comes all the same goes back by itself.

    Raises IssuerError `bill_unknown`, `bill_not_open`.
    """
    bill = lock(connection, bill_id)
    if bill.state != "open":
        raise IssuerError("bill_not_open", bill.state)
    close(connection, bill_id, "cancelled", now=now)


def show(connection: Connection, bill_id: int) -> Bill:
    """Return a bill. Raises IssuerError `bill_unknown`; `bill_corrupt` where it is no longer what was opened."""
    row = connection.execute(select(bills).where(bills.c.id == bill_id)).first()
    if row is None:
        raise IssuerError("bill_unknown")
    return _bill(connection, row)


def of_subject(connection: Connection, subject: str) -> tuple[Bill, ...]:
    """Return the bills of a subject, oldest first. Raises IssuerError `bill_corrupt`."""
    return tuple(_bill(connection, row) for row in connection.execute(asked.by(bills, "subject"), {asked.VALUE: subject}).all())


def ids_of_subject(connection: Connection, subject: str) -> tuple[int, ...]:
    """Return the ids of a subject's bills, oldest first, for whoever needs no more of them."""
    return tuple(row.id for row in connection.execute(asked.by(bills, "subject", "id"), {asked.VALUE: subject}))


def lock(connection: Connection, bill_id: int) -> LockedBill:
    """Return the bill, locked until this transaction ends: whoever moves its money waits for whoever is at it.

    With it all bills of its subject, the oldest first, as whoever leads the subject on locks them: nobody waits in a circle. Raises
    IssuerError `bill_unknown`.
    """
    subject = select(bills.c.subject).where(bills.c.id == bill_id).scalar_subquery()
    rows = connection.execute(select(bills).where(bills.c.subject == subject).order_by(bills.c.id).with_for_update())
    row = next((each for each in rows if each.id == bill_id), None)
    if row is None:
        raise IssuerError("bill_unknown")
    return LockedBill.of(row)


def open_of(connection: Connection, subject: str) -> LockedBill | None:
    """Return the open bill of a subject, locked; None without one."""
    bill_id = connection.scalar(select(bills.c.id).where(bills.c.subject == subject, bills.c.state == "open"))
    return None if bill_id is None else lock(connection, bill_id)


def close(connection: Connection, bill_id: int, state: State, *, now: int) -> None:
    """Close a bill that the caller locked, and let the worker withdraw a charge that can still be paid."""
    connection.execute(update(bills).where(bills.c.id == bill_id).values(state=state, closed_at=now))
    live = charges.c.bill_id == bill_id, charges.c.state.in_(("chosen", "pending"))
    connection.execute(update(charges).where(*live).values(state="withdrawn", poll_at=now))


def receipt_number(authority: str, year: int | None, serial: int | None) -> str:
    """Return a receipt's number as it is printed; empty where there is none."""
    return f"{authority}-{year}-{serial:06d}" if serial is not None else ""


def _bill(connection: Connection, row: Row[Any]) -> Bill:
    lines = lines_of(connection, row.id)
    if digest(row.subject, row.authority, lines) != bytes(row.digest) or sum(line.piastres for line in lines) != row.piastres:
        raise IssuerError("bill_corrupt", str(row.id))
    paid = _paid(connection, row.id)
    return Bill(
        *(row.id, row.subject, row.authority, row.piastres, row.sample, row.state, row.opened_at, row.closed_at), lines=lines, payments=paid
    )


def _payments() -> Select[Any]:
    back = select(func.coalesce(func.sum(refunds.c.piastres), 0)).where(refunds.c.payment_id == payments.c.id, refunds.c.state != "refused")
    columns = select(payments, back.scalar_subquery().label("refunded"))
    return columns.where(payments.c.bill_id == bindparam(asked.VALUE)).order_by(payments.c.id)


_PAID = _payments()  # built once, as in storage/asked.py


def _paid(connection: Connection, bill_id: int) -> tuple[Paid, ...]:
    return tuple(
        Paid(
            row.id,
            row.method,
            row.piastres,
            row.settles,
            row.by,
            row.at,
            receipt_number(row.authority, row.receipt_year, row.receipt_serial),
            int(row.refunded),  # PostgreSQL sums to a decimal
        )
        for row in connection.execute(_PAID, {asked.VALUE: bill_id})
    )
