"""What a sender may do to the outbox: take messages for a while, and note what became of them.

Taking a message moves its `due` to the end of the lease. A sender that dies gives nothing back; its messages are due again by themselves.
An attempt counts when it begins, so that a message which kills its sender does not do so for ever. Each part that a provider took is
noted at once, with the provider's name for it, and never handed over again in the same round: whoever dies between the provider's answer
and the note sends that one part twice, and no other.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from sqlalchemy import Connection, and_, or_, select, update

from storage.once import insert_once

from . import backoff
from .providers import PostponedError, RefusedError
from .receipts import naming, settle
from .tables import messages, parts

LEASE_SECONDS = 120


class Taken(NamedTuple):
    """A message in the hands of the sender `lease`, until `until` (seconds since 1970 UTC). `done` are the parts that were taken before."""

    id: int
    lease: str
    until: int
    event: str
    recipient: str
    text: str
    round: int
    attempts: int
    enqueued_at: int
    expires: int | None
    done: frozenset[int]


def take(connection: Connection, lease: str, *, limit: int, now: int, logged: int | None = 0, expired: bool = True) -> list[Taken]:
    """Take at most `limit` messages that are due, the urgent and then the oldest first. Two senders never take the same one.

    What tells of a seal stays where it is until the seal is among the first `logged` of the log; None where there is no log.
    Without `expired` so does what is of no use any more at `now`.
    """
    until = now + LEASE_SECONDS
    due = and_(messages.c.state == "waiting", messages.c.due <= now)
    if logged is not None:
        due = and_(due, or_(messages.c.position.is_(None), messages.c.position < logged))
    if not expired:
        due = and_(due, or_(messages.c.expires.is_(None), messages.c.expires > now))
    chosen = (
        select(messages.c.id)
        .where(due)
        .order_by(messages.c.rank, messages.c.due, messages.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = connection.scalars(chosen).all()
    if not ids:
        return []
    leased = {"due": until, "lease": lease, "attempts": messages.c.attempts + 1}
    connection.execute(update(messages).where(messages.c.id.in_(ids)).values(leased))
    done: dict[int, set[int]] = {}
    at_once = and_(parts.c.message_id == messages.c.id, parts.c.round == messages.c.round)
    for row in connection.execute(select(parts.c.message_id, parts.c.number).join(messages, at_once).where(messages.c.id.in_(ids))):
        done.setdefault(row.message_id, set()).add(row.number)
    rows = connection.execute(
        select(messages).where(messages.c.id.in_(ids)).order_by(messages.c.rank, messages.c.enqueued_at, messages.c.id)
    )
    return [
        Taken(
            id=row.id,
            lease=lease,
            until=until,
            event=row.event,
            recipient=row.recipient,
            text=row.text,
            round=row.round,
            attempts=row.attempts,
            enqueued_at=row.enqueued_at,
            expires=row.expires,
            done=frozenset(done.get(row.id, ())),
        )
        for row in rows
    ]


def give_back(connection: Connection, taken: Taken, *, now: int) -> None:
    """Put back a message that was not tried; it is due at once."""
    _change(connection, taken, due=now, attempts=taken.attempts - 1, lease=None)


def accepted(connection: Connection, taken: Taken, number: int, provider: str, provider_id: str, *, now: int) -> None:
    """Note that the provider took part `number`, even if the lease has run out: it was taken all the same."""
    naming(connection, provider, provider_id)
    row = {"message_id": taken.id, "round": taken.round, "number": number}
    insert_once(connection, parts, row | {"provider": provider, "provider_id": provider_id, "sent_at": now})


def sent(connection: Connection, taken: Taken, *, now: int) -> None:
    """Note that every part was taken. What is of use for a short while only is forgotten at once: a code is no one's to read later."""
    forgotten = {"text": ""} if taken.expires is not None else {}
    _change(connection, taken, state="sent", lease=None, error=None, changed_at=now, **forgotten)
    settle(connection, taken.id, now=now)  # a receipt may have been faster than this note


def failed(connection: Connection, taken: Taken, reason: RefusedError, *, now: int, chance: Random) -> None:
    """Note that a part was not taken: to be tried again later, or given up if the provider never will or it was tried often enough."""
    if not isinstance(reason, PostponedError) or taken.attempts >= backoff.MOST_ATTEMPTS:
        _change(connection, taken, state="given_up", lease=None, error=reason.code, changed_at=now)
        return
    due = now + max(reason.seconds, backoff.wait(taken.attempts, chance))
    _change(connection, taken, due=due, lease=None, error=reason.code, changed_at=now)


def _change(connection: Connection, taken: Taken, **values: object) -> None:
    """Change a message that is still in this sender's hands; one that another took meanwhile is the other's."""
    mine = and_(messages.c.id == taken.id, messages.c.lease == taken.lease, messages.c.state == "waiting")
    connection.execute(update(messages).where(mine).values(values))
