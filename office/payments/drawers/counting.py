"""Opening a drawer with a counted float, counting it at the end, and closing it with a second name.

A count is never changed: whoever counts again adds another one, and all of them stay on the slip. What differs is kept with a reason.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from issuer.errors import IssuerError
from issuer.intake import texts
from seal import days
from storage import counters
from storage.locks import lock_name

from . import moving
from .denominations import Pieces, total
from .records import Drawer, Tally, of_id, tallies_of
from .tables import deposits, drawers, pieces, tallies

ATTEMPTS_MAX = 9  # counts of one drawer
REASON_MAX = 300


def open_(connection: Connection, *, authority: str, cashier: str, name: str, float_: Pieces, now: int) -> int:
    """Open a cashier's drawer at an authority with a float that they counted, and return its id; it takes money on this day alone.

    Raises IssuerError `drawer_open` (theirs is not closed yet), `pieces_invalid`.
    """
    lock_name(connection, f"drawer/{authority}/{cashier}")  # two at once: the second finds the first one's
    if moving.own(connection, authority, cashier) is not None:
        raise IssuerError("drawer_open")
    row = {"authority": authority, "cashier": cashier, "cashier_name": name, "day": days.day_of(now).isoformat()}
    made = connection.execute(drawers.insert().values(**row, state="open", opened_at=now).returning(drawers.c.id))
    drawer_id = int(made.scalar_one())
    _keep(connection, {"drawer_id": drawer_id, "attempt": 0, "by": cashier, "at": now}, float_)
    return drawer_id


def count(connection: Connection, drawer_id: int, *, cash: Pieces, card: int, by: str, now: int) -> Tally:
    """Keep a count of a drawer against what is expected, and return it. From the first one on nothing comes or goes.

    `card` is what the card machine's slip says. Raises IssuerError `drawer_unknown`, `drawer_closed`, `drawer_counts_most`,
    `pieces_invalid`, `card_invalid`.
    """
    drawer = standing(connection, drawer_id)
    if type(card) is not int or not 0 <= card < 10**12:
        raise IssuerError("card_invalid")
    attempt = int(connection.scalar(select(func.max(tallies.c.attempt)).where(tallies.c.drawer_id == drawer_id)) or 0) + 1
    if attempt > ATTEMPTS_MAX:
        raise IssuerError("drawer_counts_most")
    expected = moving.sums(connection, drawer_id)
    row = {"drawer_id": drawer_id, "attempt": attempt, "by": by, "at": now, "card": card}
    _keep(connection, row | {"cash_expected": expected.cash, "card_expected": expected.card}, cash)
    # What was said of the count before is not said of this one.
    counted = {"state": "counted", "counted_at": drawer.counted_at or now, "reason": None}
    connection.execute(update(drawers).where(drawers.c.id == drawer_id).values(**counted))
    return tallies_of(connection, drawer_id)[-1]


def explain(connection: Connection, drawer_id: int, *, tally: int, reason: str) -> None:
    """Keep why the last count, which must still be `tally`, differs. It changes no sum.

    Raises IssuerError `drawer_unknown`, `drawer_closed`, `drawer_not_counted`, `changed_meanwhile`, `reason_missing`, `field_too_long`.
    """
    last = _last(connection, standing(connection, drawer_id), tally)
    written = texts.tidy(reason[: texts.RAW_MAX])
    if not written:
        raise IssuerError("reason_missing")
    if len(written) > REASON_MAX:
        raise IssuerError("field_too_long")
    connection.execute(update(drawers).where(drawers.c.id == last.drawer_id).values(reason=written))


def close(connection: Connection, drawer_id: int, *, tally: int, witness: str, name: str, now: int) -> Drawer:
    """Close a drawer with the second name of whoever saw the count `tally`, and return it; its deposit has the next slip's number.

    Raises IssuerError `drawer_unknown`, `drawer_closed`, `drawer_not_counted`, `drawer_same_person`, `changed_meanwhile` (it was counted
    again), `drawer_unexplained` (it differs, and nobody said why).
    """
    drawer = standing(connection, drawer_id)
    last = _last(connection, drawer, tally)
    if witness in (drawer.cashier, last.by) or texts.skeleton(name) == texts.skeleton(drawer.cashier_name):
        raise IssuerError("drawer_same_person")
    if not last.agrees and not drawer.reason:
        raise IssuerError("drawer_unexplained")
    begun = tallies_of(connection, drawer_id)[0]
    deposit = max(0, last.cash - begun.cash)
    closed = {"state": "closed", "closed_at": now, "witness": witness, "witness_name": name, "deposit": deposit}
    if deposit:
        year = days.day_of(now).year
        serial = counters.take(connection, deposits, authority=drawer.authority, year=year)
        closed |= {"deposit_year": year, "deposit_serial": serial}
    connection.execute(update(drawers).where(drawers.c.id == drawer_id).values(**closed))
    return show(connection, drawer_id)


def show(connection: Connection, drawer_id: int) -> Drawer:
    """Return a drawer. Raises IssuerError `drawer_unknown`."""
    drawer = of_id(connection, drawer_id)
    if drawer is None:
        raise IssuerError("drawer_unknown")
    return drawer


def standing(connection: Connection, drawer_id: int) -> Drawer:
    """Return a drawer that is not closed, locked until the transaction ends. Raises IssuerError `drawer_unknown`, `drawer_closed`."""
    drawer = of_id(connection, drawer_id, locked=True)
    if drawer is None:
        raise IssuerError("drawer_unknown")
    if drawer.state == "closed":
        raise IssuerError("drawer_closed")
    return drawer


def _last(connection: Connection, drawer: Drawer, tally: int) -> Tally:
    """Return the newest count, if it is still the one that somebody looked at."""
    if drawer.state != "counted":
        raise IssuerError("drawer_not_counted")
    last = tallies_of(connection, drawer.id)[-1]
    if last.id != tally:
        raise IssuerError("changed_meanwhile")
    return last


def _keep(connection: Connection, row: dict[str, object], counted: Pieces) -> None:
    made = connection.execute(tallies.insert().values(**row, cash=total(counted)).returning(tallies.c.id))
    tally_id = int(made.scalar_one())
    for denomination, many in sorted(counted.items(), reverse=True):
        if many:
            connection.execute(pieces.insert().values(tally_id=tally_id, denomination=denomination, many=many))
