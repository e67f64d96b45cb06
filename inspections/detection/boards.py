"""What a row of sightings costs to explain, in bans: as one shop, as one that changed once, as a place. Used by two_shops.

A ban is a decimal logarithm of how seldom honest work shows something (Good 1950): costs of independent things add up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from .geometry import SIGMAS_AT_68, metres
from .names import in_arabic, likeness
from .records import DAY_S, Position, Sighting, Site

ALIKE = 0.5  # likeness from which two names are one
#: Assumed until a pilot has measured them: how often an inspector writes another name than the board's or another type; how often what is
#: written is the license's, because nobody read the board; how often a shop changes name or trade in a year without telling the office.
WRONG_NAME, WRONG_TYPE, UNREAD, CHANGED_A_YEAR = 0.005, 0.005, 0.1, 0.02
STAND_M = 15.0  # where inspectors stand before one shop, evenly
STREETS = 1.3  # how much too well of itself a device thinks between houses
BAD_FIX, BAD_FACTOR = 0.05, 3.0  # fixes whose error is as if their accuracy were so many times worse
FIX_MOST = 3.0  # bans that one fix costs at most: errors have long tails
_WEEK = 7 / 365


class Cost(NamedTuple):
    """What names, types, a change in time and places cost."""

    name: float = 0.0
    type: float = 0.0
    change: float = 0.0
    place: float = 0.0

    @property
    def boards(self) -> float:
        """What boards alone cost."""
        return self.name + self.type + self.change

    @property
    def total(self) -> float:
        """All of it."""
        return self.boards + self.place


def bans(chance: float) -> float:
    """Return how many bans something so likely costs."""
    return -math.log10(min(1.0, max(chance, 1e-9)))


def same(one: str, two: str) -> bool | None:
    """Say whether two names are one; None where nobody can tell."""
    found = likeness(one, two)
    return None if found is None else found >= ALIKE


def _cheapest(seen: Sequence[str], licensed: str, wrong: float, alike: Callable[[str, str], bool | None]) -> float:
    """Return what what was read costs at least, were there one board: each that reads otherwise was misread, or nobody read."""

    def cost(board: str) -> float:
        return sum(
            0.0 if alike(each, board) is not False else bans(UNREAD) if licensed and alike(each, licensed) else bans(wrong) for each in seen
        )

    return min((cost(board) for board in dict.fromkeys(seen)), default=0.0)


def constant(group: Sequence[Sighting], site: Site | None) -> Cost:
    """Return what it costs to take these for one shop that never changed; places apart."""
    names = [each.name_seen for each in group if each.name_seen]
    types = [each.type_seen for each in group if each.type_seen]
    # Each script by itself: a name in the other one, which nobody can compare, would explain every difference away.
    scripts = [each for each in names if in_arabic(each)], [each for each in names if not in_arabic(each)]
    name = sum(_cheapest(each, site.trade_name if site else "", WRONG_NAME, same) for each in scripts)
    return Cost(name, _cheapest(types, site.type if site else "", WRONG_TYPE, str.__eq__))


def changed(group: Sequence[Sighting], site: Site | None) -> Cost:
    """Return the same for one shop that changed once at most, in name or trade or both; `group` is oldest first."""
    best = constant(group, site)
    for at in range(1, len(group)):
        before, after = group[:at], group[at:]
        sides = constant(before, site), constant(after, site)
        change = _change(before, after, site)
        made = Cost(sides[0].name + sides[1].name, sides[0].type + sides[1].type, change)
        best = min(best, made, key=lambda each: each.boards)
    return best


def _change(before: Sequence[Sighting], after: Sequence[Sighting], site: Site | None) -> float:
    told = after[0].edition != before[-1].edition
    if site and any(each.name_seen and same(each.name_seen, site.trade_name) for each in after):
        if told:
            return 0.0  # renamed, and the office knows
        if not any(each.name_seen and same(each.name_seen, site.trade_name) for each in before):
            return math.inf  # back to what the license has said all the time: no shop is renamed so
    years = (after[0].at - before[-1].at) / (365 * DAY_S)
    return bans(CHANGED_A_YEAR * max(years, _WEEK))


def place(positions: Collection[Position]) -> float:
    """Return what it costs to take these for one place, before which inspectors stand about."""
    if len(positions) < 2:
        return 0.0
    spread = [STAND_M**2 / 6 + (STREETS * each.accuracy_m / SIGMAS_AT_68) ** 2 for each in positions]  # of one axis
    wide = [STAND_M**2 / 6 + (BAD_FACTOR * each.accuracy_m / SIGMAS_AT_68) ** 2 for each in positions]
    whole = sum(1 / each for each in spread)
    latitude = sum(each.point.latitude / of for each, of in zip(positions, spread, strict=True)) / whole
    longitude = sum(each.point.longitude / of for each, of in zip(positions, spread, strict=True)) / whole
    middle = next(iter(positions)).point._replace(latitude=latitude, longitude=longitude)
    cost = 0.0
    for each, near, far in zip(positions, spread, wide, strict=True):
        square = metres(middle, each.point) ** 2
        chance = (1 - BAD_FIX) * math.exp(-square / (2 * near)) + BAD_FIX * near / far * math.exp(-square / (2 * far))
        cost += min(FIX_MOST, bans(chance))
    return cost
