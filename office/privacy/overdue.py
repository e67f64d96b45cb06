"""How much is kept longer than retention.yaml says: more than a day over, for what deletes it runs hourly or nightly."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Engine, Table, func, select

from accounts.tables import attempts, sessions
from accounts.tables import devices as browsers
from governorate.retention import RETAIN, Retention
from inspections import retention as inspections_retention
from office.applicants.tables import applicants
from office.applicants.tables import looks as applicant_looks
from office.applications.retention import CLOSED, DAY_SECONDS
from office.applications.tables import applications, deletions
from office.citizens.tables import codes
from office.licenses.tables import imports
from office.messages.tables import messages
from office.queue.tables import appointments, tickets
from office.van import keeping
from office.van.tables import parcels
from office.work.tables import looks as mobile_looks
from seal import days
from storage.database import reading

from . import sweeping
from .tables import reads


def office(connection: Connection, kept: Retention, *, now: int) -> Mapping[str, int]:
    """Return how many rows of each kind that the worker deletes are over since more than a day at `now`; files are not counted."""
    before = {code: now - (kind.days + 1) * DAY_SECONDS for code, kind in kept.kinds.items() if kind.days is not None}
    closed = select(applications.c.id).where(applications.c.state.in_(CLOSED), applications.c.since < before["applicants"])
    counted: dict[str, list[tuple[Table, ColumnElement[bool]]]] = {
        "codes": [(codes, codes.c.made_at < before["codes"])],
        "guesses": [(attempts, attempts.c.last_at < before["guesses"])],
        "sessions": [(sessions, sessions.c.seen_at < before["sessions"])],
        "browsers": [(browsers, browsers.c.last_at < before["browsers"])],
        "messages": [(messages, (messages.c.state != "waiting") & (messages.c.changed_at < before["messages"]) & (messages.c.text != ""))],
        "applicants": [(applicants, (applicants.c.kid != "") & applicants.c.application_id.in_(closed))],
        "looks": [(each, each.c.at < before["looks"]) for each in (applicant_looks, mobile_looks, reads)],
        "imports": [(imports, (imports.c.state == "draft") & (imports.c.changed_at < before["imports"]))],
        "brought": [(parcels, keeping.over(before["brought"]))],
        "queue": [(each, each.c.day < _day(before["queue"])) for each in (appointments, tickets)],
    }
    found = {
        code: sum(connection.scalar(select(func.count()).select_from(table).where(where)) or 0 for table, where in parts)
        for code, parts in counted.items()
    }
    idle = sweeping.idle(before=before["citizens"]).subquery()
    return found | {"citizens": connection.scalar(select(func.count()).select_from(idle)) or 0}


def inspections(engine: Engine, kept: Retention, *, now: int) -> Mapping[str, int]:
    """Return the same of what `khatm inspections retain` removes."""
    lengths = {code: kept.days(code) for code, kind in kept.kinds.items() if kind.by == RETAIN}
    return inspections_retention.counted(engine, inspections_retention.Kept(**lengths), now=now - DAY_SECONDS)


def last(engine: Engine) -> Mapping[str, tuple[int, int]]:
    """Return when the office deleted something of each kind last, and how many (seconds since 1970 UTC, rows)."""
    newest = select(deletions.c.kind, func.max(deletions.c.id).label("id")).group_by(deletions.c.kind).subquery()
    query = select(deletions.c.kind, deletions.c.at, deletions.c.number).join(newest, newest.c.id == deletions.c.id)
    with reading(engine) as connection:
        return {row.kind: (row.at, row.number) for row in connection.execute(query)}


def _day(seconds: int) -> str:
    return days.day_of(seconds).isoformat()
