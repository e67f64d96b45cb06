"""Asking the provider what nobody told us: charges whose notification is late, lost or never sent, and those to be withdrawn."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, Engine, func, select, update

from storage.database import reading

from . import charging, notifications
from .ledger import Charge
from .provider import Order, Provider, RefusedError, UnavailableError
from .settlement import GRACE_SECONDS, Settled, bring_in
from .tables import charges

SLOWEST_SECONDS = 3600
UNTAKEN_SECONDS = 900  # a charge that the provider does not know by then never reached it
GIVE_UP_SECONDS = 7 * 86_400  # after its end; the daily file would tell of anything later
_UNAVAILABLE_IN_A_ROW = 3


def poll(engine: Engine, provider: Provider, *, settled: Settled, now: int, limit: int = 100) -> Counter[str]:
    """Ask about every charge whose time has come and bring the answers into the books; count the outcomes.

    It ends early when the provider does not answer. Database errors pass through.
    """
    outcomes: Counter[str] = Counter()
    silent = 0
    with reading(engine) as connection:
        due = charges.c.provider == provider.name, charges.c.poll_at <= now
        ids = connection.scalars(select(charges.c.id).where(*due).order_by(charges.c.poll_at, charges.c.id).limit(limit)).all()
    for charge_id in ids:
        with engine.begin() as connection:
            charge = _take(connection, charge_id, now=now)
        if charge is None:
            continue
        outcome = _ask(engine, provider, charge, settled=settled, now=now)
        outcomes[outcome] += 1
        silent = silent + 1 if outcome == "unavailable" else 0
        if silent == _UNAVAILABLE_IN_A_ROW:
            break
    return outcomes


def waiting(engine: Engine, *, now: int) -> int:
    """Return how many charges' time to be asked about has come."""
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).where(charges.c.poll_at <= now)) or 0


def _take(connection: Connection, charge_id: int, *, now: int) -> Charge | None:
    """Note when to ask again, and return the charge; None where another worker has just asked."""
    charge = Charge.of(connection.execute(select(charges).where(charges.c.id == charge_id).with_for_update()).one())
    if charge.poll_at is None or charge.poll_at > now:
        return None
    wait = min(charging.FIRST_POLL_SECONDS << min(charge.polls, 10), SLOWEST_SECONDS)
    next_at = now + wait if now < charge.expires_at + GIVE_UP_SECONDS else None
    connection.execute(update(charges).where(charges.c.id == charge_id).values(polls=charge.polls + 1, poll_at=next_at))
    return charge


def _ask(engine: Engine, provider: Provider, charge: Charge, *, settled: Settled, now: int) -> str:
    # Nobody may pay any more what is withdrawn or over; whether somebody did before, the status says.
    over = now > charge.expires_at + GRACE_SECONDS
    try:
        if charge.provider_reference is not None and (charge.state == "withdrawn" or over):
            _cancel(provider, charge.provider_reference)
        order = provider.status(charge.reference)
    except UnavailableError:
        return "unavailable"
    except RefusedError:
        return "refused"
    with engine.begin() as connection:
        if order is None:
            return _untaken(connection, charge, now=now)
        outcome = bring_in(connection, order, provider=provider.name, settled=settled, now=now)
        notifications.keep_answer(connection, provider.name, order, outcome, now=now)
        if over:
            _expire(connection, charge, order)
    return outcome


def _cancel(provider: Provider, provider_reference: str) -> None:
    try:
        provider.cancel(provider_reference)
    except RefusedError:
        return  # paid, cancelled or expired before: the status says which


def _untaken(connection: Connection, charge: Charge, *, now: int) -> str:
    """Give a charge up that the provider never heard of, once it cannot be on its way any more."""
    if charge.provider_reference is None and now > charge.created_at + UNTAKEN_SECONDS:
        charging.give_up(connection, charge.reference)
        return "given_up"
    return "unknown"


def _expire(connection: Connection, charge: Charge, order: Order) -> None:
    if order.status == "new":
        live = charges.c.id == charge.id, charges.c.state.in_(("chosen", "pending"))
        connection.execute(update(charges).where(*live).values(state="expired"))
