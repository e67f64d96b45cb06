"""The daily report of messages: what was to be sent on a day and what became of it, what providers will charge for, what is stuck."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from seal import days

from . import receipts
from .outbox import STATES, State
from .providers import WHOLE
from .receipts import NO_RECEIPT_SECONDS
from .tables import messages, parts


class Daily(NamedTuple):
    """One day of Cairo. `messages` were put into the outbox on that day, by what became of them so far; `no_receipt` of those are sent but
    were never confirmed. `parts` were handed over on that day, by provider: what it charges, also where it splits texts itself. `strange`
    receipts came on that day about no part that can be told: `unread` ones were not understood, by what of
    them: many of either mean that the provider's settings do not fit it. `waiting` and `oldest_seconds` are of now.
    """

    day: date
    messages: Mapping[State, int]
    no_receipt: int
    parts: Mapping[str, int]
    strange: int
    unread: Mapping[str, int]
    waiting: int
    oldest_seconds: int


def held(connection: Connection, logged: int | None) -> int:
    """Return how many messages tell of a seal that is not among the first `logged` of the log (None: there is no log)."""
    if logged is None:
        return 0
    later = (messages.c.state == "waiting") & (messages.c.position >= logged)
    return connection.scalar(select(func.count()).select_from(messages).where(later)) or 0


def daily(connection: Connection, day: date, *, now: int) -> Daily:
    """Return the report of `day`, as it stands at `now` (seconds since 1970 UTC)."""
    first, end = days.start_of(day), days.exp_of(day)
    that_day = messages.c.enqueued_at.between(first, end - 1)
    by_state: dict[State, int] = dict.fromkeys(STATES, 0)
    for state, count in connection.execute(select(messages.c.state, func.count()).where(that_day).group_by(messages.c.state)):
        by_state[state] = count
    silent = that_day & (messages.c.state == "sent") & (messages.c.changed_at <= now - NO_RECEIPT_SECONDS)
    each = case((parts.c.number == WHOLE, messages.c.parts), else_=1)
    handed_over = select(parts.c.provider, func.sum(each)).join(messages).where(parts.c.sent_at.between(first, end - 1))
    waits = waiting(connection, now=now)
    return Daily(
        day=day,
        messages=by_state,
        no_receipt=connection.scalar(select(func.count()).select_from(messages).where(silent)) or 0,
        parts={provider: int(count) for provider, count in connection.execute(handed_over.group_by(parts.c.provider))},
        strange=receipts.about_nothing(connection, first, end),
        unread=receipts.not_understood(connection, day),
        waiting=waits.number,
        oldest_seconds=waits.oldest_seconds,
    )


class Waiting(NamedTuple):
    """How many messages wait to be sent, and for how long the oldest of them has."""

    number: int
    oldest_seconds: int


def waiting(connection: Connection, *, now: int) -> Waiting:
    """Return what waits at `now` (seconds since 1970 UTC)."""
    count, oldest = connection.execute(select(func.count(), func.min(messages.c.enqueued_at)).where(messages.c.state == "waiting")).one()
    return Waiting(count, max(0, now - oldest) if oldest is not None else 0)
