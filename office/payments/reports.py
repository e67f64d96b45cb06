"""What the cashier counts at the end of the day, and what the office took altogether. Piastres; days of Africa/Cairo."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from seal import days

from . import bills
from .tables import payments, refunds


class CashLine(NamedTuple):
    """One cashier and one way to pay: what was taken, with its first and last receipt, and what was given back."""

    by: str
    method: str
    receipts: int
    piastres: int
    refunds: int
    refunded: int
    first: str
    last: str

    @property
    def due(self) -> int:
        """Return what must be in the drawer (cash) or on the card machine's slip."""
        return self.piastres - self.refunded


class CashReport(NamedTuple):
    """The counter of one authority on one day."""

    authority: str
    day: date
    lines: tuple[CashLine, ...]

    @property
    def due(self) -> int:
        """Return what the day's counter comes to."""
        return sum(line.due for line in self.lines)


class Taking(NamedTuple):
    """What one authority took in one way: payments that settled a bill, money that came on top, and what went back."""

    authority: str
    method: str
    bills: int
    piastres: int
    on_top: int
    refunded: int


def cash(connection: Connection, authority: str, day: date) -> CashReport:
    """Return the day's counter, by cashier and way to pay; whoever gave money back has it on the own line."""
    start, end = _span(day)
    counter = payments.c.authority == authority, payments.c.method != "provider"
    key = payments.c.by, payments.c.method
    serial = payments.c.receipt_serial
    summed = select(*key, func.count(), func.sum(payments.c.piastres), func.min(serial), func.max(serial)).group_by(*key)
    taken = {tuple(row[:2]): row for row in connection.execute(summed.where(*counter, payments.c.at >= start, payments.c.at < end))}
    back_key = refunds.c.by, payments.c.method
    back = select(*back_key, func.count(), func.sum(refunds.c.piastres)).join(payments, payments.c.id == refunds.c.payment_id)
    back = back.where(*counter, refunds.c.done_at >= start, refunds.c.done_at < end).group_by(*back_key)
    given = {tuple(row[:2]): row for row in connection.execute(back)}
    year = days.day_of(start).year
    lines = [_cash_line(key, taken.get(key), given.get(key), authority, year) for key in sorted(taken.keys() | given.keys())]
    return CashReport(authority, day, tuple(lines))


def takings(connection: Connection, day: date) -> tuple[Taking, ...]:
    """Return what every authority took on a day, by way to pay."""
    start, end = _span(day)
    key = payments.c.authority, payments.c.method
    when = payments.c.at >= start, payments.c.at < end
    summed = select(*key, payments.c.settles, func.count(), func.sum(payments.c.piastres)).where(*when).group_by(*key, payments.c.settles)
    back = select(*key, func.sum(refunds.c.piastres)).join(payments, payments.c.id == refunds.c.payment_id)
    back = back.where(refunds.c.state == "done", refunds.c.done_at >= start, refunds.c.done_at < end).group_by(*key)
    found: dict[Any, dict[str, int]] = {}
    for authority, method, settles, count, piastres in connection.execute(summed):
        sums = found.setdefault((authority, method), {})
        sums |= {"bills": count, "piastres": int(piastres)} if settles else {"on_top": int(piastres)}
    for authority, method, piastres in connection.execute(back):
        found.setdefault((authority, method), {})["refunded"] = int(piastres)
    sums_of = ("bills", "piastres", "on_top", "refunded")
    return tuple(Taking(*key, *(sums.get(name, 0) for name in sums_of)) for key, sums in sorted(found.items()))


def _span(day: date) -> tuple[int, int]:
    return days.start_of(day), days.start_of(day + timedelta(days=1))


def _cash_line(key: tuple[Any, ...], taken: Any, given: Any, authority: str, year: int) -> CashLine:
    count, piastres, first, last = taken[2:] if taken is not None else (0, 0, None, None)
    back, refunded = given[2:] if given is not None else (0, 0)
    numbers = [bills.receipt_number(authority, year, serial) for serial in (first, last)]
    by, method = key
    return CashLine(by, method, count, int(piastres), back, int(refunded), numbers[0], numbers[1])
