"""The acts as entries of a log: their places, one after another, and what stands there. Whoever publishes calls it in the writers' turn."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from . import bodies, lost
from .bodies import Body, Published
from .capture import write
from .errors import ActError
from .tables import acts

PUBLISHER, LISTED = "program:publisher", "published"  # who stands for the acts of what is published, and their kind
LOG = "acts"  # the log's name among those of the house
_AT_ONCE = 500


def size(connection: Connection) -> int:
    """Return how many places are given."""
    newest = connection.scalar(select(func.max(acts.c.position)))
    return max(0 if newest is None else newest + 1, lost.end(connection, LOG))


class Numbered(NamedTuple):
    """The entries of acts that got places, one after another, and those among them that say what is published."""

    entries: list[bytes]
    told: list[bytes]


def number(connection: Connection, logged: int = 0, ours: Collection[bytes] = ()) -> Numbered:
    """Give every act that no head covers its place, the oldest first, from `logged` on, which is how many the last head covers.

    Return the entries of those as they were read here: whoever signs others, read again, signs what nobody looked at. Of them those
    that say what is published must be in `ours`, of the publisher's own turns that were broken off. The caller holds the writers' lock.
    Raises ActError `act_of_no_publisher` for another one, which somebody slipped in: it would be the proof of a list that nobody published.
    """
    connection.execute(update(acts).where(acts.c.position >= logged).values(position=None))
    after, made, told = 0, list[bytes](), list[bytes]()
    where = update(acts).where(acts.c.id == bindparam("waiting"))
    waiting = select(acts.c.id, acts.c.salt, acts.c.body).where(acts.c.position.is_(None)).order_by(acts.c.id).limit(_AT_ONCE)
    while rows := connection.execute(waiting.where(acts.c.id > after)).all():
        for row in rows:
            made.append(bodies.entry(row.salt, row.body))
            if _tells_what_is_published(row.body):
                told.append(made[-1])
                if told[-1] not in ours:
                    raise ActError("act_of_no_publisher", str(row.id))
        given = [{"waiting": row.id, "place": place} for place, row in enumerate(rows, logged + len(made) - len(rows))]
        connection.execute(where.values(position=bindparam("place")), given)
        after = rows[-1].id
    return Numbered(made, told)


def _tells_what_is_published(body: bytes) -> bool:
    try:
        return any(isinstance(row, Published) for row in bodies.read(body).rows)
    except ActError:  # nobody can read it: an audit names it, and no reader takes it for a proof
        return False


def publish(connection: Connection, name: str, digest: bytes, *, place: int, at: int) -> bytes:
    """Write the act that says which file is published under a name, with its place; return what its entry is the digest of.

    `digest` is the file's SHA-256, `at` seconds since 1970 UTC.
    """
    salt, body = secrets.token_bytes(bodies.SALT), Body(at, PUBLISHER, LISTED, (Published(name, digest),))
    write(connection, body, salt, position=place)
    return salt + bodies.write(body)


def entries(connection: Connection, first: int, end: int) -> Iterator[bytes]:
    """Return the entries at places `first` to `end`, without it, in their order (32 octets each)."""
    for start in range(first, end, _AT_ONCE):
        last = min(start + _AT_ONCE, end)
        inside = (acts.c.position >= start) & (acts.c.position < last)
        rows = connection.execute(select(acts.c.position, acts.c.salt, acts.c.body).where(inside).order_by(acts.c.position)).all()
        if len(rows) == last - start:
            yield from (bodies.entry(row.salt, row.body) for row in rows)
        else:
            there = lost.entries(connection, LOG, start, last) | {row.position: bodies.entry(row.salt, row.body) for row in rows}
            yield from (there[place] for place in sorted(there))
