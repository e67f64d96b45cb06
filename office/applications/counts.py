"""How many applications stand where, and how long people wait, by authority and service: figures only, no names."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from office.services.state_machine import State

from . import access
from .actors import Actor
from .context import OfficeContext
from .tables import applications


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
    table = applications.c
    where = access.desk_authorities(actor, office.authorities, authority)
    if not where:
        return ()
    keys = table.authority, table.service, table.state
    query = select(*keys, func.count(), func.min(table.since)).where(table.authority.in_(where), table.state != State.DRAFT.value)
    return tuple(Count(*tuple(row)) for row in connection.execute(query.group_by(*keys).order_by(*keys)))


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
