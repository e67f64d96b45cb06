"""Guessing made slow: attempts are counted by what is guessed at and by where they come from, before anybody looks at them.

Names that have no account are counted like the others, so waiting tells nothing. What strangers do is counted apart from what a browser
does that signed in before (devices.py), and by what is guessed at *and* from where before it is counted by what is guessed at alone: so
one stranger keeps nobody out, and many keep out no known browser (ADR 31). Every wait doubles but ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from sqlalchemy import Connection, case, update

from storage.insertion import insert

from .errors import AccountError
from .tables import attempts
from .tokens import digest

FORGET_SECONDS = 24 * 3600
_LONGEST_SECONDS = 15 * 60
_FIRST_SECONDS = 30
_STRANGERS_FREE = 50  # guesses at one name by all strangers together
_STRANGERS_EASE = _LONGEST_SECONDS  # one stranger alone, who waits as long, never fills it


class Limit(NamedTuple):
    """Something to count by: its kind, its value, how many attempts are free, and whether many people may be behind it.

    `eases` is after how many seconds one attempt wears off; 0: all of them after a day without any.
    """

    kind: str
    value: str
    free: int
    shared: bool = False
    eases: int = 0


def of_account(name: str, address: str | None) -> tuple[Limit, ...]:
    """Count a stranger's attempt by the name that is signed in with, from where it comes and altogether."""
    named = name.strip().casefold()[:64]
    return (
        Limit("account from", f"{named}\0{network(address)}", 5),
        Limit("account", named, _STRANGERS_FREE, shared=True, eases=_STRANGERS_EASE),
        of_address(address),
    )


def of_code(account_id: int) -> Limit:
    """Count by the account whose second factor is asked for."""
    return Limit("code", str(account_id), 5)


def of_device(browser: str, subject: str, what: str, *, free: int = 5) -> Limit:
    """Count by a browser that `subject` signed in with before, for one kind of attempt."""
    return Limit(f"device {what}", f"{digest(browser).hex()}\0{subject}", free)


def of_address(address: str | None, *, realm: str = "staff", free: int = 30, eases: int = 120) -> Limit:
    """Count by network address: staff and citizens apart, for the one's failures are none of the other's."""
    return Limit(f"{realm} address", network(address), free, shared=True, eases=eases)


def network(address: str | None) -> str:
    """Return what is counted as one place: an address, or an IPv6 network of 64 bits, which is one household."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed)


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
        values = {"made": row.made + 1, "last_at": row.eased_to, "until": until}
        connection.execute(update(attempts).where(attempts.c.subject == _key(limit)).values(values))


def succeeded(connection: Connection, limits: Sequence[Limit]) -> None:
    """Take back an attempt that was right: what was guessed at begins anew, other counts lose this one.

    An office behind one address signs in every morning; a guesser who owns one account does not wash the address clean with it.
    """
    for limit in sorted(limits):  # in the order of `count`
        mine = attempts.c.subject == _key(limit)
        if limit.shared:
            less = case((attempts.c.made > 0, attempts.c.made - 1), else_=0)
            connection.execute(update(attempts).where(mine).values(made=less, until=0))
        else:
            connection.execute(attempts.delete().where(mine))


def sweep(connection: Connection, *, now: int) -> int:
    """Delete what is forgotten anyway, and return how many."""
    return connection.execute(attempts.delete().where(attempts.c.last_at <= now - FORGET_SECONDS)).rowcount


class _Counted(NamedTuple):
    made: int
    until: int
    eased_to: int


def _locked(connection: Connection, limit: Limit, now: int) -> _Counted:
    """Return what was counted, and keep others from counting until the transaction ends.

    One statement makes the row or locks it: between two, a success or a sweep may take it away.
    """
    new = {"subject": _key(limit), "made": 0, "last_at": now, "until": 0}
    made = (
        insert(connection, attempts).values(new).on_conflict_do_update(index_elements=[attempts.c.subject], set_={"made": attempts.c.made})
    )
    row = connection.execute(made.returning(attempts)).one()
    if now - row.last_at >= FORGET_SECONDS:
        return _Counted(0, 0, now)
    if not limit.eases:
        return _Counted(row.made, row.until, now)
    worn = max(0, now - row.last_at) // limit.eases
    left = max(0, row.made - worn)
    return _Counted(left, row.until, row.last_at + worn * limit.eases if left else now)


def _key(limit: Limit) -> bytes:
    return digest(f"{limit.kind}\0{limit.value}")
