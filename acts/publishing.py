"""The acts as entries of a log: their places, one after another, and what stands there. Whoever publishes calls it in the writers' turn."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select, update

from . import bodies
from .tables import acts

_AT_ONCE = 500


def number(connection: Connection) -> int:
    """Give every act without a place the next one, the oldest first; return the log's size. The caller holds the writers' lock."""
    newest = connection.scalar(select(func.max(acts.c.position)))
    size = 0 if newest is None else newest + 1
    waiting = select(acts.c.id).where(acts.c.position.is_(None)).order_by(acts.c.id)
    for place, id_ in enumerate(connection.scalars(waiting).all(), size):
        connection.execute(update(acts).where(acts.c.id == id_).values(position=place))
        size = place + 1
    return size


def entries(connection: Connection, first: int, end: int) -> Iterator[bytes]:
    """Return the entries at places `first` to `end`, without it, in their order (32 octets each)."""
    for start in range(first, end, _AT_ONCE):
        inside = (acts.c.position >= start) & (acts.c.position < min(start + _AT_ONCE, end))
        for salt, body in connection.execute(select(acts.c.salt, acts.c.body).where(inside).order_by(acts.c.position)):
            yield bodies.entry(salt, body)
