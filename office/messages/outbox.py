"""The outbox: what is to be sent, kept in the transaction of what it tells about, so that neither is there without the other.

State is where a message stands. Nobody sends here: see sender.py, and leases.py for what a sender may change.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import Connection, Row, Select, select, update

from issuer.errors import IssuerError
from office import mobiles
from storage.among import among_named, given
from storage.once import insert_once

from . import parts
from .tables import messages

State = Literal[
    "waiting",  # to be sent, again perhaps
    "sent",  # the provider took every part; no receipt has decided yet
    "delivered",  # the network says that the phone has every part
    "failed",  # the network says that a part will not arrive
    "given_up",  # no provider took it, as often as it was tried
    "expired",  # it was of no use any more before it was sent
]
STATES: tuple[State, ...] = get_args(State)
EVENT_MAX = 96
_RESENDABLE = frozenset({"sent", "failed", "given_up"})  # "sent": where the receipt never came, a person may decide


class Message(NamedTuple):
    """A message as a manager may see it. `text` and `recipient` (E.164) are empty once forgotten; times are seconds since 1970 UTC."""

    id: int
    event: str
    recipient: str
    text: str
    parts: int
    state: State
    round: int
    attempts: int
    due: int
    error: str | None
    enqueued_at: int
    changed_at: int
    position: int | None = None  # of the seal that it tells of, in the log

    def waits_for_log(self, logged: int | None) -> bool:
        """Say whether it is held back, with the first `logged` seals in the log; None where there is no log."""
        return self.state == "waiting" and logged is not None and self.position is not None and self.position >= logged


def enqueue(
    connection: Connection,
    *,
    event: str,
    to: str,
    text: str,
    now: int,
    urgent: bool = False,
    expires: int | None = None,
    position: int | None = None,
) -> bool:
    """Put a message into the outbox, in the caller's transaction. Return False if one for this `event` is there already.

    `to` is E.164. An `urgent` one goes before all others. After `expires` it is not sent any more, and its text is forgotten once it was.
    With the `position` of a seal it waits until that is in the log.
    Raises IssuerError `mobile_invalid`, `message_too_long`; ValueError for an event that is empty or too long.
    """
    if not 0 < len(event) <= EVENT_MAX:
        raise ValueError("an event is 1 to 96 characters")
    if not mobiles.is_e164(to):
        raise IssuerError("mobile_invalid")
    count = len(parts.split(text).texts)
    if not text or count > parts.LONGEST:
        raise IssuerError("message_too_long")
    row = {
        **{"event": event, "recipient": to, "text": text, "parts": count, "rank": 0 if urgent else 1, "expires": expires},
        **{"state": "waiting", "round": 0, "attempts": 0, "due": now, "enqueued_at": now, "changed_at": now},
        "position": position,
    }
    return insert_once(connection, messages, row)


def resend(connection: Connection, message_id: int, *, now: int, to: str | None = None) -> None:
    """Send a message once more from the beginning, `to` another number perhaps (E.164): what failed, was given up, or got no receipt.

    Raises IssuerError `message_unknown`, `message_not_resendable`, `message_forgotten`, `mobile_invalid`.
    """
    row = connection.execute(select(messages).where(messages.c.id == message_id).with_for_update()).first()
    if row is None:
        raise IssuerError("message_unknown", str(message_id))
    if row.state not in _RESENDABLE:
        raise IssuerError("message_not_resendable", row.state)
    if not row.text:
        raise IssuerError("message_forgotten")
    if to is not None and not mobiles.is_e164(to):
        raise IssuerError("mobile_invalid")
    again = {"state": "waiting", "round": row.round + 1, "attempts": 0, "due": now, "lease": None, "error": None, "changed_at": now}
    connection.execute(update(messages).where(messages.c.id == message_id).values(again | {"recipient": to or row.recipient}))


def of_event(connection: Connection, event: str) -> Message | None:
    """Return the message for `event`, if there is one."""
    row = connection.execute(_messages().where(messages.c.event == event)).first()
    return _message(row) if row else None


def newest(connection: Connection, events: Collection[str]) -> Message | None:
    """Return the newest message for one of `events`, if there is one."""
    row = connection.execute(_newest(connection.dialect.name), {"events": given(connection, events)}).first()
    return _message(row) if row else None


@cache
def _newest(dialect: str) -> Select[Any]:
    """Return the question for the newest message of some events; built once, as in storage/asked.py."""
    return _messages().where(among_named(dialect, messages.c.event, "events")).order_by(messages.c.id.desc()).limit(1)


def search(
    connection: Connection, *, states: Collection[State] = STATES, limit: int = 100, before_id: int | None = None
) -> tuple[Message, ...]:
    """Return at most `limit` messages in one of `states`, the newest first; the next page is `before_id` the last one's."""
    query = _messages().where(messages.c.state.in_(states)).order_by(messages.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(messages.c.id < before_id)
    return tuple(map(_message, connection.execute(query)))


def expire(connection: Connection, *, now: int) -> int:
    """Give up what is of no use any more, and forget it. Return how many messages that were."""
    late = (messages.c.state == "waiting") & (messages.c.expires <= now)
    gone = {"state": "expired", "recipient": "", "text": "", "lease": None, "changed_at": now}
    return connection.execute(update(messages).where(late).values(gone)).rowcount


def forget(connection: Connection, *, now: int, kept: int) -> int:
    """Blank number and text of what has not changed for `kept` seconds, unless it waits; then nobody can send it again.

    How long that is says one setting alone, that of `khatm office work` (office.applications.retention). Return how many messages it was.
    """
    old = (messages.c.state != "waiting") & (messages.c.changed_at < now - kept) & (messages.c.text != "")
    return connection.execute(update(messages).where(old).values(recipient="", text="")).rowcount


def _messages() -> Select[Any]:
    return select(*(messages.c[name] for name in Message._fields))


def _message(row: Row[Any]) -> Message:
    return Message._make(row)
