"""How many applications stand where, and how long people wait, by authority and service: figures only, no names.

How many, the database keeps itself: a trigger notes each application that comes to a state or leaves it, in the transaction that moves it,
as a row of its own, so that nobody waits for a count. The worker adds such rows up (docs/adr/0099); whoever asks adds what is left to that.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, func, select, union_all

from office.services.state_machine import State
from storage.database import reading
from storage.insertion import insert
from storage.locks import lock_name

from . import access
from .actors import Actor
from .context import OfficeContext
from .tables import application_counts, application_moves, applications

FOLDED_MOST = 20_000  # moves that are added up in one transaction


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
    kept, moved, table = application_counts.c, application_moves.c, applications.c
    both = union_all(
        select(kept.authority, kept.service, kept.state, kept.total.label("many")).where(kept.authority.in_(where)),
        select(moved.authority, moved.service, moved.state, moved.step).where(moved.authority.in_(where)),
    ).subquery()
    keys = both.c.authority, both.c.service, both.c.state
    total = func.sum(both.c.many)
    summed = select(*keys, total.label("total")).group_by(*keys).having(total > 0).subquery()
    found = summed.c
    here = table.authority == found.authority, table.service == found.service, table.state == found.state
    oldest = select(func.min(table.since)).where(*here).scalar_subquery()  # the first of a range of an index
    query = select(found.authority, found.service, found.state, found.total, oldest)
    rows = connection.execute(query.order_by(found.authority, found.service, found.state))
    return tuple(Count(code, service, state, int(many), since) for code, service, state, many, since in rows if since is not None)


def fold(engine: Engine) -> int:
    """Add up what moved, and return how many moves there were; the rest is left for the next time."""
    with reading(engine) as connection:
        if connection.scalar(select(application_moves.c.id).limit(1)) is None:
            return 0
    moved, kept = application_moves.c, application_counts.c
    with engine.begin() as connection:
        lock_name(connection, "application counts")
        first = select(moved.id).order_by(moved.id).limit(FOLDED_MOST)
        gone = delete(application_moves).where(moved.id.in_(first)).returning(moved.authority, moved.service, moved.state, moved.step)
        sums: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        rows = connection.execute(gone).all()
        for *key, step in rows:
            sums[tuple(key)] += step
        for (code, service, state), step in sums.items():
            into = insert(connection, application_counts).values(authority=code, service=service, state=state, total=step)
            added = {"total": kept.total + into.excluded.total}
            connection.execute(into.on_conflict_do_update(index_elements=["authority", "service", "state"], set_=added))
        return len(rows)


def faults(connection: Connection) -> list[str]:
    """Say of which authority, service and state the kept count is not what the applications are, each in a line."""
    both = union_all(select(application_counts), select(*(application_moves.c[name] for name in ("authority", "service", "state", "step"))))
    kept: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for *key, many in connection.execute(both):
        kept[tuple(key)] += many
    table = applications.c
    keys = table.authority, table.service, table.state
    counted = select(*keys, func.count()).where(table.state != State.DRAFT.value).group_by(*keys)
    there: dict[tuple[str, ...], int] = {(code, service, state): many for code, service, state, many in connection.execute(counted)}
    wrong = sorted(key for key in {*kept, *there} if kept[key] != there.get(key, 0))
    return [f"{' '.join(key)}: {kept[key]} are counted, {there.get(key, 0)} there" for key in wrong]


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
