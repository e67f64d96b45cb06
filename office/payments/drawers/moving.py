"""What comes into a drawer and leaves it. Whoever moves money holds the drawer locked, so that no count goes past a payment.

The order of locks is the application, the drawer, the bill: nobody waits in a circle.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from issuer.errors import IssuerError
from office.payments import refunds
from office.payments.counter import Receipt
from seal import days

from .records import Drawer
from .tables import drawers, entries, tallies


class Sums(NamedTuple):
    """What a drawer should hold: cash with the float, and what the card machine took."""

    cash: int
    card: int


def own(connection: Connection, authority: str, cashier: str, *, locked: bool = False) -> Drawer | None:
    """Return the drawer of a cashier at an authority that is not closed, None without one."""
    mine = drawers.c.authority == authority, drawers.c.cashier == cashier, drawers.c.state != "closed"
    query = select(drawers).where(*mine)
    row = connection.execute(query.with_for_update() if locked else query).first()
    return Drawer.of(row) if row else None


def taking(connection: Connection, authority: str, cashier: str, *, required: bool, now: int) -> Drawer | None:
    """Return the drawer that a cashier's money comes into or leaves at `now`, locked; None where none is, and none is `required`.

    Raises IssuerError `drawer_missing`, `drawer_counted` (it was counted: nothing moves any more), `drawer_other_day` (not its day).
    """
    drawer = own(connection, authority, cashier, locked=True)
    if drawer is None:
        if required:
            raise IssuerError("drawer_missing")
        return None
    if drawer.state != "open":
        raise IssuerError("drawer_counted")
    if drawer.day != days.day_of(now).isoformat():
        raise IssuerError("drawer_other_day", drawer.day)
    return drawer


def came(connection: Connection, drawer: Drawer, receipt: Receipt) -> None:
    """Put what was paid into the drawer; the caller holds it by `taking`."""
    row = {"payment_id": receipt.payment_id, "method": receipt.method, "piastres": receipt.piastres}
    connection.execute(entries.insert().values(drawer_id=drawer.id, **row))


def leaves(connection: Connection, drawer: Drawer, refund_id: int) -> None:
    """Take what goes back out of the drawer, which the caller holds by `taking`; a refund that left before leaves no second time.

    Raises IssuerError `drawer_short`: there is not so much cash in it.
    """
    if connection.scalar(select(entries.c.id).where(entries.c.refund_id == refund_id)) is not None:
        return
    refund = refunds.of_id(connection, refund_id)
    if refund.method == "cash" and refund.piastres > sums(connection, drawer.id).cash:
        raise IssuerError("drawer_short")
    row = {"refund_id": refund_id, "method": refund.method, "piastres": -refund.piastres}
    connection.execute(entries.insert().values(drawer_id=drawer.id, **row))


def sums(connection: Connection, drawer_id: int) -> Sums:
    """Return what a drawer should hold by its float and everything that moved."""
    begun = connection.scalar(select(tallies.c.cash).where(tallies.c.drawer_id == drawer_id, tallies.c.attempt == 0)) or 0
    moved = select(entries.c.method, func.sum(entries.c.piastres)).where(entries.c.drawer_id == drawer_id).group_by(entries.c.method)
    held = {method: int(piastres) for method, piastres in connection.execute(moved)}
    return Sums(int(begun) + held.get("cash", 0), held.get("card", 0))


def drawer_of(connection: Connection, payment_id: int) -> Drawer | None:
    """Return the drawer that a payment came into, None for one of before there were drawers."""
    query = select(drawers).join(entries, entries.c.drawer_id == drawers.c.id).where(entries.c.payment_id == payment_id)
    row = connection.execute(query).first()
    return Drawer.of(row) if row else None
