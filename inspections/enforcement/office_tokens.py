"""The token by which the office asks: one at a time, of which only a hash is kept."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from accounts import tokens

from .tables import office_tokens


def make(connection: Connection, *, now: int) -> str:
    """Return a new token for the office. The one before it ends."""
    revoke(connection, now=now)
    token = tokens.new()
    connection.execute(office_tokens.insert().values(token=tokens.digest(token), made_at=now))
    return token


def revoke(connection: Connection, *, now: int) -> int:
    """End the office's token and return how many there were: 0 or 1."""
    return connection.execute(update(office_tokens).where(office_tokens.c.revoked_at.is_(None)).values(revoked_at=now)).rowcount


def holds(connection: Connection, token: str) -> bool:
    """Say whether a token is the office's."""
    table = office_tokens.c
    return connection.scalar(select(table.id).where(table.token == tokens.digest(token), table.revoked_at.is_(None))) is not None
