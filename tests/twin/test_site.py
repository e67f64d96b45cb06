"""The same decimetres, degrees and faults of outlines in both languages."""

from __future__ import annotations

import math
import random

from seal import site as sites
from seal.area import Area
from seal.site import Point, Site
from tests.twin.asking import Asker

Pair = tuple[Point, tuple[tuple[int, int], ...], Point]
RING = ((-200, -150), (200, -200), (250, 200), (-50, 20), (-200, 200))


def pairs(seed: int, count: int) -> list[Pair]:
    """Sites and positions: mostly in Alexandria, from a hundred micrometres to far away."""
    chance = random.Random(f"site/{seed}")
    made = []
    for _ in range(count):
        origin = Point(chance.uniform(31, 31.4), chance.uniform(29.5, 30.3))
        if chance.random() < 0.2:
            origin = Point(chance.uniform(-90, 90), chance.uniform(-180, 180))
        spread = 10 ** chance.uniform(-10, 1) if chance.random() < 0.95 else 100
        latitude, longitude = origin.latitude + chance.gauss(0, spread), origin.longitude + chance.gauss(0, spread)
        place = Point(max(-90.0, min(90.0, latitude)), max(-180.0, min(180.0, longitude)))
        made.append((origin, RING if chance.random() < 0.3 else (), place))
    return made


def differences(ask: Asker, given: list[Pair]) -> list[object]:
    """Where decimetres or bearings differ, or metres by more than a micrometre."""
    asked = [{"origin": origin, "footprint": ring, "place": place} for origin, ring, place in given]
    (answer,) = ask([{"ask": "distances", "pairs": asked}])
    found: list[object] = []
    for (origin, ring, place), (theirs, bearing) in zip(given, answer["answers"], strict=True):
        metres = sites.distance_m(Site(origin, 40, ring), *place)
        same = int(metres * 10) == math.floor(theirs * 10) and abs(metres - theirs) < 1e-6
        if not same or sites.bearing_degrees(place, origin) != bearing:
            found.append((origin, ring, place, metres, theirs, bearing))
    return found


def test_decimetres_and_bearings_are_the_same(ask: Asker) -> None:
    assert differences(ask, pairs(1, 10_000)) == []


def test_decimetres_and_bearings_are_the_same_in_chromium(ask_chromium: Asker) -> None:
    assert differences(ask_chromium, pairs(2, 3_000)) == []


def test_bearings_of_places_micrometres_apart_are_the_same(ask: Asker) -> None:
    """The textbook's formula gave 211 and 210, 269 and 268."""
    near = [
        (Point(33.66567747543317, 22.724956456867204), (), Point(33.66567747549102, 22.724956456908142)),
        (Point(31.371540289322876, 29.98603356180819), (), Point(31.371540289324326, 29.986033561872816)),
        (Point(31.2755, 30.0125), (), Point(31.2755, 30.0125)),
        (Point(0.0, -180.0), (), Point(-0.0, 180.0)),
        (Point(90.0, 0.0), (), Point(-90.0, 0.0)),
    ]
    assert differences(ask, near) == []


def test_faults_of_outlines_are_the_same(ask: Asker) -> None:
    chance = random.Random("rings")

    def number() -> int:
        return chance.choice((chance.randrange(4), chance.randrange(4), chance.randrange(-2600, 2601)))

    rings = [[(number(), number()) for _ in range(chance.choice((2, 3, 3, 4, 4, 5, 6, 24, 25)))] for _ in range(5_000)]
    rings += [[(0, 0), (1 << 63, 0), (0, 1)], [(0, 0), (5000, 0), (0, 5000)], [(5001, 1), (5001, 10), (4990, 5)]]
    ours = [sites.footprint_fault(ring) for ring in rings]
    (answer,) = ask([{"ask": "footprints", "rings": rings}])
    assert answer["faults"] == ours
    assert {None, "footprint_invalid", "footprint_too_large"} == set(ours)


def test_areas_hold_the_same_points(ask: Asker) -> None:
    chance = random.Random("areas")
    cases = []
    for _ in range(5_000):
        ring = [(round(chance.uniform(31.2, 31.3), 3), round(chance.uniform(29.9, 30), 3)) for _ in range(chance.randrange(3, 8))]
        corner = chance.choice(ring)
        spot = (chance.uniform(31.19, 31.31), chance.uniform(29.89, 30.01))
        near = (corner[0] + chance.gauss(0, 0.0006), corner[1] + chance.gauss(0, 0.0006))
        cases.append({"ring": ring, "spot": chance.choice((corner, near, spot))})
    ours = [Area([Point(*corner) for corner in case["ring"]]).holds(Point(*case["spot"])) for case in cases]
    (answer,) = ask([{"ask": "areas", "cases": cases}])
    assert answer["inside"] == ours
    assert 1_000 < sum(ours) < 4_500
