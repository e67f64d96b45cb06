"""A device faster than possible: its key is used in two places, or its positions are made up (docs/reference/detection/too-fast.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from .geometry import error_m, metres
from .grouping import by_device, places
from .records import Alert, Evidence, Register, Sighting

CODE = "too_fast"
SPEED_M_S = 25.0  # 90 km/h as the crow flies: 120 on an empty coastal road, and roads are a third longer
SLACK_S = 60  # a fix may be a minute older than its scan
CHANCE = 1e-5
STREETS = 1.7  # as in two_places
STAND_M = 200.0  # a short way proves nothing, however quick


def _alert(device: str, one: Sighting, two: Sighting, apart: float, least: float) -> Alert:
    seconds = two.at - one.at
    needed = least / SPEED_M_S
    return Alert(
        CODE,
        "device",
        device,
        two.authority,
        (one.inspection, two.inspection),
        places((one, two)),
        (
            Evidence("seconds_between_s", seconds, round(needed), round(needed - SLACK_S)),
            Evidence("apart_m", round(apart), 0, round(apart - least)),
        ),
        gaps={"device": device, "metres": round(apart), "seconds": seconds, "needed": round(needed)},
    )


def find(sightings: Sequence[Sighting], register: Register) -> Iterator[Alert]:
    """Yield one alert for each device, for the leg that is farthest beyond what a car can do."""
    for device, group in by_device(sightings).items():
        worst: tuple[float, Alert] | None = None
        for one, two in pairwise(each for each in group if each.position):
            if not one.position or not two.position:
                continue
            apart = metres(one.position.point, two.position.point)
            least = apart - STAND_M - STREETS * error_m(one.position, two.position, CHANCE)
            beyond = least - SPEED_M_S * (two.at - one.at + SLACK_S)
            if beyond > 0 and (worst is None or beyond > worst[0]):
                worst = beyond, _alert(device, one, two, apart, least)
        if worst:
            yield worst[1]
