"""A day's list: some stops by risk, some by lot, and the way around them.

The lot is drawn from all sites, also those that risk would choose: so its stops are a fair sample of what is out there. Each site's rank
in it is a keyed hash of day, authority and site, so nobody can steer it, and adding a site moves no other. Whoever knows `lot` beforehand
knows the day's draw: it must come up that morning (the log's head, or a secret of the server's).
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from seal.site import Point

from . import route
from .errors import PlanningError
from .records import Chosen, Scored, Stop

CAPACITY_MOST = 60
REASON_LEAST, REASON_MOST = 3, 300
LOT_LEAST = 16  # octets


@dataclass(frozen=True, slots=True)
class DayList:
    """One inspector's stops in the order of the way. `metres` is the closed tour's length from `start` and back."""

    day: date
    authority: str
    stops: tuple[Stop, ...]
    metres: float
    model_learnt_until: date | None  # None: no model, by the longest not seen


@dataclass(frozen=True, slots=True)
class Reorder:
    """The inspector went another way and said why. `before` and `after` are the same sites."""

    day: date
    officer: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    reason: str


def _rank(lot: bytes, day: date, authority: str, site: str) -> bytes:
    said = "\n".join((day.isoformat(), authority, site)).encode()
    return hmac.digest(lot, said, hashlib.sha256)


def choose(
    scored: Sequence[Scored], *, day: date, authority: str, capacity: int, random_share: float, lot: bytes, asked: Collection[str] = ()
) -> list[Stop]:
    """Return the stops, those by lot first, then what open alerts ask for (`asked`, sites), then the most urgent of the others.

    `capacity` visits (1–60), of which `random_share` (0–1, the supervisor's) by lot: rounded up, so that a share above 0 is a visit.
    Sites without a position cannot be walked to and are left out. Raises PlanningError `capacity_range`, `random_share_range`,
    `lot_too_short`.
    """
    if not 1 <= capacity <= CAPACITY_MOST:
        raise PlanningError("capacity_range")
    if not 0 <= random_share <= 1:
        raise PlanningError("random_share_range")
    if len(lot) < LOT_LEAST:
        raise PlanningError("lot_too_short")
    here = [each for each in scored if each.candidate.authority == authority and each.candidate.point]
    by_lot = sorted(here, key=lambda each: _rank(lot, day, authority, each.candidate.site))
    drawn = by_lot[: math.ceil(round(capacity * random_share, 9))]
    taken = {each.candidate.site for each in drawn}
    # What is equally urgent in the lot's order: a register's order would favour the oldest license every day.
    others = [each for each in by_lot if each.candidate.site not in taken]
    urgent = sorted(others, key=lambda each: (each.candidate.site not in asked, -each.urgency))
    return [
        *(Stop(each.candidate, "random", each.probability, each.reasons) for each in drawn),
        *(Stop(each.candidate, _because(each, asked), each.probability, each.reasons) for each in urgent[: capacity - len(drawn)]),
    ]


def _because(of: Scored, asked: Collection[str]) -> Chosen:
    if of.candidate.site in asked:
        return "alert"
    return "unseen" if of.probability is None else "risk"


def ordered(stops: Sequence[Stop], *, day: date, authority: str, start: Point, learnt_until: date | None) -> DayList:
    """Return the list in the order of a short closed tour from `start`."""
    placed = [(each, each.candidate.point) for each in stops if each.candidate.point]
    points = [start, *(point for _, point in placed)]
    order = route.tour(points)
    metres = route.length(route.matrix(points), order)
    return DayList(day, authority, tuple(placed[at - 1][0] for at in order[1:]), metres, learnt_until)


def reorder(listed: DayList, after: Sequence[str], *, officer: str, reason: str) -> Reorder:
    """Return the event of another order. Raises PlanningError `reorder_other_stops`, `reorder_nothing_changed`, `reason_length`."""
    before = tuple(each.candidate.site for each in listed.stops)
    if sorted(before) != sorted(after):
        raise PlanningError("reorder_other_stops")
    if before == tuple(after):
        raise PlanningError("reorder_nothing_changed")
    if not REASON_LEAST <= len(reason.strip()) <= REASON_MOST:
        raise PlanningError("reason_length")
    return Reorder(listed.day, officer, before, tuple(after), reason.strip())
