"""Payments over the counter, cash or card, each with a receipt. Receipts have no gaps: an authority's number and its year's serial."""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import Connection, Row, select

from issuer.errors import IssuerError
from seal import days
from storage import counters

from . import bills
from .settlement import Settled
from .tables import bills as bills_
from .tables import payments, receipts

Method = Literal["cash", "card"]
_NUMBER = re.compile(r"([A-Z0-9]{2,4})-(\d{4})-(\d{6,9})")


class Receipt(NamedTuple):
    """A counter payment's receipt; piastres, seconds since 1970 UTC. `by` is the cashier's account."""

    number: str
    payment_id: int
    bill_id: int
    subject: str
    authority: str
    method: str
    piastres: int
    by: str
    at: int
    payer: str = ""


def pay(
    connection: Connection, bill_id: int, *, method: Method, amount: int, by: str, settled: Settled, now: int, payer: str = ""
) -> Receipt:
    """Take the whole amount of an open bill and return the receipt. A charge that was made for it is withdrawn. `payer` is a name.

    Raises IssuerError `bill_unknown`, `bill_not_open` (paid or cancelled before: no money is taken), `amount_differs`, `method_unknown`.
    """
    if method not in get_args(Method):
        raise IssuerError("method_unknown")
    bill = bills.lock(connection, bill_id)
    if bill.state != "open":
        raise IssuerError("bill_not_open", bill.state)
    if type(amount) is not int or amount != bill.piastres:
        raise IssuerError("amount_differs")
    year = days.day_of(now).year
    serial = counters.take(connection, receipts, authority=bill.authority, year=year)
    row = {
        "bill_id": bill_id,
        "authority": bill.authority,
        "method": method,
        "piastres": amount,
        "settles": True,
        "by": by,
        "at": now,
        "payer": payer or None,
        "receipt_year": year,
        "receipt_serial": serial,
    }
    payment_id: int = connection.execute(payments.insert().values(row).returning(payments.c.id)).scalar_one()
    bills.close(connection, bill_id, "paid", now=now)
    settled(connection, bill.subject, bill_id, now)
    number = bills.receipt_number(bill.authority, year, serial)
    return Receipt(number, payment_id, bill_id, bill.subject, bill.authority, method, amount, by, now, payer)


def receipt(connection: Connection, number: str) -> Receipt:
    """Return the receipt of a number. Raises IssuerError `receipt_unknown`."""
    parts = _NUMBER.fullmatch(number.strip().upper())
    if parts is not None:
        authority, year, serial = parts.group(1), int(parts.group(2)), int(parts.group(3))
        there = payments.c.authority == authority, payments.c.receipt_year == year, payments.c.receipt_serial == serial
        row = connection.execute(_receipts().where(*there)).first()
        if row is not None:
            return _receipt(row)
    raise IssuerError("receipt_unknown", number[:20])


def _receipts() -> Any:
    return select(*payments.c, bills_.c.subject).join(bills_, bills_.c.id == payments.c.bill_id)


def _receipt(row: Row[Any]) -> Receipt:
    number = bills.receipt_number(row.authority, row.receipt_year, row.receipt_serial)
    return Receipt(number, row.id, row.bill_id, row.subject, row.authority, row.method, row.piastres, row.by, row.at, row.payer or "")
