"""One license in two places, a device too fast, positions too exact."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from inspections.detection import too_exact, too_fast, two_places
from inspections.detection.records import DAY_S, Move, Position
from seal import days
from seal.site import Point
from tests.inspections.detection.street import HERE, START, at, fix, jitter, register, seen, site

FIRST = days.day_of(START)


def test_a_copied_code_seen_twice() -> None:
    one, two = seen(position=fix()), seen(day=1, position=fix(300))
    [alert] = two_places.find([two, one], register())
    assert (alert.code, alert.subject, alert.id) == ("two_places", "license", "L1")
    assert alert.inspections == (one.inspection, two.inspection) and alert.places == (at(), at(300))
    [apart] = alert.evidence
    assert apart.what == "apart_m" and apart.seen == 300 and 100 < float(apart.threshold) < 200
    assert alert.key == ("two_places", "L1") and alert.authority == "SHQ"


@pytest.mark.parametrize("distance", [0, 20, 60])
def test_standing_about_is_no_second_place(distance: float) -> None:
    assert not list(two_places.find([seen(position=fix()), seen(position=fix(distance))], register()))


def test_what_measuring_explains() -> None:
    """The same 300 m with 8 m of accuracy, and with 100 m."""
    rough = [seen(position=fix(accuracy=100.0)), seen(position=fix(300, accuracy=100.0))]
    assert not list(two_places.find(rough, register()))
    fine = [replace(each, position=replace(each.position, accuracy_m=8.0)) for each in rough if each.position]
    assert len(list(two_places.find(fine, register()))) == 1


def test_nothing_without_positions() -> None:
    assert not list(two_places.find([seen(position=fix()), seen(position=None)], register()))


MOVED = site("L1", Move(date(2025, 1, 1), HERE, 40), Move(FIRST + timedelta(30), at(900), 40))


@pytest.mark.parametrize(
    ("visits", "alerts"),
    [
        ([(0, 0), (40, 900)], 0),  # moved, and the register knows
        ([(0, 0), (10, 900)], 0),  # the office heard of it twenty days later
        ([(0, 0), (90, 0)], 0),  # a card still hangs in the old place
        ([(0, 0), (200, 0), (40, 900)], 1),  # the old place long after the move
        ([(-70, 900), (0, 0)], 1),  # the new place long before it
        ([(0, 0), (40, 900), (50, 1500)], 1),  # a place of which the register knows nothing
        ([(40, 900), (50, 1500), (60, 1500)], 1),
    ],
)
def test_the_register_s_moves_come_first(visits: list[tuple[int, int]], alerts: int) -> None:
    sightings = [seen(day=day, position=fix(east)) for day, east in visits]
    assert len(list(two_places.find(sightings, register(MOVED)))) == alerts


def test_two_places_within_one_wide_radius() -> None:
    wide = site("L1", Move(date(2025, 1, 1), HERE, 150))
    assert len(list(two_places.find([seen(position=fix(-110)), seen(position=fix(110))], register(wide)))) == 1


def test_a_license_that_no_register_knows_is_looked_at_too() -> None:
    assert len(list(two_places.find([seen("X", position=fix()), seen("X", position=fix(900))], register()))) == 1


def test_a_license_seen_ten_thousand_times_in_one_place() -> None:
    chance = random.Random(1)
    visits = [seen(day=day / 10, position=jitter(chance)) for day in range(10_000)]
    assert not list(two_places.find(visits, register()))


def test_a_key_used_in_two_places() -> None:
    one, two = seen(position=fix()), seen(day=120 / DAY_S, position=fix(8_000))
    [alert] = too_fast.find([two, one], register())
    assert (alert.subject, alert.id, alert.inspections) == ("device", "d1", (one.inspection, two.inspection))
    assert alert.gaps["seconds"] == 120 and 280 < int(alert.gaps["needed"]) < 320


@pytest.mark.parametrize(("seconds", "accuracy"), [(400, 8.0), (120, 3_000.0)])
def test_a_car_and_a_rough_fix(seconds: int, accuracy: float) -> None:
    ways = [seen(position=fix(accuracy=accuracy)), seen(day=seconds / DAY_S, position=fix(8_000, accuracy=accuracy))]
    assert not list(too_fast.find(ways, register()))


def test_two_devices_may_be_in_two_places() -> None:
    assert not list(too_fast.find([seen(position=fix()), seen(device="d2", position=fix(8_000))], register()))


def test_one_place_twice_in_a_second() -> None:
    assert not list(too_fast.find([seen(position=fix()), seen(position=fix(30))], register()))


def habit(made: list[Position]) -> list[too_exact.Alert]:
    visits = [seen(f"L{n}", day=n, position=position) for n, position in enumerate(made)]
    return list(too_exact.find(visits, register()))


CHANCE = random.Random(4)
STREETS = [(CHANCE.uniform(-3000, 3000), CHANCE.uniform(-3000, 3000)) for _ in range(60)]
PHONE = [jitter(CHANCE, *street) for street in STREETS]


def test_a_phone_measures() -> None:
    assert habit(PHONE) == []


def test_a_tablet_without_altitude_measures_too() -> None:
    assert habit([replace(each, altitude_m=None, speed_m_s=None) for each in PHONE]) == []
    assert habit([replace(each, accuracy_m=20.0) for each in PHONE]) == []


@pytest.mark.parametrize(
    ("made", "signs"),
    [
        ([*PHONE[:30], *[PHONE[0]] * 30], {"repeated_share"}),
        ([replace(each, point=Point(round(each.point.latitude, 4), round(each.point.longitude, 4))) for each in PHONE], {"coarse_share"}),
        ([replace(each, digits=("31.2", "29.9187000")) for each in PHONE], {"coarse_share", "repeated_share"}),
        (
            [replace(each, accuracy_m=5.0, altitude_m=None, speed_m_s=None) for each in PHONE],
            {"constant_accuracy_share", "no_altitude_nor_speed_share"},
        ),
    ],
)
def test_positions_that_were_made(made: list[Position], signs: set[str]) -> None:
    [alert] = habit(made)
    assert {each.what for each in alert.evidence} == signs
    assert len(alert.inspections) == 60


def test_the_register_s_own_points() -> None:
    """Fixes on the point itself: more of them than their own accuracy allows."""
    sites = [site(f"L{n}", Move(date(2025, 1, 1), at(*street), 40)) for n, street in enumerate(STREETS)]
    typed = [seen(f"L{n}", day=n, position=replace(PHONE[n], point=at(*street))) for n, street in enumerate(STREETS)]
    [alert] = too_exact.find(typed, register(*sites))
    assert alert.evidence[0].what == "on_point_count" and alert.evidence[0].seen == 60
    honest = [seen(f"L{n}", day=n, position=position) for n, position in enumerate(PHONE)]
    assert not list(too_exact.find(honest, register(*sites)))


def test_a_fix_handed_out_again_within_minutes() -> None:
    twice = [seen(f"L{n}", day=n // 2 + n % 2 * 60 / DAY_S, position=PHONE[n // 2]) for n in range(60)]
    assert not list(too_exact.find(twice, register()))


def test_few_fixes_show_no_habit() -> None:
    assert habit([PHONE[0]] * 19) == [] and len(habit([PHONE[0]] * 20)) == 1
