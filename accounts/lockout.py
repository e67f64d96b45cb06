"""Guessing made slow: attempts are counted by what is guessed at and by where they come from, before anybody looks at them.

Names that have no account are counted like the others, so waiting tells nothing. The wait doubles but ends: nobody can keep a clerk out
for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from .errors import AccountError
from .tables import attempts
from .tokens import digest

FORGET_SECONDS = 24 * 3600
_LONGEST_SECONDS = 15 * 60
_FIRST_SECONDS = 30


class Limit(NamedTuple):
    """Something to count by: its kind, its value, how many attempts are free, and whether many people may be behind it."""

    kind: str
    value: str
    free: int
    shared: bool = False


def of_account(name: str) -> Limit:
    """Count by the name that is signed in with."""
    return Limit("account", name.strip().casefold()[:64], 5)


def of_code(account_id: int) -> Limit:
    """Count by the account whose second factor is asked for."""
    return Limit("code", str(account_id), 5)


def of_address(address: str | None, *, free: int = 30) -> Limit:
    """Count by network address: an IPv6 network of 64 bits is one household."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return Limit("address", "unknown", free, shared=True)
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    value = str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed)
    return Limit("address", value, free, shared=True)


def count(connection: Connection, limits: Sequence[Limit], *, now: int) -> None:
    """Count an attempt under each limit. Raises AccountError `wait` (the attempt is not to be looked at) with the seconds to wait.

    Commit before looking: many attempts at once are then as slow as one after another.
    """
    ordered = sorted(limits)  # in one order, so that no two lock each other out
    rows = [_locked(connection, limit, now) for limit in ordered]
    wait = max(row.until for row in rows) - now
    if wait > 0:
        raise AccountError("wait", wait_seconds=wait)
    for limit, row in zip(ordered, rows, strict=True):
        over = row.made + 1 - limit.free
        until = now + min(_FIRST_SECONDS << min(over, 10), _LONGEST_SECONDS) if over >= 0 else 0
        values = {"made": row.made + 1, "last_at": now, "until": until}
        connection.execute(update(attempts).where(attempts.c.subject == _key(limit)).values(values))


def succeeded(connection: Connection, limits: Sequence[Limit]) -> None:
    """Take back an attempt that was right: what was guessed at begins anew, other counts lose this one.

    An office behind one address signs in every morning; a guesser who owns one account does not wash the address clean with it.
    """
    for limit in limits:
        mine = attempts.c.subject == _key(limit)
        if limit.shared:
            connection.execute(update(attempts).where(mine).values(made=attempts.c.made - 1, until=0))
        else:
            connection.execute(attempts.delete().where(mine))


def sweep(connection: Connection, *, now: int) -> int:
    """Delete what is forgotten anyway, and return how many."""
    return connection.execute(attempts.delete().where(attempts.c.last_at <= now - FORGET_SECONDS)).rowcount


class _Counted(NamedTuple):
    made: int
    until: int


def _locked(connection: Connection, limit: Limit, now: int) -> _Counted:
    """Return what was counted, and keep others from counting until the transaction ends."""
    key = _key(limit)
    new = {"subject": key, "made": 0, "last_at": now, "until": 0}
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(attempts).values(new).on_conflict_do_nothing())
    row = connection.execute(select(attempts).where(attempts.c.subject == key).with_for_update()).one()
    forgotten = now - row.last_at >= FORGET_SECONDS
    return _Counted(0, 0) if forgotten else _Counted(row.made, row.until)


def _key(limit: Limit) -> bytes:
    return digest(f"{limit.kind}\0{limit.value}")
