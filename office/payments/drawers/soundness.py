"""Whether drawers agree with the money that moved, by what holds after every transaction; tests and operators ask."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, and_, func, or_, select

from office.payments import gaps
from office.payments.tables import payments, refunds
from seal import days

from . import moving
from .denominations import DENOMINATIONS
from .records import Drawer, tallies_of
from .tables import deposits, drawers, entries


def check(connection: Connection) -> Iterator[str]:
    """Yield every disagreement, with the ids of what it is about."""
    for row in connection.execute(select(drawers).order_by(drawers.c.id)).all():
        yield from _drawer(connection, Drawer.of(row))
    yield from _payments(connection)
    yield from _refunds(connection)
    yield from _past(connection)
    yield from _slips(connection)


def _drawer(connection: Connection, drawer: Drawer) -> Iterator[str]:
    tallies = tallies_of(connection, drawer.id)
    for tally in tallies:
        if set(tally.pieces) - set(DENOMINATIONS) or sum(each * many for each, many in tally.pieces.items()) != tally.cash:
            yield f"count {tally.id} of drawer {drawer.id} is not the sum of its notes and coins"
    if [tally.attempt for tally in tallies] != list(range(len(tallies))):
        yield f"drawer {drawer.id} lacks a count, or its float"
        return
    if days.day_of(drawer.opened_at).isoformat() != drawer.day:
        yield f"drawer {drawer.id} is not of the day on which it was opened"
    if (drawer.state == "open") != (len(tallies) == 1) or (drawer.state == "closed") != (drawer.closed_at is not None):
        yield f"drawer {drawer.id} is {drawer.state} and has {len(tallies) - 1} counts"
    held = moving.sums(connection, drawer.id)
    for tally in tallies[1:]:
        if (tally.cash_expected, tally.card_expected) != held:
            yield f"count {tally.id} of drawer {drawer.id} was against another sum than what moved"
    if drawer.state == "closed" and len(tallies) > 1:
        last = tallies[-1]
        if not drawer.witness or drawer.witness in (drawer.cashier, last.by):
            yield f"drawer {drawer.id} was closed without a second name"
        if not last.agrees and not drawer.reason:
            yield f"drawer {drawer.id} differs, and nobody said why"
        if drawer.deposit != max(0, last.cash - tallies[0].cash) or bool(drawer.deposit) != (drawer.deposit_serial is not None):
            yield f"drawer {drawer.id} has another deposit than was counted"


def _payments(connection: Connection) -> Iterator[str]:
    mine = select(entries.c.id, entries.c.drawer_id).join(drawers, drawers.c.id == entries.c.drawer_id)
    same = and_(
        payments.c.authority == drawers.c.authority,
        payments.c.by == drawers.c.cashier,
        payments.c.piastres == entries.c.piastres,
        payments.c.method == entries.c.method,
        payments.c.at >= drawers.c.opened_at,
        or_(drawers.c.counted_at.is_(None), payments.c.at <= drawers.c.counted_at),
    )
    for entry, drawer in connection.execute(mine.join(payments, payments.c.id == entries.c.payment_id).where(~same)):
        yield f"entry {entry} of drawer {drawer} is not what its cashier took while it was open"


def _refunds(connection: Connection) -> Iterator[str]:
    mine = select(entries.c.id, entries.c.drawer_id).join(drawers, drawers.c.id == entries.c.drawer_id)
    joined = mine.join(refunds, refunds.c.id == entries.c.refund_id)
    same = and_(refunds.c.by == drawers.c.cashier, refunds.c.piastres == -entries.c.piastres, refunds.c.done_at >= drawers.c.opened_at)
    for entry, drawer in connection.execute(joined.where(~same)):
        yield f"entry {entry} of drawer {drawer} is not what its cashier gave back"


def _past(connection: Connection) -> Iterator[str]:
    """Money that a cashier took while their drawer was open, and that did not come into it."""
    during = and_(
        drawers.c.authority == payments.c.authority,
        drawers.c.cashier == payments.c.by,
        payments.c.at > drawers.c.opened_at,
        or_(drawers.c.counted_at.is_(None), payments.c.at < drawers.c.counted_at),
    )
    outside = (
        select(payments.c.id, func.min(drawers.c.id))
        .join(drawers, during)
        .join(entries, entries.c.payment_id == payments.c.id, isouter=True)
    )
    outside = outside.where(entries.c.id.is_(None), payments.c.method != "provider").group_by(payments.c.id)
    for payment, drawer in connection.execute(outside):
        yield f"payment {payment} did not come into drawer {drawer}, which was open"


def _slips(connection: Connection) -> Iterator[str]:
    key, serial = (drawers.c.authority, drawers.c.deposit_year), drawers.c.deposit_serial
    numbered = select(*key, func.count(), func.min(serial), func.max(serial)).where(serial.is_not(None)).group_by(*key)
    given = {(authority, year): (many, first, last) for authority, year, many, first, last in connection.execute(numbered)}
    for row in connection.execute(select(deposits)):
        found = given.pop((row.authority, row.year), (0, 1, 0))
        among = drawers.c.authority == row.authority, drawers.c.deposit_year == row.year
        left = gaps.left_out(connection, "deposit", serial, *among, key=(row.authority, row.year), used=row.used)
        if not gaps.agree(found, left, row.used):
            yield f"deposit slips of {row.authority} in {row.year}: {row.used} were given, and others are there"
    for authority, year in given:
        yield f"deposit slips of {authority} in {year} that nobody counted"
