"""Which cases and documents somebody opened, and which lists they took away: what looks at numbers (ADR 74) do not say.

A read is written before anything is shown, in a transaction of its own: a page is refused rather than shown unrecorded. Within an hour one
person's reads of one thing are one row: who goes back and forth between two pages wrote nothing new.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from sqlalchemy import Connection

from office.reading_log import ReadingLog

from .tables import reads

What = Literal["case", "document", "list", "copy", "erasure", "breach", "looks"]
_ITEM, _APPLICATION = 80, 32


class Read(NamedTuple):
    """One read. `at` in seconds since 1970 UTC, `actor` as kind:id or as acts name people; `many` cases that a list had."""

    id: int
    at: int
    actor: str
    actor_name: str
    application: str
    authority: str
    what: str
    item: str
    many: int


class About(NamedTuple):
    """What was read: a case by number, its authority, and which document; or a list with how many cases."""

    what: What
    application: str = ""
    authority: str = ""
    item: str = ""
    many: int = 1


_LOG = ReadingLog(reads, Read)


def known(connection: Connection, key: str, about: About, *, now: int) -> bool:
    """Say whether somebody (kind:id) read this same case or document within the hour; of lists and copies each counts."""
    return about.what in ("case", "document") and _LOG.lately(connection, key, now=now, most=1, **_named(about)) > 0


def note(connection: Connection, actor: tuple[str, str], about: About, *, now: int) -> bool:
    """Write down that `actor` (kind:id, name) reads something, unless they did within the hour. Return whether a row was written."""
    if known(connection, actor[0], about, now=now):
        return False
    _LOG.write(connection, actor, now=now, authority=about.authority, many=about.many, **_named(about))
    return True


def _named(about: About) -> dict[str, str]:
    return {"application": about.application[:_APPLICATION], "what": about.what, "item": about.item[:_ITEM]}


def newest(connection: Connection, *, most: int = 100) -> tuple[Read, ...]:
    """Return the newest reads."""
    return _LOG.page(connection, most=most)
