"""What is told outside the office about applications that concern a license: which, for what, and where each stands. Nobody's name."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, and_, or_, select, union_all

from office.services.state_machine import State

from .tables import applications

_t = applications.c
_STATES = tuple(state for state in State if state is not State.DRAFT)


class Place(NamedTuple):
    """How far was told: up to the application `id` of those that came into their state at `since` (seconds since 1970 UTC)."""

    since: int
    id: int


class Told(NamedTuple):
    """One application. Times are seconds since 1970 UTC; `subject` is the license that it is about, `issued` the one it led to."""

    id: int
    number: str
    authority: str
    service: str
    channel: str
    state: str
    since: int
    submitted_at: int
    decided_at: int | None
    subject: str | None
    issued: str | None


def after(connection: Connection, place: Place, *, until: int, most: int) -> list[Told]:
    """Return the applications that concern a license and came into their state after `place` and before `until`, the first ones first.

    Each state is a walk along an index (state, since, id) that begins at the place.
    """
    later = or_(_t.since > place.since, and_(_t.since == place.since, _t.id > place.id)), _t.since >= place.since, _t.since < until
    told = or_(_t.subject.is_not(None), _t.issued.is_not(None)), _t.number.is_not(None), _t.submitted_at.is_not(None)
    walks = [select(_t.id, _t.since).where(_t.state == str(state), *later, *told) for state in _STATES]
    parts = [select(walk.order_by(_t.since, _t.id).limit(most).subquery()) for walk in walks]
    page = union_all(*parts).subquery()
    first = select(page.c.id).order_by(page.c.since, page.c.id).limit(most)
    columns = [_t[name] for name in Told._fields]
    return [Told(*row) for row in connection.execute(select(*columns).where(_t.id.in_(first)).order_by(_t.since, _t.id))]
