"""Who looked at whose data, when and why. A look is written in the transaction that reads; without it nothing is shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection

from office.reading_log import ReadingLog

from .errors import ApplicantError
from .tables import looks

Why = Literal["case", "form", "print", "search", "own"]

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


_LOG = ReadingLog(looks, Look)


def note(connection: Connection, actor: tuple[str, str], *, application: str, authority: str, why: Why, now: int) -> None:
    """Write down one look of `actor` (kind:id, name). Raises ApplicantError `applicant_looks_many`: whoever reads so much waits."""
    if _LOG.lately(connection, actor[0], now=now, most=LOOKS_MOST) >= LOOKS_MOST:
        raise ApplicantError("applicant_looks_many")
    _LOG.write(connection, actor, now=now, application=application, authority=authority, why=why)


def refuse_many_searches(connection: Connection, key: str, *, now: int) -> None:
    """Return if somebody may search once more. Raises ApplicantError `applicant_looks_many`."""
    if _LOG.lately(connection, key, now=now, most=SEARCHES_MOST, why="search") >= SEARCHES_MOST:
        raise ApplicantError("applicant_looks_many")


def listed(
    connection: Connection, authorities: Collection[str] | None, *, application: str = "", before: int = 0, limit: int = PAGE
) -> tuple[Look, ...]:
    """Return a page of looks, newest first: all of them, or those at applications of `authorities`; of one application if it is named."""
    where: list[ColumnElement[bool]] = [] if authorities is None else [looks.c.authority.in_(list(authorities))]
    if application:
        where.append(looks.c.application == application)
    return _LOG.page(connection, *where, before=before, most=limit)
