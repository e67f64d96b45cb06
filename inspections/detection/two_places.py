"""One license in two separate places: the code hangs twice, or the shop moved untold (docs/reference/detection/two-places.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from seal import days

from .geometry import error_m, metres
from .grouping import by_license, places
from .records import Alert, Evidence, Position, Register, Sighting, Site

CODE = "two_places"
#: A shop's width and where inspectors stand, once for each of the two.
STAND_M = 50.0
#: How seldom two measurements of one place may look like two, were the stated accuracies true.
CHANCE = 1e-5
#: How often a device's own idea of its accuracy is too good between houses: errors are taken as this much larger.
STREETS = 1.7
#: How long before its day a move may have happened, and how long after it a card may still hang in the old place.
LATE = timedelta(days=90)

_Seen = tuple[Sighting, Position]


def separate_m(one: Position, two: Position) -> float:
    """Return by how many metres two positions are farther apart than standing about and measuring explain; negative where they are not."""
    return metres(one.point, two.point) - STAND_M - STREETS * error_m(one, two, CHANCE)


def _registered(seen: _Seen, site: Site | None) -> int | None:
    """Return which of the license's registered places explains a sighting, None where none does."""
    if site is None:
        return None
    sighting, position = seen
    day = days.day_of(sighting.at)
    ends = [later.day + LATE for _, later in pairwise(site.moves)] + [day]
    for at, (move, end) in enumerate(zip(site.moves, ends, strict=True)):
        near = metres(move.point, position.point) <= move.radius_m + STREETS * error_m(position, position, 0.05)
        if near and (at == 0 or move.day - LATE <= day) and day <= end:
            return at
    return None


def _widest(group: Sequence[_Seen], others: Sequence[_Seen]) -> tuple[float, _Seen, _Seen] | None:
    """Return the pair that is most clearly separate, one of each side; each new place is remembered once, so the work stays linear."""
    best: tuple[float, _Seen, _Seen] | None = None
    anchors: list[_Seen] = []
    for each in sorted(others, key=lambda seen: seen[1].accuracy_m):
        if all(separate_m(each[1], anchor[1]) > 0 for anchor in anchors):
            anchors.append(each)
    for each in group:
        for anchor in anchors:
            excess = separate_m(each[1], anchor[1])
            if excess > 0 and (best is None or excess > best[0]):
                best = excess, each, anchor
    return best


def _alert(license_: str, excess: float, pair: Sequence[_Seen]) -> Alert:
    one, two = sorted(pair, key=lambda seen: seen[0].at)
    apart = metres(one[1].point, two[1].point)
    return Alert(
        CODE,
        "license",
        license_,
        two[0].authority,
        (one[0].inspection, two[0].inspection),
        places((one[0], two[0])),
        (Evidence("apart_m", round(apart), 0, round(apart - excess)),),
        gaps={"license": license_, "metres": round(apart), "threshold": round(apart - excess)},
    )


def find(sightings: Sequence[Sighting], register: Register) -> Iterator[Alert]:
    """Yield one alert for each license that was seen in two places which neither measuring nor a registered move explains."""
    for license_, group in by_license(sightings).items():
        seen = [(each, each.position) for each in group if each.position]
        if len(seen) < 2:
            continue
        stands = [_registered(each, register.sites.get(license_)) for each in seen]
        lost = [each for each, stand in zip(seen, stands, strict=True) if stand is None]
        found = [_widest(lost, seen)] if lost else []
        for place in {stand for stand in stands if stand is not None}:
            same = [each for each, stand in zip(seen, stands, strict=True) if stand == place]
            found.append(_widest(same, same))
        widest = max((each for each in found if each), key=lambda each: each[0], default=None)
        if widest:
            yield _alert(license_, widest[0], widest[1:])
