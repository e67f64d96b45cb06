"""What the network said about what was sent. A receipt may come twice, late, in any order, or before the part's name is noted."""

from __future__ import annotations

from sqlalchemy import Connection, and_, select, update

from .once import alone, insert_once
from .providers import Receipt
from .tables import messages, parts, receipts

NO_RECEIPT_SECONDS = 3 * 86_400  # then none will come: networks try for two days
_ERROR_MAX = 16


def keep(connection: Connection, provider: str, receipt: Receipt, *, now: int) -> None:
    """Keep a receipt and let it decide, now or once the part is noted. A second one of the same kind changes nothing."""
    naming(connection, provider, receipt.provider_id)
    row = {"provider": provider, "provider_id": receipt.provider_id, "outcome": receipt.outcome, "error": receipt.error[:_ERROR_MAX]}
    insert_once(connection, receipts, row | {"at": now})
    about = and_(parts.c.provider == provider, parts.c.provider_id == receipt.provider_id)
    for message_id in connection.scalars(select(parts.c.message_id).where(about).distinct()).all():
        settle(connection, message_id, now=now)


def naming(connection: Connection, provider: str, provider_id: str) -> None:
    """Let a receipt and the note of the part it is about wait for each other: at once, neither would see the other."""
    alone(connection, f"{provider}/{provider_id}")


def settle(connection: Connection, message_id: int, *, now: int) -> None:
    """Let the receipts of the message's parts decide: delivered once all are, failed if one is not. "Delivered" outweighs "failed".

    Only the parts of the round that was sent last count, and nothing while it still waits.
    """
    # Two receipts for two parts may come at once, to two senders: the second waits here and sees the first.
    row = connection.execute(select(messages).where(messages.c.id == message_id).with_for_update()).one()
    if row.state not in ("sent", "failed"):
        return
    said = and_(receipts.c.provider == parts.c.provider, receipts.c.provider_id == parts.c.provider_id)
    mine = and_(parts.c.message_id == message_id, parts.c.round == row.round)
    outcomes: dict[int, set[tuple[str | None, str | None]]] = {}
    for part in connection.execute(select(parts.c.id, receipts.c.outcome, receipts.c.error).outerjoin(receipts, said).where(mine)):
        outcomes.setdefault(part.id, set()).add((part.outcome, part.error))
    lost = ""
    open_ = False
    for part_id, told in outcomes.items():
        kinds = {outcome for outcome, _ in told}
        if "delivered" in kinds:
            _mark(connection, part_id, delivered=True)
        elif "failed" in kinds:
            _mark(connection, part_id, delivered=False)
            lost = next(f"network_{error}" if error else "network" for outcome, error in told if outcome == "failed")
        else:
            open_ = True
    state = "failed" if lost else row.state if open_ else "delivered"
    if state != row.state:
        connection.execute(
            update(messages).where(messages.c.id == message_id).values(state=state, error=lost or None, changed_at=now)
        )


def _mark(connection: Connection, part_id: int, *, delivered: bool) -> None:
    connection.execute(update(parts).where(parts.c.id == part_id).values(delivered=delivered))
