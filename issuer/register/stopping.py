"""Stopping a stolen key in the register's turn: from a position on nothing is sealed with it, whoever has it unlocked.

Sealing and stopping wait for each other (`lock_writers`), so every seal of the key that the register has lies below that position.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from issuer.errors import IssuerError
from storage.locks import lock_writers

from . import positions
from .tables import stopped_keys


def stop(connection: Connection, kid: bytes, *, logged: positions.Logged, now: int) -> int:
    """Stop a key at `now` (seconds since 1970 UTC), for good, and return how many positions were given by then.

    Stopped again, it stays stopped where it was. Raises IssuerError `register_behind_log` where heads over what is `logged` were signed
    and this register has not given that much: it is a backup, and would say too little.
    """
    lock_writers(connection)
    positions.refuse_behind(connection, logged)
    found = connection.scalar(select(stopped_keys.c.position).where(stopped_keys.c.kid == kid))
    if found is not None:
        return int(found)
    position = positions.following(connection)
    connection.execute(stopped_keys.insert().values(kid=kid, position=position, at=now))
    return position


def is_stopped(connection: Connection, kid: bytes) -> bool:
    """Say whether nothing is sealed with a key any more."""
    return connection.scalar(select(stopped_keys.c.kid).where(stopped_keys.c.kid == kid)) is not None


def refuse(connection: Connection, kids: Collection[bytes]) -> None:
    """Return if seals of these keys may be kept, in the transaction that keeps them. Raises IssuerError `key_stopped`."""
    found = connection.scalars(select(stopped_keys.c.kid).where(stopped_keys.c.kid.in_(kids))).first()
    if found is not None:
        raise IssuerError("key_stopped", bytes(found).hex())
