"""The acts as entries of a log: their places, one after another, and what stands there. Whoever publishes calls it in the writers' turn."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from sqlalchemy import Connection, bindparam, delete, func, select, update

from . import bodies
from .bodies import Body, Published
from .capture import write
from .errors import ActError
from .tables import acts

PUBLISHER, LISTED = "program:publisher", "published"  # who stands for the acts of what is published, and their kind
_AT_ONCE = 500


def size(connection: Connection) -> int:
    """Return how many places are given."""
    newest = connection.scalar(select(func.max(acts.c.position)))
    return 0 if newest is None else newest + 1


def number(connection: Connection, logged: int = 0) -> int:
    """Give every act that no head covers its place, the oldest first, from `logged` on, which is how many the last head covers.

    Return how many have a place then. The caller holds the writers' lock. An act that says what is published is taken away if no head
    covers it: it is left from a turn that was broken off before anything of it could be seen, or somebody slipped it in.
    """
    connection.execute(update(acts).where(acts.c.position >= logged).values(position=None))
    place, after = logged, 0
    while waiting := _waiting(connection, after):
        after = waiting[-1][0]
        left = [id_ for id_, body in waiting if _tells_what_is_published(body)]
        if left:
            connection.execute(delete(acts).where(acts.c.id.in_(left)))
        placed = [{"waiting": id_, "place": place + n} for n, id_ in enumerate(id_ for id_, _ in waiting if id_ not in left)]
        if placed:
            connection.execute(update(acts).where(acts.c.id == bindparam("waiting")).values(position=bindparam("place")), placed)
        place += len(placed)
    return place


def _waiting(connection: Connection, after: int) -> list[tuple[int, bytes]]:
    """Return some acts without a place, beyond one of them, by id."""
    query = select(acts.c.id, acts.c.body).where(acts.c.position.is_(None), acts.c.id > after).order_by(acts.c.id).limit(_AT_ONCE)
    return [(row.id, row.body) for row in connection.execute(query)]


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
        inside = (acts.c.position >= start) & (acts.c.position < min(start + _AT_ONCE, end))
        for salt, body in connection.execute(select(acts.c.salt, acts.c.body).where(inside).order_by(acts.c.position)):
            yield bodies.entry(salt, body)
