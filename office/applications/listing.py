"""Lists of applications: the work list by states, page after page, and what a citizen has at the office."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, union_all

from issuer.errors import IssuerError
from office.services.state_machine import State

from . import access
from .actors import Actor
from .context import OfficeContext
from .tables import applications

LIMIT_MAX = 200
#: States in which somebody at the office has to do something.
WORK = (State.UNDER_REVIEW, State.INSPECTION_REQUESTED, State.OBJECTION, State.APPROVED, State.AWAITING_PAYMENT, State.RETURNED)

COUNTED_MOST = 1_000

_t = applications.c
COLUMNS = (
    *(_t.id, _t.number, _t.state, _t.service, _t.channel, _t.authority, _t.name, _t.holder, _t.submitted_at, _t.since),
    *(_t.due_at, _t.escalated, _t.subject, _t.issued, _t.assigned),
)


class Line(NamedTuple):
    """One application in a list. Times are seconds since 1970 UTC; `since` is when it came into its state."""

    number: str
    state: str
    service: str
    channel: str
    authority: str
    name: str
    holder: str
    submitted_at: int
    since: int
    due_at: int | None
    escalated: bool
    subject: str | None
    issued: str | None
    assigned: int


class Page(NamedTuple):
    """A page of a list, and where the next one begins; "" after the last."""

    lines: tuple[Line, ...]
    after: str


def line(row: Any) -> Line:
    """Return a row of `COLUMNS` as a line."""
    return Line(*tuple(row)[1:])


def work(
    connection: Connection,
    office: OfficeContext,
    *,
    actor: Actor,
    states: Sequence[str] = WORK,
    authority: str | None = None,
    service: str | None = None,
    escalated: bool | None = None,
    holder: int | None = None,
    after: str = "",
    limit: int = 50,
) -> Page:
    """Return a page of the applications in `states` that wait longest, of the actor's authorities; `after` is the page before's.

    `holder` is the account whose cases they are, NOBODY for those that nobody has, None for all.

    Raises IssuerError `page_unknown` for an `after` that no page gave.
    """
    limit = min(max(1, limit), LIMIT_MAX)
    where = access.desk_authorities(actor, office.authorities, authority)
    wanted = [state for state in dict.fromkeys(states) if state in set(State) - {State.DRAFT}]
    if not where or not wanted or (service is not None and service not in office.services.services):
        return Page((), "")
    narrowed = _beyond(after)
    narrowed += [_t.service == service] if service is not None else []
    narrowed += [_t.escalated == escalated] if escalated is not None else []
    narrowed += [] if holder is None else [_t.assigned == holder]
    # Each part is a walk along an index that ends after a page; together they hold the page's rows.
    parts = []
    for spot, state in product(_spots(where, office), wanted):
        part = select(_t.id, _t.since).where(spot, _t.state == str(state), *narrowed)
        parts.append(select(part.order_by(_t.since, _t.id).limit(limit + 1).subquery()))
    waiting = union_all(*parts).subquery()
    page = select(waiting.c.id).order_by(waiting.c.since, waiting.c.id).limit(limit + 1)
    rows = connection.execute(select(*COLUMNS).where(_t.id.in_(page)).order_by(_t.since, _t.id)).all()
    return Page(tuple(map(line, rows[:limit])), _cursor(rows[limit - 1]) if len(rows) > limit else "")


def held_by(connection: Connection, office: OfficeContext, *, actor: Actor, holder: int, states: Sequence[str]) -> int:
    """Return how many applications in `states`, of the actor's authorities, somebody has, or NOBODY: up to COUNTED_MOST + 1."""
    where = access.desk_authorities(actor, office.authorities)
    mine = _t.assigned == holder, _t.authority.in_(where), _t.state.in_([str(each) for each in states])
    found = select(_t.id).where(*mine).limit(COUNTED_MOST + 1)  # all of it stands in one index
    return int(connection.scalar(select(func.count()).select_from(found.subquery())) or 0) if where else 0


def _spots(where: Sequence[str], office: OfficeContext) -> list[ColumnElement[bool]]:
    """Return the conditions that together are some authorities, each of which goes with a walk along an index.

    Whoever sees all walks by state alone; no database is to think of the authority's index for that: SQLite did, by chance, and sorted
    all that waits.
    """
    everywhere = len(where) == len(office.authorities)
    return [func.coalesce(_t.authority, "").in_(where)] if everywhere else [_t.authority == code for code in where]


def own(connection: Connection, *, actor: Actor, after: str = "", limit: int = 50) -> Page:
    """Return the submitted applications of a citizen, also those that the centre entered for their mobile, the newest first.

    Raises IssuerError `page_unknown`.
    """
    limit = min(max(1, limit), LIMIT_MAX)
    if actor.kind != "citizen" or not actor.id:
        return Page((), "")
    query = select(*COLUMNS).where(access.own_submitted(actor))
    if after:
        query = query.where(_t.id < _read(after)[1])
    rows = connection.execute(query.order_by(_t.id.desc()).limit(limit + 1)).all()
    return Page(tuple(map(line, rows[:limit])), _cursor(rows[limit - 1]) if len(rows) > limit else "")


def _beyond(after: str) -> list[ColumnElement[bool]]:
    if not after:
        return []
    since, id_ = _read(after)
    return [or_(_t.since > since, and_(_t.since == since, _t.id > id_)), _t.since >= since]


def _cursor(row: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([row.since, row.id]).encode()).decode().rstrip("=")


def _read(after: str) -> tuple[int, int]:
    try:
        since, id_ = json.loads(base64.urlsafe_b64decode(after[:80] + "=" * (-len(after[:80]) % 4)))
    except (ValueError, TypeError) as error:
        raise IssuerError("page_unknown") from error
    if type(since) is not int or type(id_) is not int or not 0 <= since < 1 << 53 or not 0 <= id_ < 1 << 53:
        raise IssuerError("page_unknown")
    return since, id_
