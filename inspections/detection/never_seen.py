"""Licenses never seen although inspectors are about: a shop that is not there, or passed by (docs/reference/detection/never-seen.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from seal import days

from .geometry import Near
from .records import DAY_S, Alert, Evidence, Register, Sighting, Site

CODE = "never_seen"
DAYS = 365
AREA_M = 100.0
OTHERS = 3  # licenses of the type in the area, at least
CHANCE = 1e-3
SPREAD = 0.15  # how uneven honest visiting is between like licenses: the variance of their rates over the squared mean

NEEDED = (CHANCE**-SPREAD - 1) / SPREAD  # expected visits at which being passed over is CHANCE


def chance(expected: float) -> float:
    """Return how likely a license is passed over where `expected` visits fall to each on average and rates vary (negative binomial)."""
    return float((1 + SPREAD * expected) ** (-1 / SPREAD))


def _runs(site: Site, register: Register) -> bool:
    """Say whether the license ran, and stood where it stands, through all of the days looked at."""
    end = days.day_of(register.as_of)
    return site.here.day <= end - timedelta(days=DAYS) and (site.last_day is None or site.last_day >= end)


def find(sightings: Sequence[Sighting], register: Register) -> Iterator[Alert]:
    """Yield an alert for each license not seen for DAYS while its neighbours of the same type were seen again and again."""
    since = register.as_of - DAYS * DAY_S
    visits: dict[str, set[date]] = defaultdict(set)
    for each in sightings:
        if each.license and since <= each.at <= register.as_of:
            visits[each.license].add(days.day_of(each.at))
    running = [site for site in register.sites.values() if _runs(site, register)]
    near = Near((site.here.point, site) for site in running)
    for site in running:
        if site.license in visits:
            continue
        around = [other for _, other in near.within(site.here.point, AREA_M) if other.type == site.type and other.license != site.license]
        if len(around) < OTHERS:
            continue
        expected = sum(len(visits[other.license]) for other in around if other.license in visits) / len(around)
        if (p := chance(expected)) <= CHANCE:
            seen = sum(other.license in visits for other in around)
            yield Alert(
                CODE,
                "license",
                site.license,
                site.authority,
                (),
                (site.here.point,),
                (Evidence("visits", 0, round(expected, 1), round(NEEDED, 1)), Evidence("neighbours_seen", seen, len(around), OTHERS)),
                probability=p,
                gaps={"license": site.license, "days": DAYS, "neighbours": len(around), "visits": f"{expected:.1f}"},
            )
