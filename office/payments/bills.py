"""Bills: what an application owes, line by line. A bill never changes; a wrong one is cancelled before payment, refunded after.

The digest that is kept with a bill is compared whenever it is shown, so a line that was changed behind our back is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol

from sqlalchemy import Connection, Row, func, select, update

from issuer.errors import IssuerError

from .ledger import LockedBill
from .tables import bills, charges, payments, refunds
from .tables import lines as lines_

State = Literal["open", "paid", "cancelled"]
MOST_PIASTRES = 10**12  # ten thousand million pounds: beyond it somebody's arithmetic went wrong
_MOST_LINES = 100
_TEXTS = {"rule": 80, "version": 40, "quantity": 200}
_NAME = 200


class Name(Protocol):
    """A name in both languages."""

    @property
    def ar(self) -> str:
        """Return the Arabic one."""

    @property
    def en(self) -> str:
        """Return the English one."""


class Line(Protocol):
    """A line as the fee schedules compute it."""

    @property
    def rule(self) -> str:
        """Return the rule's code."""

    @property
    def version(self) -> str:
        """Return the version of the schedule that holds the rule."""

    @property
    def name(self) -> Name:
        """Return what the citizen reads."""

    @property
    def quantity(self) -> str:
        """Return what was multiplied, in words and digits."""

    @property
    def piastres(self) -> int:
        """Return the amount; a rebate's is negative."""

    @property
    def sample(self) -> bool:
        """Return whether the amount is a sample, not the governorate's."""


class BilledName(NamedTuple):
    """A line's name as the bill keeps it."""

    ar: str
    en: str


class BilledLine(NamedTuple):
    """A line as the bill keeps it, in piastres; itself a `Line`."""

    rule: str
    version: str
    name: BilledName
    quantity: str
    piastres: int
    sample: bool


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
    billed = [_billed(line) for line in lines]
    total = sum(line.piastres for line in billed)
    if not 0 < len(billed) <= _MOST_LINES or not 0 <= total <= MOST_PIASTRES:
        raise IssuerError("bill_lines_invalid")
    if total == 0:
        raise IssuerError("bill_nothing_due")
    if connection.scalar(select(bills.c.id).where(bills.c.subject == subject, bills.c.state == "open")) is not None:
        raise IssuerError("bill_open")
    row = {
        "subject": subject,
        "authority": authority,
        "piastres": total,
        "sample": any(line.sample for line in billed),
        "digest": digest(subject, authority, billed),
        "state": "open",
        "opened_at": now,
    }
    bill_id: int = connection.execute(bills.insert().values(row).returning(bills.c.id)).scalar_one()
    connection.execute(lines_.insert(), line_rows(billed, bill_id=bill_id))
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
    rows = connection.execute(select(bills).where(bills.c.subject == subject).order_by(bills.c.id)).all()
    return tuple(_bill(connection, row) for row in rows)


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


def close(connection: Connection, bill_id: int, state: State, *, now: int) -> None:
    """Close a bill that the caller locked, and let the worker withdraw a charge that can still be paid."""
    connection.execute(update(bills).where(bills.c.id == bill_id).values(state=state, closed_at=now))
    live = charges.c.bill_id == bill_id, charges.c.state.in_(("chosen", "pending"))
    connection.execute(update(charges).where(*live).values(state="withdrawn", poll_at=now))


def digest(subject: str, authority: str, lines: Sequence[BilledLine]) -> bytes:
    """Return the SHA-256 of what a bill says."""
    said = [subject, authority, *([*line[:2], *line.name, *line[3:]] for line in lines)]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def lines_of(connection: Connection, bill_id: int) -> tuple[BilledLine, ...]:
    """Return the lines of a bill, in their order."""
    rows = connection.execute(select(lines_).where(lines_.c.bill_id == bill_id).order_by(lines_.c.place)).all()
    return tuple(map(line_of, rows))


def line_of(row: Row[Any]) -> BilledLine:
    """Return a line as a table of lines keeps it."""
    return BilledLine(row.rule, row.version, BilledName(row.name_ar, row.name_en), row.quantity, row.piastres, row.sample)


def line_rows(lines: Sequence[BilledLine], **key: int) -> list[dict[str, object]]:
    """Return lines as rows of a table of lines, each with its place and `key`, whose lines they are."""
    rows = []
    for place, line in enumerate(lines):
        fields = line._asdict() | {"name_ar": line.name.ar, "name_en": line.name.en}
        del fields["name"]
        rows.append({"place": place, **key, **fields})
    return rows


def receipt_number(authority: str, year: int | None, serial: int | None) -> str:
    """Return a receipt's number as it is printed; empty where there is none."""
    return f"{authority}-{year}-{serial:06d}" if serial is not None else ""


def _billed(line: Line) -> BilledLine:
    billed = BilledLine(
        line.rule, line.version, BilledName(line.name.ar, line.name.en), line.quantity, int(line.piastres), bool(line.sample)
    )
    sizes = all(0 < len(getattr(billed, field)) <= most for field, most in _TEXTS.items())
    named = all(0 < len(text) <= _NAME for text in billed.name)
    if not sizes or not named or type(line.piastres) is not int or abs(billed.piastres) > MOST_PIASTRES:
        raise IssuerError("bill_lines_invalid", billed.rule[:80])
    return billed


def _bill(connection: Connection, row: Row[Any]) -> Bill:
    lines = lines_of(connection, row.id)
    if digest(row.subject, row.authority, lines) != bytes(row.digest) or sum(line.piastres for line in lines) != row.piastres:
        raise IssuerError("bill_corrupt", str(row.id))
    paid = _paid(connection, row.id)
    return Bill(
        *(row.id, row.subject, row.authority, row.piastres, row.sample, row.state, row.opened_at, row.closed_at), lines=lines, payments=paid
    )


def _paid(connection: Connection, bill_id: int) -> tuple[Paid, ...]:
    back = select(func.coalesce(func.sum(refunds.c.piastres), 0)).where(refunds.c.payment_id == payments.c.id, refunds.c.state != "refused")
    columns = select(payments, back.scalar_subquery().label("refunded"))
    rows = connection.execute(columns.where(payments.c.bill_id == bill_id).order_by(payments.c.id)).all()
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
        for row in rows
    )
