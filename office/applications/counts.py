"""How many applications stand where, and how long people wait, by authority and service: figures only, no names.

How many, the database keeps itself (`tallies`): by authority, service and state for the reports, and of what waits by who has it, its state
and its deadline for the board of shared work (docs/adr/0099, 0103).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine, and_, case, func, or_, select

from office.services.state_machine import State

from . import access, tallies
from .actors import Actor
from .context import OfficeContext
from .listing import WORK
from .tables import application_counts, application_moves, applications, work_counts, work_moves
from .tallies import Tally

STANDING = Tally(application_counts, application_moves, ("authority", "service", "state"))
WAITING = Tally(work_counts, work_moves, ("authority", "assigned", "state", "due_at", "escalated"))


class Count(NamedTuple):
    """How many applications of a service stand in a state, and since when the one that waits longest (seconds since 1970 UTC)."""

    authority: str
    service: str
    state: str
    total: int
    oldest: int


class Waiting(NamedTuple):
    """How long it took from submission to decision, in seconds, over applications that were decided in a period."""

    authority: str
    service: str
    decided: int
    median: int
    ninth_decile: int  # nine in ten waited no longer
    longest: int


def by_state(connection: Connection, office: OfficeContext, *, actor: Actor, authority: str | None = None) -> tuple[Count, ...]:
    """Return the counts of the actor's authorities. Drafts are nobody's business."""
    where = access.desk_authorities(actor, office.authorities, authority)
    if not where:
        return ()
    table, both = applications.c, STANDING.both(STANDING.keys, where).subquery()
    keys = both.c.authority, both.c.service, both.c.state
    total = func.sum(both.c.many)
    summed = select(*keys, total.label("total")).group_by(*keys).having(total > 0).subquery()
    found = summed.c
    here = table.authority == found.authority, table.service == found.service, table.state == found.state
    oldest = select(func.min(table.since)).where(*here).scalar_subquery()  # the first of a range of an index
    query = select(found.authority, found.service, found.state, found.total, oldest)
    rows = connection.execute(query.order_by(found.authority, found.service, found.state))
    return tuple(Count(code, service, state, int(many), since) for code, service, state, many, since in rows if since is not None)


class Load(NamedTuple):
    """How many cases somebody (an account, NOBODY for none) has in a state, how many are late, and the earliest deadline that passed."""

    person: int
    state: str
    total: int
    late: int
    due_at: int | None


def by_person(connection: Connection, authorities: Sequence[str], *, now: int) -> tuple[Load, ...]:
    """Return what waits in some authorities by who has it, as the database keeps it: late is whose deadline passed, or was told of."""
    keys = ("assigned", "state", "due_at", "escalated")
    both = WAITING.both(keys, authorities).subquery()
    kept = [both.c[name] for name in keys]
    many = func.sum(both.c.many)
    each = select(*kept, many.label("many")).group_by(*kept).having(many > 0).subquery().c
    passed = and_(each.due_at > 0, each.due_at <= now)
    late = or_(each.escalated.is_(True), passed)
    oldest = func.min(case((and_(late, each.due_at > 0), each.due_at)))
    query = select(each.assigned, each.state, func.sum(each.many), func.sum(case((late, each.many), else_=0)), oldest)
    rows = connection.execute(query.group_by(each.assigned, each.state))
    return tuple(Load(person, state, int(total), int(behind), due_at) for person, state, total, behind, due_at in rows)


def fold(engine: Engine) -> int:
    """Add up what moved, and return how many moves there were; the rest is left for the next time."""
    return tallies.fold(engine, STANDING) + tallies.fold(engine, WAITING)


def faults(connection: Connection) -> list[str]:
    """Say which kept number is not what the applications are, each in a line."""
    table = applications.c
    keys = table.authority, table.service, table.state
    standing = select(*keys, func.count()).where(table.state != State.DRAFT.value).group_by(*keys)
    held = table.authority, table.assigned, table.state, func.coalesce(table.due_at, 0), table.escalated
    waiting_ = select(*held, func.count()).where(table.state.in_([str(each) for each in WORK])).group_by(*held)
    return tallies.faults(connection, STANDING, standing) + tallies.faults(connection, WAITING, waiting_)


def waiting(
    connection: Connection, office: OfficeContext, *, actor: Actor, since: int, until: int, authority: str | None = None
) -> tuple[Waiting, ...]:
    """Return the waiting times of applications that were approved, rejected or withdrawn from `since` on and before `until`."""
    table = applications.c
    where = access.desk_authorities(actor, office.authorities, authority)
    took: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    query = select(table.authority, table.service, table.decided_at - table.submitted_at)
    decided = query.where(table.authority.in_(where), table.decided_at >= since, table.decided_at < until, table.submitted_at.is_not(None))
    for code, service, seconds in connection.execute(decided) if where else ():
        took[code, service].append(seconds)
    return tuple(
        Waiting(code, service, len(each), _share(each, 0.5), _share(each, 0.9), max(each))
        for (code, service), each in sorted((key, sorted(found)) for key, found in took.items())
    )


def _share(ordered: list[int], share: float) -> int:
    """Return the smallest value that at least `share` of the values do not exceed (nearest rank)."""
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]
