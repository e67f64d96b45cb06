"""How much of what is licensed was seen: by authority, of the licenses in force now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from inspections.licensed import Licensed

from .tables import inspections

SEEN_DAYS = 90


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one authority: licenses in force, how many of them were seen in the last 90 days, how many never, and which those are."""

    authority: str
    in_force: int
    seen: int
    never: tuple[Licensed, ...]
    long_ago: int

    @property
    def share(self) -> float | None:
        """The share seen in the last 90 days, None where nothing is licensed."""
        return self.seen / self.in_force if self.in_force else None


def last_seen(connection: Connection, authorities: Collection[str]) -> dict[str, int]:
    """Return when each license of some authorities was last scanned (seconds since 1970 UTC), those that ever were. Read from an index."""
    table = inspections.c
    query = select(table.number, func.max(table.scanned_at)).where(
        table.license_authority.in_(authorities), table.number.is_not(None)
    )
    return {str(number): int(at) for number, at in connection.execute(query.group_by(table.number))}


def of(authority: str, licensed: Iterable[Licensed], seen_at: Mapping[str, int], *, now: int) -> Coverage:
    """Return the coverage of an authority's licenses that are in force."""
    since, never = now - SEEN_DAYS * 86_400, list[Licensed]()
    in_force = seen = 0
    for each in licensed:
        if each.standing(now) != "in_force":
            continue
        in_force += 1
        at = seen_at.get(each.number)
        if at is None:
            never.append(each)
        elif at >= since:
            seen += 1
    return Coverage(authority, in_force, seen, tuple(sorted(never, key=lambda one: one.number)), in_force - seen - len(never))
