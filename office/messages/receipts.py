"""What the network said about what was sent. A receipt may come twice, late, in any order, or before the part's name is noted.

A provider's names come again some day: it counts from the beginning, or the office goes to another provider. So a receipt is about a part
only if it came within days of it, and only if no other part of those days has the same name: what cannot be told apart is left open.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from seal import days
from storage.insertion import insert
from storage.locks import lock_name
from storage.once import insert_or_renew

from .providers import Receipt
from .tables import messages, parts, receipts, unread

NO_RECEIPT_SECONDS = 3 * 86_400  # then none will come: networks try for two days
LATEST_SECONDS = 7 * 86_400  # from a part to its receipt: an outage of the provider may hold receipts up
EARLIEST_SECONDS = 900  # before its note: a database that is busy may hold that up, and two machines' clocks differ
_ERROR_MAX = 16


def keep(connection: Connection, provider: str, receipt: Receipt, *, now: int) -> None:
    """Keep a receipt and let it decide, now or once the part is noted. A second one of the same kind changes nothing."""
    naming(connection, provider, receipt.provider_id)
    row = {"provider": provider, "provider_id": receipt.provider_id, "outcome": receipt.outcome, "error": receipt.error[:_ERROR_MAX]}
    # One of last month was about another part of that name, and has decided that.
    insert_or_renew(connection, receipts, row | {"at": now}, old=receipts.c.at < now - LATEST_SECONDS)
    about = and_(parts.c.provider == provider, parts.c.provider_id == receipt.provider_id, parts.c.sent_at >= now - LATEST_SECONDS)
    for message_id in connection.scalars(select(parts.c.message_id).where(about).distinct()).all():
        settle(connection, message_id, now=now)


def count_unread(connection: Connection, provider: str, reason: str, *, now: int) -> None:
    """Count a receipt that was not understood: how many there are shows whether the settings fit, and nothing of it is kept."""
    row = {"provider": provider, "day": days.day_of(now), "reason": reason, "number": 1}
    once_more = (
        insert(connection, unread)
        .values(row)
        .on_conflict_do_update(index_elements=list(unread.primary_key.columns), set_={"number": unread.c.number + 1})
    )
    connection.execute(once_more)


def not_understood(connection: Connection, day: date) -> dict[str, int]:
    """Return how many receipts of a day of Cairo were not understood, by what was not."""
    query = select(unread.c.reason, func.sum(unread.c.number)).where(unread.c.day == day).group_by(unread.c.reason)
    return {reason: int(number) for reason, number in connection.execute(query)}


def naming(connection: Connection, provider: str, provider_id: str) -> None:
    """Let a receipt and the note of the part it is about wait for each other: at once, neither would see the other."""
    lock_name(connection, f"{provider}/{provider_id}")


def about_nothing(connection: Connection, first: int, end: int) -> int:
    """Return how many receipts of [first, end) are about no part that can be told."""
    told = select(parts.c.id).where(_said()).exists()
    of_then = receipts.c.at.between(first, end - 1)
    return connection.scalar(select(func.count()).select_from(receipts).where(of_then, ~told)) or 0


def settle(connection: Connection, message_id: int, *, now: int) -> None:
    """Let the receipts of the message's parts decide: delivered once all are, failed if one is not. "Delivered" outweighs "failed".

    Only the parts of the round that was sent last count, and nothing while it still waits.
    """
    # Two receipts for two parts may come at once, to two senders: the second waits here and sees the first.
    row = connection.execute(select(messages).where(messages.c.id == message_id).with_for_update()).one()
    if row.state not in ("sent", "failed"):
        return
    mine = and_(parts.c.message_id == message_id, parts.c.round == row.round)
    columns = (parts.c.id, parts.c.delivered, receipts.c.outcome, receipts.c.error)
    outcomes: dict[int, set[str | None]] = {}
    errors: dict[int, str] = {}
    for part in connection.execute(select(*columns).select_from(parts).outerjoin(receipts, _said()).where(mine)):
        before = {True: "delivered", False: "failed"}.get(part.delivered)  # it stays so, though the receipt's name was given again
        outcomes.setdefault(part.id, set()).update((part.outcome, before))
        if part.outcome == "failed" and part.error:
            errors[part.id] = part.error
    lost, open_ = "", False
    for part_id, kinds in outcomes.items():
        if "delivered" in kinds:
            _mark(connection, part_id, delivered=True)
        elif "failed" in kinds:
            _mark(connection, part_id, delivered=False)
            lost = f"network_{errors[part_id]}" if part_id in errors else "network"
        else:
            open_ = True
    state = "failed" if lost else row.state if open_ else "delivered"
    if state != row.state:
        connection.execute(update(messages).where(messages.c.id == message_id).values(state=state, error=lost or None, changed_at=now))


def _said() -> ColumnElement[bool]:
    """Return what holds of a part and a receipt that is about it and about no other part."""
    other = parts.alias("other")
    same = and_(other.c.provider == receipts.c.provider, other.c.provider_id == receipts.c.provider_id, other.c.id != parts.c.id)
    another = select(other.c.id).where(same, _in_time(other.c.sent_at)).correlate(receipts, parts).exists()
    return and_(receipts.c.provider == parts.c.provider, receipts.c.provider_id == parts.c.provider_id, _in_time(parts.c.sent_at), ~another)


def _in_time(sent_at: ColumnElement[int]) -> ColumnElement[bool]:
    return receipts.c.at.between(sent_at - EARLIEST_SECONDS, sent_at + LATEST_SECONDS)


def _mark(connection: Connection, part_id: int, *, delivered: bool) -> None:
    connection.execute(update(parts).where(parts.c.id == part_id).values(delivered=delivered))
