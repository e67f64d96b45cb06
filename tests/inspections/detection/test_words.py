"""Every alert has words, its evidence too, and a page; the bench's street holds what it says."""

from __future__ import annotations

import csv
import importlib
import random
from pathlib import Path

import pytest

from bench.attacks import plant
from bench.street import Builder, World
from inspections.detection import finds_nothing, licensed_neighbour, never_seen
from inspections.detection.records import Alert
from inspections.detection.rules import RULES, find
from inspections.detection.words import WORDS, advice, evidence, sentence
from tests.conftest import ROOT
from tests.inspections.detection import test_people as people

CODES = {"two_places", "two_shops", "too_fast", "too_exact", "one_officer", "never_seen", "finds_nothing"}
CODES |= {"licensed_after_all", "licensed_neighbour_unseen"}


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """A small town: 200 shops seen five times by two teams, some of whom find something."""
    folder, chance = tmp_path_factory.mktemp("street"), random.Random(1)
    columns = ("inspection", "day", "license", "latitude", "longitude", "critical", "serious", "minor", "team")
    shops = [(41.8 + chance.random() / 50, -87.6 + chance.random() / 50) for _ in range(300)]
    days = sorted((f"2013-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}", shop) for shop in range(300) for _ in range(9))
    with (folder / "inspections.csv").open("w", encoding="utf-8") as file:
        made = csv.writer(file)
        made.writerow(columns)
        for number, (day, shop) in enumerate(days):
            made.writerow((number, day, shop, *shops[shop], int(chance.random() < 0.1), 0, int(chance.random() < 0.5), chance.choice("ab")))
    with (folder / "licenses.csv").open("w", encoding="utf-8") as file:
        made = csv.writer(file)
        made.writerow(("type", "authority", "trade_name", "latitude", "longitude", "radius_m"))
        for at in range(30):
            name = "".join(chance.choice("ابتثجحخدرزسشصضطعغفقكلمنهوي") for _ in range(9))
            made.writerow(("shop", "SHQ", name, 31.2 + chance.random() / 20, 29.9 + chance.random() / 20, 40 + at))
    return Builder(folder / "inspections.csv", folder / "licenses.csv")


@pytest.fixture(scope="module")
def attacked(builder: Builder) -> World:
    return plant(builder.world(1))


@pytest.fixture(scope="module")
def alerts(attacked: World) -> list[Alert]:
    return list(find(attacked.sightings, attacked.register))


def test_what_is_planted_is_found(attacked: World, alerts: list[Alert]) -> None:
    found = {(alert.code, alert.id) for alert in alerts}
    far = [number for number, label in attacked.planted["two_places"].items() if label != "100-200 m"]
    assert sum(("two_places", number) in found for number in far) >= 0.9 * len(far) > 20


def test_every_alert_explains_itself(attacked: World, alerts: list[Alert]) -> None:
    known = {each.inspection for each in attacked.sightings}
    assert all(set(alert.inspections) <= known for alert in alerts)
    every = [*alerts, *finds_nothing.find(people.eyes([*people.HONEST, 0.0]), people.REGISTER)]
    every += never_seen.find(people.walks(14), people.REGISTER)
    every += licensed_neighbour.find([people.report(), people.report(10)], people.register())
    assert {alert.code for alert in every} == CODES
    for alert in every:
        assert alert.evidence and (alert.places or alert.code == "finds_nothing")
        for language in ("ar", "en"):
            said = [sentence(alert, language), advice(alert, language), *(evidence(each, language) for each in alert.evidence)]
            assert all(said) and not any("{" in each for each in said)


def test_a_finding_found_again_is_the_same(attacked: World, alerts: list[Alert]) -> None:
    shuffled = random.Random(3).sample(attacked.sightings, len(attacked.sightings))
    again = sorted(find(shuffled, attacked.register), key=lambda each: each.key)
    assert [each.key for each in again] == [each.key for each in sorted(alerts, key=lambda each: each.key)]
    assert len({each.key for each in alerts}) == len(alerts)


def test_the_same_seed_is_the_same_street(builder: Builder) -> None:
    assert builder.world(5).sightings == builder.world(5).sightings != builder.world(6).sightings


def test_the_words_are_those_of_the_codes() -> None:
    assert {each for each in WORDS if not each.startswith(("evidence_", "todo_"))} == CODES
    assert {each.removeprefix("todo_") for each in WORDS if each.startswith("todo_")} == CODES


def test_each_rule_has_its_page() -> None:
    pages = ROOT / "docs/reference/detection"
    for name in RULES:
        module = importlib.import_module(f"inspections.detection.{name}")
        page = f"{name.replace('_', '-')}.md"
        assert f"docs/reference/detection/{page}" in (module.__doc__ or "").replace("\n", " ")
        text = (pages / page).read_text("utf-8")
        heads = [line for line in text.splitlines() if line.startswith("## ")]
        assert heads == ["## What it says", "## Formula", "## Measured", "## What to do", "## What an attacker would try next"], page
    assert {path.stem for path in Path(pages).glob("*.md")} == {name.replace("_", "-") for name in RULES}


def test_numbers_on_the_pages_are_those_of_the_rules() -> None:
    for name in RULES:
        module = importlib.import_module(f"inspections.detection.{name}")
        text = (ROOT / f"docs/reference/detection/{name.replace('_', '-')}.md").read_text("utf-8")
        numbers = {each: getattr(module, each) for each in dir(module) if each.isupper() and each not in ("DAY_S", "SIGMAS_AT_68")}
        said = [f"`{each}` {number:g}" for each, number in numbers.items() if isinstance(number, int | float)]
        assert [each for each in said if each not in text] == [], name
