"""Two shops, one officer, never seen, licensed neighbours, and devices that find nothing."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from inspections.detection import finds_nothing, licensed_neighbour, never_seen, one_officer, two_shops
from inspections.detection.records import Counts, Move, Sighting
from tests.inspections.detection.street import START, at, fix, register, seen, site


def boards(*visits: tuple[float, str | None, str | None, float]) -> list[Sighting]:
    return [seen(day=day, name_seen=name, type_seen=kind, position=fix(east)) for day, name, kind, east in visits]


BREAD, PHONES = "مخبز الأمل", "النور للمحمول"


@pytest.mark.parametrize(
    "visits",
    [
        [(0, BREAD, "shop", 0), (20, PHONES, "advertisement", 40)],  # name, type and place
        [(20 * n, (PHONES, BREAD)[n % 2], "shop", 0) for n in range(8)],  # to and fro in one place
        [(0, BREAD, "shop", 0), (20, BREAD, "advertisement", 35), (40, BREAD, "shop", 0), (60, BREAD, "advertisement", 35)],  # types alone
        [(0, BREAD, "shop", 0), (20, PHONES, "shop", 45)],  # name and place
        [(0, BREAD, None, 0), (300, PHONES, None, 30), (310, PHONES, None, 32), (600, BREAD, None, 0)],  # back and forth
    ],
)
def test_two_boards_under_one_code(visits: list[tuple[float, str | None, str | None, float]]) -> None:
    [alert] = two_shops.find(boards(*visits), register())
    assert alert.code == "two_shops" and {alert.gaps["one"], alert.gaps["two"]} == {name for _, name, _, _ in visits}
    assert alert.evidence[-1].what == "weight_bans" and float(alert.evidence[-1].seen) >= two_shops.THRESHOLD


@pytest.mark.parametrize(
    "visits",
    [
        [(0, BREAD, "shop", 0), (20, "مخبز الامل", "shop", 60)],  # a letter
        [(0, BREAD, "shop", 0), (20, "El Amal Bakery", "shop", 60)],  # another script: nobody can tell
        [(0, BREAD, "shop", 0), (20, PHONES, "shop", 0)],  # one wrong name
        [(0, BREAD, "shop", 0), (20, BREAD, "advertisement", 0)],  # one wrong type
        [(0, BREAD, None, 0), (300, PHONES, None, 0), (400, PHONES, None, 0)],  # a new name, and it stays
        [(0, BREAD, "shop", 0), (300, PHONES, "advertisement", 0), (400, PHONES, "advertisement", 0)],  # another tenant, name and trade
        [(0, BREAD, "shop", 0), (300, PHONES, "shop", 0), (350, BREAD, "shop", 0), (400, PHONES, "shop", 0)],  # once nobody read the board
        [(0, None, None, 0), (20, None, None, 30)],
    ],
)
def test_what_honest_work_does(visits: list[tuple[float, str | None, str | None, float]]) -> None:
    assert not list(two_shops.find(boards(*visits), register()))


def test_an_alert_keeps_its_pair_when_more_is_seen() -> None:
    """So that one that was closed is not opened again by every visit."""
    visits = boards((0, BREAD, "shop", 0), (20, PHONES, "shop", 45), (40, BREAD, "shop", 0))
    [before] = two_shops.find(visits, register())
    later = boards((60, PHONES, "shop", 45), (80, BREAD, "shop", 2), (100, None, None, 44))
    [after] = two_shops.find([*later, *visits], register())
    assert before.inspections == after.inspections == (visits[0].inspection, visits[1].inspection)
    assert float(after.evidence[-1].seen) > float(before.evidence[-1].seen), "and weighs more"


def test_a_name_in_another_script_and_a_far_visit_hide_nothing() -> None:
    visits = boards(
        (0, "Clothes", "shop", 0), *((20 * n, (BREAD, PHONES)[n % 2], "shop", 45 * (n % 2)) for n in range(1, 5)), (120, None, None, 160)
    )
    [alert] = two_shops.find(visits, register())
    assert {alert.gaps["one"], alert.gaps["two"]} == {BREAD, PHONES}


def test_of_a_license_that_was_seen_a_thousand_times_the_newest_are_looked_at() -> None:
    many = boards(*((day / 10, (BREAD, PHONES)[day % 2], "shop", 45 * (day % 2)) for day in range(1000)))
    [alert] = two_shops.find(many, register())
    assert alert.inspections == tuple(each.inspection for each in many[-two_shops.MOST :][:2])


def test_a_renaming_that_the_office_knows() -> None:
    one, two = boards((0, BREAD, "shop", 0), (20, PHONES, "shop", 60))
    assert len(list(two_shops.find([one, two], register(site(name=PHONES))))) == 1
    assert not list(two_shops.find([replace(one, edition=1), replace(two, edition=2)], register(site(name=PHONES))))


def street(officers: int, visits: int = 6, licenses: int = 40, seed: int = 2) -> list[Sighting]:
    chance = random.Random(seed)
    return [
        seen(f"L{n}", day=60 * k + chance.random(), position=fix(chance.uniform(-200, 200)), officer=f"o{chance.randrange(officers)}")
        for n in range(licenses)
        for k in range(visits)
    ]


def sites(licenses: int = 40, east: float = 0) -> list[Move]:
    return [Move(date(2025, 1, 1), at(east + n), 40) for n in range(licenses)]


REGISTER = register(*(site(f"L{n}", move) for n, move in enumerate(sites())))


def test_nobody_else_ever_comes() -> None:
    own = [replace(each, officer="o3") if each.license == "L7" else each for each in street(6)]
    [alert] = one_officer.find(own, REGISTER)
    assert (alert.id, len(alert.inspections)) == ("L7", 6)
    assert alert.probability is not None and alert.probability < 1e-3
    assert 10 <= int(alert.gaps["percent"]) <= 25


def test_chance_alone_alarms_as_seldom_as_the_rate_says() -> None:
    """Where all is chance, one street in twenty may have an alert: at most 6 of 40 (the binomial's 99.7 %)."""
    assert sum(any(one_officer.find(street(6, 3, seed=seed), REGISTER)) for seed in range(40)) <= 6


def test_whoever_it_is_that_comes_alone_is_counted() -> None:
    """Of ten officers who come equally often, that all three visits are one's has 1 in 100, not 1 in 1,000."""
    area = Counter({f"o{n}": 1000 for n in range(10)})
    assert one_officer.chance_alone(area, "o3", 3) == pytest.approx(0.01, rel=0.02)
    assert one_officer.chance_alone(area, "stranger", 3) < 1e-10


def test_where_one_officer_works_alone() -> None:
    """An officer who makes all visits of an area makes all visits of each license: that is no news."""
    assert not list(one_officer.find(street(1), REGISTER))


def test_finishing_what_one_began_is_one_visit() -> None:
    again = [each for each in street(6, 1) if each.license != "L7"]
    again += [seen("L7", day=10 * k, position=fix(), officer="o3") for k in range(6)]
    assert one_officer.episodes(again[-6:]) == 1 and not list(one_officer.find(again, REGISTER))


def test_the_probability_is_one() -> None:
    """The formula beside a simulation: a share drawn from what is known of it, all visits by that officer."""
    chance = random.Random(9)
    drawn = [all(chance.random() < share for _ in range(3)) for share in (chance.betavariate(6, 16) for _ in range(40_000))]
    assert one_officer.chance(5, 15, 3) == pytest.approx(sum(drawn) / 40_000, rel=0.1)


def walks(count: int, without: str = "L7") -> list[Sighting]:
    return [seen(f"L{n}", day=30 + k * 20, position=fix(n)) for n in range(40) for k in range(count) if f"L{n}" != without]


def test_passed_by_again_and_again() -> None:
    [alert] = never_seen.find(walks(14), REGISTER)
    assert (alert.id, alert.inspections) == ("L7", ()) and alert.places == (at(7),)
    assert alert.probability is not None and alert.probability <= never_seen.CHANCE
    assert alert.key == ("never_seen", "L7") and alert.authority == "SHQ"


def test_few_visits_say_nothing() -> None:
    assert not list(never_seen.find(walks(4), REGISTER))


@pytest.mark.parametrize(
    "other",
    [
        site("L7", Move(date(2026, 9, 1), at(7), 40)),  # licensed since a short time
        site("L7", sites()[7], last_day=date(2026, 9, 1)),  # ended
        site("L7", sites()[7], type="advertisement"),  # none of its kind about
        site("L7", Move(date(2025, 1, 1), at(9_000), 40)),  # elsewhere
    ],
)
def test_who_need_not_have_been_seen(other: object) -> None:
    known = replace(REGISTER, sites={**REGISTER.sites, "L7": other})
    assert not list(never_seen.find(walks(14), known))


def report(day: float = 0, east: float = 5, **more: object) -> Sighting:
    return seen(None, day=day, position=fix(east), kind="unlicensed", **{"type_seen": "shop", **more})


def test_the_licensed_shop_itself() -> None:
    found = report(name_seen="مخبز الامل")
    [alert] = licensed_neighbour.find([found], register())
    assert (alert.code, alert.subject, alert.id) == ("licensed_after_all", "inspection", found.inspection)
    assert alert.gaps["license"] == "L1" and alert.places[-1] == at()


@pytest.mark.parametrize(
    "other",
    [
        {"name_seen": PHONES},
        {"name_seen": "مخبز الامل", "type_seen": "advertisement"},
        {"name_seen": "مخبز الامل", "east": 200},
        {"name_seen": "مخبز الامل", "day": -500},  # before it was licensed
    ],
)
def test_a_neighbour_alone_is_no_news(other: dict[str, object]) -> None:
    assert not list(licensed_neighbour.find([report(**other)], register()))  # type: ignore[arg-type]


def test_boards_that_hide_beside_one_that_nobody_scanned() -> None:
    hidden = [report(), report(10)]
    [alert] = licensed_neighbour.find(hidden, register())
    assert (alert.code, alert.id, len(alert.inspections)) == ("licensed_neighbour_unseen", "L1", 2)
    assert not list(licensed_neighbour.find(hidden[:1], register()))
    assert not list(licensed_neighbour.find([*hidden, seen(day=12, position=fix())], register())), "its code was scanned: they are two"


def eyes(rates: list[float], visits: int = 80) -> list[Sighting]:
    chance = random.Random(6)
    return [
        seen(device=f"d{n}", day=k, findings=Counts(minor=int(chance.random() < rate)))
        for n, rate in enumerate(rates)
        for k in range(visits)
    ]


HONEST = [0.3, 0.45, 0.5, 0.55, 0.6, 0.4, 0.5]


def test_a_device_that_finds_nothing() -> None:
    [alert] = finds_nothing.find(eyes([*HONEST, 0.0]), register())
    assert (alert.subject, alert.id, alert.gaps["inspections"]) == ("device", "d7", 80)
    assert alert.probability is not None and alert.probability < 1e-3 and 40 <= int(alert.gaps["percent"]) <= 55


def test_honest_eyes_differ() -> None:
    assert not list(finds_nothing.find(eyes(HONEST), register()))
    uneven = eyes([0.0, 0.3, 0.0, 0.02, 0.0, 0.9], 30)
    assert not list(finds_nothing.find(uneven, register())), "where devices differ so much, nothing is said"


def test_few_inspections_say_nothing() -> None:
    assert not list(finds_nothing.find(eyes([*HONEST, 0.0], 29), register()))


def test_two_authorities_are_measured_by_each_its_own() -> None:
    """Where nobody finds anything, finding nothing is ordinary."""
    quiet = [replace(each, authority="AGM", device=f"q{each.device}", findings=Counts()) for each in eyes(HONEST)]
    assert not list(finds_nothing.find([*eyes(HONEST), *quiet], register()))


def test_the_moment_is_the_register_s() -> None:
    assert REGISTER.as_of > START
