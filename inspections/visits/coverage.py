"""How much of what is licensed was seen: by authority, of the licenses in force now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspections.standings import Standings

from .counts import day_of, number_of
from .sightings import Sightings

SEEN_DAYS = 90


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one authority: licenses in force, how many of them were seen in the last 90 days, and the places of those that never were."""

    authority: str
    in_force: int
    seen: int
    never: npt.NDArray[np.integer[Any]]
    long_ago: int

    @property
    def share(self) -> float | None:
        """The share seen in the last 90 days, None where nothing is licensed."""
        return self.seen / self.in_force if self.in_force else None


def of(authority: str, held: Standings, seen: Sightings, *, now: int) -> Coverage:
    """Return the coverage of an authority's licenses."""
    places = held.in_force(now)
    last = seen.of(held.keys[places])
    never, lately = places[last == 0], int(np.count_nonzero(last >= number_of(day_of(now)) - SEEN_DAYS))
    return Coverage(authority, len(places), lately, never, len(places) - lately - len(never))
