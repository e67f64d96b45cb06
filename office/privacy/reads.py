"""Which cases and documents somebody opened, and which lists they took away: what looks at numbers (ADR 74) do not say.

A read is written before anything is shown, in a transaction of its own: a page is refused rather than shown unrecorded. Within an hour one
person's reads of one thing are one row: who goes back and forth between two pages wrote nothing new.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from sqlalchemy import Connection, delete, select

from .tables import reads

What = Literal["case", "document", "list", "copy", "erasure", "breach", "looks"]
HOUR = 3_600
PAGE = 100
_ITEM, _NAME, _APPLICATION = 80, 120, 32


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


def known(connection: Connection, key: str, about: About, *, now: int) -> bool:
    """Say whether somebody (kind:id) read this same case or document within the hour; of lists and copies each counts."""
    if about.what not in ("case", "document"):
        return False
    same = (reads.c[column] == value for column, value in _values(key, about).items())
    return connection.scalar(select(reads.c.id).where(*same, reads.c.at > now - HOUR, reads.c.at <= now).limit(1)) is not None


def note(connection: Connection, actor: tuple[str, str], about: About, *, now: int) -> bool:
    """Write down that `actor` (kind:id, name) reads something, unless they did within the hour. Return whether a row was written."""
    key, name = actor
    if known(connection, key, about, now=now):
        return False
    row = {**_values(key, about), "at": now, "actor_name": name[:_NAME], "authority": about.authority, "many": about.many}
    connection.execute(reads.insert().values(row))
    return True


def _values(key: str, about: About) -> dict[str, str]:
    application, item = about.application[:_APPLICATION], about.item[:_ITEM]
    return {"actor": key[:80], "application": application, "what": about.what, "item": item}


def listed(
    connection: Connection,
    *,
    applications: Collection[str] | None = None,
    authorities: Collection[str] | None = None,
    actor: str = "",
    between: tuple[int, int] | None = None,
    before: int = 0,
    most: int = PAGE,
) -> tuple[Read, ...]:
    """Return reads, newest first: of some applications, of some authorities, of one person, within [from, to)."""
    query = select(*(reads.c[name] for name in Read._fields))
    if applications is not None:
        query = query.where(reads.c.application.in_(list(applications)))
    if authorities is not None:
        query = query.where(reads.c.authority.in_(list(authorities)))
    if actor:
        query = query.where(reads.c.actor == actor)
    if between is not None:
        query = query.where(reads.c.at >= between[0], reads.c.at < between[1])
    if before:
        query = query.where(reads.c.id < before)
    return tuple(Read(*tuple(row)) for row in connection.execute(query.order_by(reads.c.id.desc()).limit(most)))


def forget(connection: Connection, *, before: int, most: int) -> int:
    """Delete at most so many reads from before a moment; return how many."""
    ids = list(connection.scalars(select(reads.c.id).where(reads.c.at < before).order_by(reads.c.at, reads.c.id).limit(most)))
    if ids:
        connection.execute(delete(reads).where(reads.c.id.in_(ids)))
    return len(ids)
