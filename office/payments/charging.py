"""Charges at the provider. Our reference is chosen and kept before the provider hears of it: killed at any moment, the next attempt
asks for the same charge again, and a bill never has two that can be paid.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, select, update

from issuer.errors import IssuerError

from . import bills
from .ledger import Charge, LockedBill
from .provider import ChargeRequest, Order, Payer, Provider, RefusedError, UnavailableError
from .settlement import LIVE
from .tables import bills as bills_
from .tables import charges

VALID_SECONDS = 72 * 3600
LEAST_SECONDS = 600  # a charge about to end is not handed out
FIRST_POLL_SECONDS = 60
DESCRIPTION = "رسوم ترخيص"  # what the payer reads: license fees; nobody's name


def authorities(connection: Connection, references: Iterable[str]) -> dict[str, str]:
    """Return whose bill each of our references asks to be paid; one that is not ours is not there."""
    whose = select(charges.c.reference, bills_.c.authority).join(bills_, bills_.c.id == charges.c.bill_id)
    return {row.reference: row.authority for row in connection.execute(whose.where(charges.c.reference.in_(set(references))))}


def start(
    engine: Engine, provider: Provider, bill_id: int, *, payer: Payer, now: int, valid_seconds: int = VALID_SECONDS
) -> Charge:
    """Return the charge of an open bill, made at the provider if there is none yet. Not to be called inside a transaction.

    Raises IssuerError `bill_unknown`, `bill_not_open`, `charge_refused` (with the provider's code), `provider_unavailable`: then
    trying again goes on where it stopped.
    """
    with engine.begin() as connection:
        chosen = _choose(connection, bill_id, provider.name, now=now, valid_seconds=valid_seconds)
    if chosen.state != "chosen":
        return chosen
    request = ChargeRequest(chosen.reference, chosen.piastres, chosen.expires_at, DESCRIPTION, payer)
    try:
        provider_reference = _ask(provider, request)
    except RefusedError as error:
        with engine.begin() as connection:
            give_up(connection, chosen.reference)
        raise IssuerError("charge_refused", error.code) from error
    except UnavailableError as error:
        raise IssuerError("provider_unavailable", error.code) from error
    with engine.begin() as connection:
        adopted = _adopt(connection, chosen, provider_reference, now=now)
    if adopted.state == "withdrawn":
        raise IssuerError("bill_not_open")
    return adopted


def of_bill(connection: Connection, bill_id: int) -> Charge | None:
    """Return the newest charge of a bill."""
    row = connection.execute(select(charges).where(charges.c.bill_id == bill_id).order_by(charges.c.id.desc()).limit(1)).first()
    return Charge.of(row) if row is not None else None


def take_over(connection: Connection, bill: LockedBill, *, provider: str, reference: str, now: int) -> None:
    """Let a reference that the provider knows, and that was lost here, be the charge of an open bill; the worker asks about it at once.

    A charge of the bill that can still be paid is not handed out any more; money that comes for it goes back by itself.
    """
    live = charges.c.bill_id == bill.id, charges.c.state.in_(LIVE)
    connection.execute(update(charges).where(*live).values(state="expired", poll_at=now))
    row = {"bill_id": bill.id, "provider": provider, "reference": reference, "piastres": bill.piastres, "state": "pending"}
    times = {"created_at": now, "expires_at": now + VALID_SECONDS, "polls": 0, "poll_at": now}
    connection.execute(charges.insert().values(**row, **times))


def give_up(connection: Connection, reference: str) -> None:
    """End a charge that the provider has never taken: nobody was given a number to pay by."""
    never = charges.c.reference == reference, charges.c.provider_reference.is_(None), charges.c.state != "paid"
    connection.execute(update(charges).where(*never).values(state="refused", poll_at=None))


def _choose(connection: Connection, bill_id: int, provider: str, *, now: int, valid_seconds: int) -> Charge:
    """Return the live charge of an open bill; choose a new one if there is none that can still be paid."""
    bill = bills.lock(connection, bill_id)
    if bill.state != "open":
        raise IssuerError("bill_not_open", bill.state)
    live = connection.execute(select(charges).where(charges.c.bill_id == bill_id, charges.c.state.in_(LIVE))).first()
    if live is not None:
        if live.expires_at - LEAST_SECONDS > now:
            return Charge.of(live)
        # Money that was paid for it in time still counts: the worker goes on asking.
        connection.execute(update(charges).where(charges.c.id == live.id).values(state="expired", poll_at=now))
    row = {
        "bill_id": bill_id,
        "provider": provider,
        # Of one length, and it begins with what neither number has: what is signed has no separators (see fawry_messages).
        "reference": f"KH{secrets.token_hex(12).upper()}",
        "piastres": bill.piastres,
        "state": "chosen",
        "created_at": now,
        "expires_at": now + valid_seconds,
        "polls": 0,
        "poll_at": now + FIRST_POLL_SECONDS,
    }
    return Charge.of(connection.execute(charges.insert().values(row).returning(*charges.c)).one())


def _ask(provider: Provider, request: ChargeRequest) -> str:
    """Return the provider's reference, whether the charge is made now or was made by somebody who did not live to keep it."""
    try:
        return provider.charge(request)
    except RefusedError:
        order = provider.status(request.reference)
        if order is None or not _same(order, request):
            raise
        return order.provider_reference


def _same(order: Order, request: ChargeRequest) -> bool:
    return (order.reference, order.piastres) == (request.reference, request.piastres)


def _adopt(connection: Connection, chosen: Charge, provider_reference: str, *, now: int) -> Charge:
    """Keep the provider's reference; a bill that was closed meanwhile wants no charge any more."""
    bill = bills.lock(connection, chosen.bill_id)
    mine = charges.c.reference == chosen.reference
    values: dict[str, object] = {"provider_reference": provider_reference}
    state = connection.scalar(select(charges.c.state).where(mine))
    if state in ("chosen", "refused"):  # refused: the worker gave it up while we were asking
        others = charges.c.bill_id == bill.id, charges.c.state.in_(LIVE), charges.c.reference != chosen.reference
        wanted = bill.state == "open" and connection.scalar(select(charges.c.id).where(*others)) is None
        values |= {"state": "pending", "poll_at": now + FIRST_POLL_SECONDS} if wanted else {"state": "withdrawn", "poll_at": now}
    return Charge.of(connection.execute(update(charges).where(mine).values(**values).returning(*charges.c)).one())
