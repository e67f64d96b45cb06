"""Positions too good to be measured: typed, replayed or computed, not received (docs/reference/detection/too-exact.md).

No sign is proof: cached fixes repeat, tablets know no altitude. Strong signs count two points, weak ones one; two points make an alert.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from .geometry import SIGMAS_AT_68, metres
from .grouping import by_device, places
from .records import Alert, Evidence, Position, Register, Sighting

CODE = "too_exact"
FIXES = 20  # the least number that shows a habit
RECENT = 200  # how many of a device's latest positions are looked at: habits change
POINTS = 2
REPEATED_SHARE, REPEATED_AFTER_S = 0.1, 600  # a phone may hand out its last fix again within minutes
COARSE_DIGITS, COARSE_SHARE = 4, 0.5  # four decimals are 11 m
CONSTANT_SHARE = 0.9
ON_POINT_M, ON_POINT_CHANCE, ON_POINT_LEAST = 1.0, 1e-6, 3
STEADY_M = 2.0  # devices that state less are surveyors'

_Seen = Sequence[tuple[Sighting, Position]]


def _written(position: Position) -> tuple[str, str]:
    return position.digits or (repr(position.point.latitude), repr(position.point.longitude))


def _repeated(seen: _Seen) -> Evidence | None:
    last: dict[tuple[str, str], int] = {}
    again = 0
    for sighting, position in seen:
        earlier = last.get(_written(position))
        again += earlier is not None and sighting.at - earlier > REPEATED_AFTER_S
        last[_written(position)] = sighting.at
    share = again / len(seen)
    return Evidence("repeated_share", round(share, 2), 0, REPEATED_SHARE) if share >= REPEATED_SHARE else None


def _decimals(text: str) -> int:
    return len(text.partition(".")[2].rstrip("0"))


def _coarse(seen: _Seen) -> Evidence | None:
    share = sum(all(_decimals(each) <= COARSE_DIGITS for each in _written(position)) for _, position in seen) / len(seen)
    return Evidence("coarse_share", round(share, 2), 0, COARSE_SHARE) if share >= COARSE_SHARE else None


def _constant(seen: _Seen) -> Evidence | None:
    share = Counter(position.accuracy_m for _, position in seen).most_common(1)[0][1] / len(seen)
    return Evidence("constant_accuracy_share", round(share, 2), 0, CONSTANT_SHARE) if share >= CONSTANT_SHARE else None


def _bare(seen: _Seen) -> Evidence | None:
    bare = all(position.altitude_m is None and position.speed_m_s is None for _, position in seen)
    return Evidence("no_altitude_nor_speed_share", 1, 0, 1) if bare else None


def _at_least(count: int, mean: float) -> float:
    """Return the Poisson probability of `count` or more, bounded above (Chernoff): e^(−μ) (eμ/k)^k."""
    if count <= mean or mean <= 0:
        return 1.0 if count <= mean else 0.0
    return math.exp(count - mean + count * math.log(mean / count))


def _on_point(seen: _Seen, register: Register) -> Evidence | None:
    """Fixes within a metre of a registered point, against how many their own stated accuracy lets one expect."""
    hits, expected = 0, 0.0
    for sighting, position in seen:
        site = register.sites.get(sighting.license or "")
        if site is None:
            continue
        sigma = max(position.accuracy_m, STEADY_M) / SIGMAS_AT_68
        expected += 1 - math.exp(-((ON_POINT_M / sigma) ** 2) / 2)
        hits += any(metres(move.point, position.point) <= ON_POINT_M for move in site.moves)
    found = hits >= ON_POINT_LEAST and _at_least(hits, expected) < ON_POINT_CHANCE
    return Evidence("on_point_count", hits, round(expected, 1), ON_POINT_LEAST) if found else None


def find(sightings: Sequence[Sighting], register: Register) -> Iterator[Alert]:
    """Yield one alert for each device whose latest positions have too many signs of having been made."""
    for device, group in by_device(sightings).items():
        seen = [(each, each.position) for each in group if each.position][-RECENT:]
        if len(seen) < FIXES:
            continue
        strong = [_repeated(seen), _coarse(seen), _on_point(seen, register)]
        weak = [_constant(seen), _bare(seen)]
        points = 2 * sum(map(bool, strong)) + sum(map(bool, weak))
        if points >= POINTS:
            said = tuple(each for each in (*strong, *weak) if each)
            concerned = [each for each, _ in seen]
            yield Alert(
                CODE,
                "device",
                device,
                concerned[-1].authority,
                tuple(each.inspection for each in concerned),
                places(concerned),
                said,
                gaps={"device": device, "signs": len(said), "fixes": len(seen)},
            )
