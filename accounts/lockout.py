"""Guessing made slow: attempts are counted by what is guessed at and by where they come from, before anybody looks whether they are right.

Names that have no account are counted like the others, so waiting tells nothing. The wait doubles but ends: nobody can keep a clerk out for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from .errors import AccountError
from .tables import attempts
from .tokens import digest

FORGET_SECONDS = 24 * 3600
_LONGEST_SECONDS = 15 * 60
_FIRST_SECONDS = 30


class Limit(NamedTuple):
    """Something to count by: its kind, its value, and how many attempts are free."""

    kind: str
    value: str
    free: int


def of_account(name: str) -> Limit:
    """Count by the name that is signed in with."""
    return Limit("account", name.strip().casefold()[:64], 5)


def of_code(account_id: int) -> Limit:
    """Count by the account whose second factor is asked for."""
    return Limit("code", str(account_id), 5)


def of_address(address: str | None) -> Limit:
    """Count by network address: an IPv6 network of 64 bits is one household."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return Limit("address", "unknown", 30)
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return Limit("address", str(parsed.ipv4_mapped), 30)
        return Limit("address", str(int(parsed) >> 64), 30)
    return Limit("address", str(parsed), 30)


def count(connection: Connection, limits: Sequence[Limit], *, now: int) -> None:
    """Count an attempt under each limit. Raises AccountError `wait` (the attempt is not to be looked at) with the seconds to wait.

    Commit before looking: many attempts at once are then as slow as one after another.
    """
    waits = [_row(connection, limit, now).until - now for limit in sorted(limits)]  # one order, so that no two lock each other out
    if max(waits) > 0:
        raise AccountError("wait", wait_seconds=max(waits))
    for limit in limits:
        _add(connection, limit, now)


def succeeded(connection: Connection, limits: Sequence[Limit]) -> None:
    """Take back an attempt that was right: what was guessed at begins anew, other counts lose this one.

    An office behind one address signs in every morning; a guesser who owns one account does not wash the address clean with it.
    """
    for limit in limits:
        mine = attempts.c.subject == _key(limit)
        if limit.kind == "address":
            connection.execute(update(attempts).where(mine).values(count=attempts.c.count - 1, until=0))
        else:
            connection.execute(attempts.delete().where(mine))


def sweep(connection: Connection, *, now: int) -> int:
    """Delete what is forgotten anyway, and return how many."""
    return connection.execute(attempts.delete().where(attempts.c.last_at <= now - FORGET_SECONDS)).rowcount


class _Counted(NamedTuple):
    count: int
    until: int


def _row(connection: Connection, limit: Limit, now: int) -> _Counted:
    query = select(attempts).where(attempts.c.subject == _key(limit)).with_for_update()
    row = connection.execute(query).first()
    if row is None or now - row.last_at >= FORGET_SECONDS:
        return _Counted(0, 0)
    return _Counted(row.count, row.until)


def _add(connection: Connection, limit: Limit, now: int) -> None:
    made = _row(connection, limit, now).count + 1
    over = made - limit.free
    wait = min(_FIRST_SECONDS << min(over, 10), _LONGEST_SECONDS) if over >= 0 else 0
    values = {"count": made, "last_at": now, "until": now + wait if wait else 0}
    changed = connection.execute(update(attempts).where(attempts.c.subject == _key(limit)).values(values))
    if changed.rowcount == 0:
        connection.execute(attempts.insert().values(subject=_key(limit), **values))


def _key(limit: Limit) -> bytes:
    return digest(f"{limit.kind}\0{limit.value}")
