"""One code in use at two shops within one radius: places do not tell them apart, but boards do (docs/reference/detection/two-shops.md).

Each difference has a weight of evidence in bans, the decimal logarithm of how seldom honest work shows it (Good 1950); weights add up.
Photographs are shown beside each other and weigh nothing: two pictures of one shop differ as much as two of two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from .geometry import SIGMAS_AT_68, metres
from .grouping import by_license, places
from .names import likeness
from .records import DAY_S, Alert, Evidence, Register, Sighting, Site

CODE = "two_shops"
THRESHOLD = 2.7  # bans
ALIKE = 0.5  # likeness from which two names are one
#: Assumed until a pilot has measured them: how often an inspector writes another name than the board's or another type, and how often
#: a shop changes its name in a year without telling the office.
WRONG_NAME, WRONG_TYPE, RENAMED_A_YEAR = 0.005, 0.005, 0.02
STAND_M = 15.0  # where inspectors stand before one shop
STREETS = 1.7  # as in two_places


def _bans(chance: float) -> float:
    return -math.log10(min(1.0, max(chance, 1e-9)))


def _differ(one: str | None, two: str | None) -> bool:
    """Say whether two names were read on two boards; no where one is unknown or they cannot be compared."""
    found = likeness(one, two) if one and two else None
    return found is not None and found < ALIKE


def _same(one: str | None, two: str | None) -> bool:
    """Say whether two names are one; no where nobody can tell."""
    found = likeness(one, two) if one and two else None
    return found is not None and found >= ALIKE


def _name(one: Sighting, two: Sighting, group: Sequence[Sighting], site: Site | None) -> float:
    if not _differ(one.name_seen, two.name_seen):
        return 0.0
    if site and two.edition != one.edition and _same(two.name_seen, site.trade_name):
        return 0.0  # renamed, and the office knows
    back = any(each.at > two.at and _same(each.name_seen, one.name_seen) for each in group)  # a shop renamed does not go back
    again = min(sum(_same(each.name_seen, name) for each in group) for name in (one.name_seen, two.name_seen))
    years = (two.at - one.at) / (365 * DAY_S)
    renamed = 0.0 if back else RENAMED_A_YEAR * years
    return _bans(WRONG_NAME ** min(2, max(1, again)) + renamed)


def _type(one: Sighting, two: Sighting) -> float:
    differ = one.type_seen and two.type_seen and one.type_seen != two.type_seen
    return _bans(WRONG_TYPE) if differ else 0.0


def _apart(one: Sighting, two: Sighting) -> float:
    if not one.position or not two.position:
        return 0.0
    sigma = STREETS * math.hypot(one.position.accuracy_m, two.position.accuracy_m) / SIGMAS_AT_68
    beyond = max(0.0, metres(one.position.point, two.position.point) - STAND_M)
    return _bans(max(math.exp(-((beyond / max(sigma, 0.1)) ** 2) / 2), 1e-4))  # never more: errors have long tails


def _weigh(one: Sighting, two: Sighting, group: Sequence[Sighting], site: Site | None) -> tuple[float, tuple[Evidence, ...]]:
    name, kind, apart = _name(one, two, group, site), _type(one, two), _apart(one, two)
    if not name and not kind:
        return 0.0, ()  # a place alone is two_places' affair
    said = []
    if name:
        said.append(Evidence("name_seen", two.name_seen or "", one.name_seen or "", round(name, 1)))
    if kind:
        said.append(Evidence("type_seen", two.type_seen or "", one.type_seen or "", round(kind, 1)))
    if apart > 0.5 and one.position and two.position:
        said.append(Evidence("apart_m", round(metres(one.position.point, two.position.point)), 0, round(apart, 1)))
    return name + kind + apart, tuple(said)


def find(sightings: Sequence[Sighting], register: Register) -> Iterator[Alert]:
    """Yield one alert for each license whose boards were two shops', from neighbouring sightings in time."""
    for license_, group in by_license(sightings).items():
        site = register.sites.get(license_)
        best: tuple[float, tuple[Evidence, ...], tuple[Sighting, ...]] = 0.0, (), ()
        named = [each for each in group if each.name_seen or each.type_seen]
        for at, two in enumerate(named[1:], 1):
            for one in named[max(0, at - 3) : at]:
                weight, said = _weigh(one, two, named, site)
                best = max(best, (weight, said, (one, two)), key=lambda each: each[0])
        if best[0] >= THRESHOLD:
            yield Alert(
                CODE,
                "license",
                license_,
                best[2][-1].authority,
                tuple(each.inspection for each in best[2]),
                places(best[2]),
                (*best[1], Evidence("weight_bans", round(best[0], 1), 0, THRESHOLD)),
                gaps={"license": license_, "one": best[2][0].name_seen or "—", "two": best[2][1].name_seen or "—"},
            )
