"""One officer only: nobody else has ever been sent to this license (docs/reference/detection/one-officer.md).

Chance does that often where few officers work: what counts is the share of the area's visits that are this officer's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from .chance import discoveries
from .geometry import Near
from .grouping import by_license, places
from .records import DAY_S, Alert, Evidence, Register, Sighting

CODE = "one_officer"
AREA_M = 500.0
AREA_VISITS = 20  # fewer do not tell who works there
EPISODE_DAYS = 45  # a visit again within this time belongs to the one before: officers finish what they began
EPISODES = 3
RATE = 0.05  # of these alerts this share may be chance (Benjamini and Hochberg)


def episodes(visits: Sequence[Sighting]) -> int:
    """Return how many separate times these visits were, in order of time."""
    count, last = 0, None
    for each in visits:
        count += last is None or each.at - last > EPISODE_DAYS * DAY_S
        last = each.at
    return count


def chance(own: int, others: int, times: int) -> float:
    """Return how likely all `times` visits fall to one officer with `own` of the area's visits beside `others`: the mean of share^times.

    The share itself is uncertain: Beta(own + 1, others + 1) (Laplace), whose moments are a product.
    """
    result = 1.0
    for at in range(times):
        result *= (own + 1 + at) / (own + others + 2 + at)
    return result


def chance_alone(area: Counter[str], officer: str, times: int) -> float:
    """Return how likely one and the same officer makes all `times` visits, this one or any who comes here as seldom or seldomer.

    Whoever has not been here at all counts as one officer with no visit.
    """
    own, total = area[officer], area.total()
    rare = [count for count in area.values() if 0 < count <= own]
    return min(1.0, sum(chance(count, total - count, times) for count in (0, *rare)))


def find(sightings: Sequence[Sighting], register: Register) -> Iterator[Alert]:
    """Yield an alert for each license that one officer alone visits, oftener than the area's mix of officers lets one expect."""
    licensed = by_license(sightings)
    near: Near[tuple[str, str]] = Near(
        (each.position.point, (each.officer, number)) for number, group in licensed.items() for each in group if each.position
    )
    tried: list[tuple[float, str, list[Sighting], float]] = []
    for number, group in licensed.items():
        site, times = register.sites.get(number), episodes(group)
        if site is None or times < 2:
            continue
        area = Counter(officer for _, (officer, other) in near.within(site.here.point, AREA_M) if other != number)
        if area.total() < AREA_VISITS:
            continue
        own, alone = area[group[0].officer], len({each.officer for each in group}) == 1
        p = chance_alone(area, group[0].officer, times) if alone else 1.0
        tried.append((p, number, group, own / area.total()))
    limit = discoveries([p for p, *_ in tried], RATE)
    for p, number, group, share in tried:
        times = episodes(group)
        if p <= limit and times >= EPISODES:
            yield Alert(
                CODE,
                "license",
                number,
                group[-1].authority,
                tuple(each.inspection for each in group),
                places(group),
                (Evidence("officer_share", 1.0, round(share, 3), 1.0), Evidence("chance", p, 1.0, limit)),
                probability=p,
                gaps={"license": number, "visits": times, "percent": round(100 * share)},
            )
