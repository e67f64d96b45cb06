"""Who looked at whose data, when and why. A look is written in the transaction that reads; without it nothing is shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from sqlalchemy import Connection, delete, func, select

from .errors import ApplicantError
from .tables import looks

Why = Literal["case", "form", "print", "search", "own"]

HOUR = 3_600
#: In an hour, of one person: what searches showed, found or not, and looks of any kind. Who does a day's work stays far below.
SEARCHES_MOST, LOOKS_MOST = 60, 200
PAGE = 50


class Look(NamedTuple):
    """One look. `at` in seconds since 1970 UTC, `actor` as kind:id; `application` is "" for a search that found nothing."""

    id: int
    at: int
    actor: str
    actor_name: str
    application: str
    authority: str
    why: str


def note(connection: Connection, actor: tuple[str, str], *, application: str, authority: str, why: Why, now: int) -> None:
    """Write down one look of `actor` (kind:id, name). Raises ApplicantError `applicant_looks_many`: whoever reads so much waits."""
    key, name = actor
    if made(connection, key, now=now) >= LOOKS_MOST:
        raise ApplicantError("applicant_looks_many")
    row = {"at": now, "actor": key, "actor_name": name[:120], "application": application, "authority": authority, "why": why}
    connection.execute(looks.insert().values(row))


def made(connection: Connection, key: str, *, now: int, why: Why | None = None) -> int:
    """Return how many looks somebody had within the last hour, of all kinds or of one."""
    query = select(func.count()).select_from(looks).where(looks.c.actor == key, looks.c.at > now - HOUR, looks.c.at <= now)
    return int(connection.scalar(query if why is None else query.where(looks.c.why == why)) or 0)


def listed(
    connection: Connection, authorities: Collection[str] | None, *, application: str = "", before: int = 0, limit: int = PAGE
) -> tuple[Look, ...]:
    """Return a page of looks, newest first: all of them, or those at applications of `authorities`; of one application if it is named."""
    query = select(*(looks.c[name] for name in Look._fields))
    if authorities is not None:
        query = query.where(looks.c.authority.in_(list(authorities)))
    if application:
        query = query.where(looks.c.application == application)
    if before:
        query = query.where(looks.c.id < before)
    return tuple(Look(*tuple(row)) for row in connection.execute(query.order_by(looks.c.id.desc()).limit(limit)))


def forget(connection: Connection, *, before: int, most: int) -> int:
    """Delete at most so many looks from before a moment; return how many."""
    ids = list(connection.scalars(select(looks.c.id).where(looks.c.at < before).order_by(looks.c.at, looks.c.id).limit(most)))
    if ids:
        connection.execute(delete(looks).where(looks.c.id.in_(ids)))
    return len(ids)
