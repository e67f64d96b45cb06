"""The outbox: what is told goes in with the transaction of its event, and leaves when its endpoint said yes.

Whoever takes a message takes it for `LEASE_SECONDS`: one whose deliverer died meanwhile is due again, with the same webhook-id. So
everything arrives at least once.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update

from inspections.errors import InspectionError
from storage import due as dueness
from storage.insertion import insert

from . import endpoints as registered
from .endpoints import Endpoint
from .tables import attempts, endpoints, messages

LEASE_SECONDS = 120
#: Seconds from each attempt that failed to the next: three and a half days in all.
WAITS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
_LONGEST_SECONDS = 2 * max(WAITS)  # a wait is drawn from a range
DISABLED_AFTER_SECONDS = 5 * 86_400
KEPT_SECONDS = 30 * 86_400
PING = "ping"
GONE = 410
State = Literal["waiting", "delivered", "failed"]


class Message(NamedTuple):
    """One message to one endpoint. `next_at` (seconds since 1970 UTC) is when a waiting one is due."""

    id: int
    endpoint_id: int
    name: str
    event: str
    at: int
    body: str
    state: State
    attempts: int
    next_at: int


class Attempt(NamedTuple):
    """One attempt: the answer's status, None without one; `fault` is empty if it was delivered."""

    message_id: int
    at: int
    status: int | None
    fault: str
    milliseconds: int


def moment(seconds: int) -> str:
    """Return an instant (seconds since 1970 UTC) as events write it: RFC 3339, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def emit(
    connection: Connection, event: registered.Event, subject: str, authorities: Collection[str], told: Mapping[str, object], *, now: int
) -> None:
    """Put an event into the outbox of each endpoint that wants it, in the caller's transaction. A `subject` is told once to each."""
    for each in registered.listed(connection):
        if each.state == "active" and each.wants(event, authorities):
            _put(connection, each, event, f"{event} {subject}", told, now)


def ping(connection: Connection, endpoint: Endpoint, *, now: int) -> None:
    """Put a message into an endpoint's outbox that says nothing, to try it."""
    _put(connection, endpoint, PING, f"{PING} {secrets.token_hex(8)}", {}, now)


def _put(connection: Connection, endpoint: Endpoint, event: str, subject: str, told: Mapping[str, object], now: int) -> None:
    body = json.dumps({"type": event, "timestamp": moment(now), "data": dict(told)}, ensure_ascii=False, separators=(",", ":"))
    values = {"endpoint_id": endpoint.id, "name": f"msg_{secrets.token_urlsafe(20)}", "subject": subject, "event": event, "at": now}
    values |= {"body": body, "state": "waiting", "attempts": 0, "next_at": now}
    connection.execute(insert(connection, messages).values(values).on_conflict_do_nothing(index_elements=["endpoint_id", "subject"]))


def due(connection: Connection, *, now: int) -> list[int]:
    """Return the active endpoints for which something is due."""
    table = messages.c
    waiting = select(table.id).where(table.endpoint_id == endpoints.c.id, table.state == "waiting", _is_due(now)).exists()
    return list(connection.scalars(select(endpoints.c.id).where(endpoints.c.state == "active", waiting).order_by(endpoints.c.id)))


def waiting(connection: Connection, *, now: int) -> int:
    """Return how many messages are due to active endpoints."""
    table = messages.c
    active = select(endpoints.c.id).where(endpoints.c.state == "active")
    found = select(func.count()).where(table.state == "waiting", _is_due(now), table.endpoint_id.in_(active))
    return connection.scalar(found) or 0


def take(connection: Connection, endpoint_id: int, *, now: int) -> Message | None:
    """Take what is due to an endpoint for longest, so that nobody else sends it meanwhile; None if there is nothing, or another took it."""
    table = messages.c
    query = select(messages).where(table.endpoint_id == endpoint_id, table.state == "waiting", _is_due(now))
    row = connection.execute(query.order_by(table.next_at, table.id).limit(1)).first()
    if row is None:
        return None
    mine = table.id == row.id, table.state == "waiting", table.next_at == row.next_at
    taken = connection.execute(update(messages).where(*mine).values(next_at=now + LEASE_SECONDS)).rowcount == 1
    return _message(row) if taken else None


def _is_due(now: int) -> ColumnElement[bool]:
    return dueness.due(messages.c.next_at, now=now, longest=_LONGEST_SECONDS)


def settle(
    connection: Connection,
    message: Message,
    status: int | None,
    fault: str,
    milliseconds: int,
    *,
    wait: int,
    now: int,
    sure: Callable[[int], bool],
) -> State:
    """Write an attempt down, and what becomes of the message. `wait` are the seconds to the next attempt of one that failed.

    `sure`: whether `now` may disable an endpoint for having failed long.
    """
    connection.execute(attempts.insert().values(message_id=message.id, at=now, status=status, fault=fault, milliseconds=milliseconds))
    made = message.attempts + 1
    state: State = "delivered" if not fault else "failed" if made > len(WAITS) else "waiting"
    values = {"state": state, "attempts": made, "next_at": now + wait}
    connection.execute(update(messages).where(messages.c.id == message.id).values(values))
    _judge(connection, message.endpoint_id, status, fault, now, sure)
    return state


def _judge(connection: Connection, endpoint_id: int, status: int | None, fault: str, now: int, sure: Callable[[int], bool]) -> None:
    """Write down whether an endpoint works; one that said it is gone, or has failed for days, gets nothing more until a person looked."""
    mine = endpoints.c.id == endpoint_id
    if not fault:
        connection.execute(update(endpoints).where(mine, endpoints.c.failing_since.is_not(None)).values(failing_since=None))
        return
    connection.execute(update(endpoints).where(mine, endpoints.c.failing_since.is_(None)).values(failing_since=now))
    endpoint = registered.one(connection, endpoint_id)
    since = now if endpoint.failing_since is None else endpoint.failing_since
    if status == GONE or (now - since >= DISABLED_AFTER_SECONDS and sure(now)):
        registered.set_state(connection, endpoint, "disabled", by="delivery", now=now)


def again(connection: Connection, endpoint: Endpoint, message_id: int, *, now: int) -> None:
    """Make a message due again now, under its own webhook-id. Raises InspectionError `hook_message_unknown`."""
    mine = messages.c.id == message_id, messages.c.endpoint_id == endpoint.id
    if connection.execute(update(messages).where(*mine).values(state="waiting", attempts=0, next_at=now)).rowcount != 1:
        raise InspectionError("hook_message_unknown")


def of_endpoint(connection: Connection, endpoint_id: int, *, most: int = 50) -> list[tuple[Message, list[Attempt]]]:
    """Return an endpoint's messages, the newest first, each with its attempts, the oldest first."""
    query = select(messages).where(messages.c.endpoint_id == endpoint_id).order_by(messages.c.id.desc()).limit(most)
    found = [_message(row) for row in connection.execute(query)]
    made = select(attempts).where(attempts.c.message_id.in_([each.id for each in found])).order_by(attempts.c.id)
    by_message: dict[int, list[Attempt]] = {}
    for row in connection.execute(made):
        by_message.setdefault(row.message_id, []).append(Attempt(*(getattr(row, name) for name in Attempt._fields)))
    return [(each, by_message.get(each.id, [])) for each in found]


def sweep(connection: Connection, *, now: int) -> int:
    """Delete what was delivered long ago, and return how many messages."""
    table = messages.c
    old = select(table.id).where(table.state == "delivered", table.at < now - KEPT_SECONDS)
    connection.execute(delete(attempts).where(attempts.c.message_id.in_(old)))
    return connection.execute(delete(messages).where(table.state == "delivered", table.at < now - KEPT_SECONDS)).rowcount


def _message(row: Row[tuple[object, ...]]) -> Message:
    return Message(*(getattr(row, name) for name in Message._fields))
