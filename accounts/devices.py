"""Browsers that somebody signed in with before: guesses of strangers do not keep them out (OWASP, device cookies; ADR 31).

A browser carries one random token. What is kept is its hash beside the hash of whoever signed in with it, and for no longer than
`KEPT_SECONDS` after the last time. A token lets nobody in; it only says whose attempts are counted apart from those of strangers.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection

from storage.insertion import insert

from . import tokens
from .tables import devices

KEPT_SECONDS = 180 * 86_400


def known(connection: Connection, browser: str, subject: str, *, now: int) -> bool:
    """Whether `subject` (see `of_account`) signed in with this browser lately."""
    if not browser:
        return False
    where = _is(browser, subject) & (devices.c.last_at > now - KEPT_SECONDS)
    return connection.execute(devices.select().where(where)).first() is not None


def remember(connection: Connection, browser: str, subject: str, *, now: int) -> None:
    """Keep that `subject` signed in, to the end, with this browser."""
    if not browser:
        return
    row = {"browser": tokens.digest(browser), "subject": tokens.digest(subject), "last_at": now}
    again = (
        insert(connection, devices)
        .values(row)
        .on_conflict_do_update(index_elements=[devices.c.browser, devices.c.subject], set_={"last_at": now})
    )
    connection.execute(again)


def forget(connection: Connection, subject: str) -> None:
    """Know no browser of `subject` any more, as after a lost phone."""
    connection.execute(devices.delete().where(devices.c.subject == tokens.digest(subject)))


def sweep(connection: Connection, *, now: int, kept: int = KEPT_SECONDS) -> int:
    """Delete what is forgotten anyway, or was not seen for `kept` seconds, and return how many."""
    return connection.execute(devices.delete().where(devices.c.last_at <= now - min(kept, KEPT_SECONDS))).rowcount


def of_account(name: str) -> str:
    """Return the subject for an account, by whatever was typed as its name."""
    return f"account {name.strip().casefold()[:64]}"


def _is(browser: str, subject: str) -> ColumnElement[bool]:
    return (devices.c.browser == tokens.digest(browser)) & (devices.c.subject == tokens.digest(subject))
