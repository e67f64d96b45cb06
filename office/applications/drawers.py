"""Drawers and who may do what with them: cashiers and managers have drawers of their own, and sign for each other's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from issuer.errors import IssuerError
from office.payments import bills
from office.payments.drawers import counting, moving
from office.payments.drawers.denominations import Pieces
from office.payments.drawers.records import Drawer, Tally, of_id, tallies_of
from office.payments.drawers.tables import drawers, entries
from office.payments.tables import payments

from . import repaying
from .actors import Actor
from .context import UnitOfWork
from .errors import ApplicationError

ROLES = repaying.ROLES  # whoever takes money, and whoever may give it back
CLOSED_MOST = 50  # that are listed


class Movements(NamedTuple):
    """What came into a drawer and left it, in numbers: by method how many and how many piastres, the first and the last receipt."""

    came: Mapping[str, tuple[int, int]]
    left: Mapping[str, tuple[int, int]]
    first: str
    last: str


class Held(NamedTuple):
    """A drawer with all of its counts; the first is the float."""

    drawer: Drawer
    tallies: tuple[Tally, ...]
    movements: Movements

    @property
    def begun(self) -> Tally:
        """Return the float."""
        return self.tallies[0]

    @property
    def last(self) -> Tally | None:
        """Return the newest count at the end, None before the first one."""
        return self.tallies[-1] if len(self.tallies) > 1 else None


def open_(unit: UnitOfWork, authority: str, *, float_: Pieces, by: str) -> int:
    """Open the actor's own drawer at an authority, under their account `by`, and return its id.

    Raises ApplicationError `action_refused`; IssuerError as office.payments.drawers.counting.
    """
    if authority not in unit.office.authorities or not unit.actor.has(authority, *ROLES):
        raise ApplicationError("action_refused")
    return counting.open_(unit.connection, authority=authority, cashier=by, name=unit.actor.name, float_=float_, now=unit.now)


def count(unit: UnitOfWork, drawer_id: int, *, cash: Pieces, card: int, by: str) -> Tally:
    """Keep a count of the actor's own drawer; a manager of its authority counts anybody's, when its cashier is not there.

    Raises ApplicationError `action_refused` for another cashier's drawer; IssuerError `drawer_unknown` (also one of an authority where
    they have no business), and as office.payments.drawers.counting.
    """
    drawer = _seen(unit.connection, drawer_id, unit.actor)
    if drawer.cashier != by and not unit.actor.has(drawer.authority, "manager"):
        raise ApplicationError("action_refused")
    return counting.count(unit.connection, drawer_id, cash=cash, card=card, by=by, now=unit.now)


def explain(unit: UnitOfWork, drawer_id: int, *, tally: int, reason: str, by: str) -> None:
    """Keep why the last count differs, in the words of whoever counted. Raises as `count` does."""
    drawer = _seen(unit.connection, drawer_id, unit.actor)
    if by not in (drawer.cashier, tallies_of(unit.connection, drawer_id)[-1].by):
        raise ApplicationError("action_refused")
    counting.explain(unit.connection, drawer_id, tally=tally, reason=reason)


def close(unit: UnitOfWork, drawer_id: int, *, tally: int, by: str) -> Drawer:
    """Close a drawer by the second name of the actor, who is neither its cashier nor whoever counted. Raises as `count` does."""
    _seen(unit.connection, drawer_id, unit.actor)
    return counting.close(unit.connection, drawer_id, tally=tally, witness=by, name=unit.actor.name, now=unit.now)


def show(connection: Connection, drawer_id: int, *, actor: Actor) -> Held:
    """Return a drawer of an authority where the actor handles money. Raises IssuerError `drawer_unknown`."""
    drawer = _seen(connection, drawer_id, actor)
    return Held(drawer, tallies_of(connection, drawer_id), _movements(connection, drawer))


def own(connection: Connection, authority: str, account: str) -> Drawer | None:
    """Return the account's drawer at an authority that is not closed, None without one."""
    return moving.own(connection, authority, account)


def standing(connection: Connection, *, where: tuple[str, ...]) -> tuple[Drawer, ...]:
    """Return the drawers of some authorities that are not closed, the oldest first."""
    query = select(drawers).where(drawers.c.authority.in_(where), drawers.c.state != "closed").order_by(drawers.c.id)
    return tuple(Drawer.of(row) for row in connection.execute(query))


def closed(connection: Connection, *, where: tuple[str, ...], account: str | None = None) -> tuple[Drawer, ...]:
    """Return the newest closed drawers of some authorities; those of one account alone if it is given."""
    query = select(drawers).where(drawers.c.authority.in_(where), drawers.c.state == "closed")
    query = query.where(drawers.c.cashier == account) if account is not None else query
    return tuple(Drawer.of(row) for row in connection.execute(query.order_by(drawers.c.id.desc()).limit(CLOSED_MOST)))


def cashier_name(connection: Connection, payment_id: int) -> str:
    """Return the name of whoever took a payment, as it was then; "" for one of before there were drawers."""
    drawer = moving.drawer_of(connection, payment_id)
    return drawer.cashier_name if drawer else ""


def _seen(connection: Connection, drawer_id: int, actor: Actor) -> Drawer:
    drawer = of_id(connection, drawer_id)
    if drawer is None or not actor.has(drawer.authority, *ROLES):
        raise IssuerError("drawer_unknown")
    return drawer


def _movements(connection: Connection, drawer: Drawer) -> Movements:
    came: dict[str, tuple[int, int]] = {}
    left: dict[str, tuple[int, int]] = {}
    for row in connection.execute(select(entries).where(entries.c.drawer_id == drawer.id)):
        side = left if row.refund_id is not None else came
        many, piastres = side.get(row.method, (0, 0))
        side[row.method] = many + 1, piastres + abs(row.piastres)
    numbered = select(payments.c.receipt_year, payments.c.receipt_serial).join(entries, entries.c.payment_id == payments.c.id)
    rows = connection.execute(numbered.where(entries.c.drawer_id == drawer.id).order_by(payments.c.receipt_serial)).all()
    receipts = [bills.receipt_number(drawer.authority, *row) for row in rows]
    return Movements(came, left, receipts[0] if receipts else "", receipts[-1] if receipts else "")
