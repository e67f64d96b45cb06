"""A verifier's clock is a day wrong, or the publisher's a year fast. Nothing is lost, no shop is red for it, a sentence says what to do.

How phones take the same files is held by tests/twin/test_published.py, test_following.py and tests/inspector_app/test_phone_offline.py.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

import khatm
from seal import days, status
from tests.world import URI, World
from verifier.app import create_app
from verifier.settings import Settings

DAY, YEAR = timedelta(days=1), timedelta(days=365)


@dataclass
class Counter:
    """A public verifier with a memory, whose clock is its own."""

    world: World
    now: datetime
    kept: bool | None = False

    def __post_init__(self) -> None:
        self.state = self.world.folder.parent / "state.json"
        self.client = self.begun()

    def begun(self) -> FlaskClient:
        """Started, or started anew."""
        settings = Settings(
            published=self.world.folder,
            root=self.world.root_file,
            state=self.state,
            now=lambda: self.now,
            synchronised=lambda: self.kept,
            check_seconds=0,
        )
        return create_app(settings).test_client()

    def ask(self, text: str) -> Any:
        return self.client.post("/api/v1/verify", json={"text": text, "site": False}).get_json()

    def health(self) -> Any:
        return self.client.get("/health/ready").get_json()

    def page(self, text: str, language: str) -> str:
        return self.client.get(f"/{text.rsplit('/', 1)[1]}?lang={language}").get_data(as_text=True)

    def learnt(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.state.read_text()) if self.state.exists() else {}
        return told


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    world = World(tmp_path)
    return Counter(world, world.now)


def seconds(at: datetime) -> int:
    return days.seconds_of(at)


def by_hand(counter: Counter, text: str, *, at: datetime | None = None) -> Result:
    """What an inspector's laptop says."""
    where = ["--published", str(counter.world.folder), "--root", str(counter.world.root_file), "--state", str(counter.state)]
    when = ["--now", (at or counter.now).isoformat()]
    return CliRunner().invoke(khatm.main, ["verify", text, *where, "--no-site", "--lang", "en", *when])


def test_a_year_behind_root_and_publisher_say_so(counter: Counter) -> None:
    text = counter.world.seal(counter.world.license())
    revoked = counter.world.seal(counter.world.license())
    counter.world.set_status(revoked, status.INVALID)
    counter.now -= YEAR
    told = counter.ask(text)
    assert (told["decision"], told["reason"]) == ("undecided", "clock_disagrees")
    assert "set it" in told["sentence"]["en"] and "اضبطها" in told["sentence"]["ar"]
    assert "clock is behind" in counter.page(text, "en") and "ساعة هذا الجهاز" in counter.page(text, "ar")
    assert counter.ask(revoked)["reason"] == "revoked", "what is final needs no clock"
    said = by_hand(counter, text)
    assert (said.exit_code, "clock_disagrees" in said.stderr or "clock is behind" in said.output) == (3, True)
    health = counter.health()
    assert (health["status"], health["faults"]) == ("clock_disagrees", {"clock": "clock_disagrees"})
    assert health["clock"]["behind_s"] > 364 * 86_400 and health["clock"]["ahead_s"].keys() == {"root", "publisher"}
    assert counter.learnt() == {}, "nothing is learnt by a clock that is wrong"
    counter.now += YEAR  # it is set, and looks again by itself
    assert counter.ask(text)["decision"] == "valid" and counter.health()["status"] == "ready"
    assert counter.learnt()["status_iat"] == {URI: seconds(counter.now) - 60}


def test_a_day_behind_the_lists_of_before_go_on(counter: Counter, caplog: pytest.LogCaptureFixture) -> None:
    """The root signed a week ago, so the publisher is the only one who is ahead: its word alone decides nothing."""
    world = counter.world
    world.trust = world.trust._replace(issued_at=seconds(world.now - 7 * DAY))
    world.publish()
    text = world.seal(world.license())
    assert counter.ask(text)["decision"] == "valid"
    counter.now -= DAY  # the battery of its clock
    world.publish_status(iat=seconds(world.now))
    with caplog.at_level(logging.WARNING, "verifier"):
        told = counter.ask(text)
    assert told["reason"] in ("status_list_ahead", "clock_disagrees") and told["decision"] == "undecided"
    assert "Look at this device's clock" in caplog.text
    health = counter.health()
    assert health["faults"] == {"status/1": "status_list_ahead"} and health["clock"]["synchronised"] is False
    assert list(health["clock"]["ahead_s"]) == ["publisher"]
    assert counter.begun().post("/api/v1/verify", json={"text": text, "site": False}).get_json()["decision"] == "undecided"
    counter.now += DAY
    assert counter.ask(text)["decision"] == "valid" and counter.health()["faults"] == {}


def test_a_license_of_today_is_not_red_on_a_clock_of_yesterday(counter: Counter) -> None:
    world = counter.world
    world.trust = world.trust._replace(issued_at=seconds(world.now - 7 * DAY))
    world.publish_status(iat=seconds(world.now - 2 * DAY))
    world.publish()
    counter.now -= DAY
    today = days.day_of(seconds(world.now))
    for text in (world.seal(world.license(), iat=seconds(world.now)), world.seal(world.license(first_day=today))):
        assert counter.ask(text)["decision"] == "undecided", "never red for a clock"
        assert by_hand(counter, text).exit_code == 3


def test_a_day_ahead_is_told_and_costs_nothing(counter: Counter) -> None:
    text = counter.world.seal(counter.world.license())
    counter.now += DAY
    assert counter.ask(text)["decision"] == "valid", "lists of yesterday are good for a week"
    health = counter.health()
    assert (health["status"], health["clock"]) == ("ready", {"synchronised": False, "behind_s": 0, "ahead_s": {}})
    assert health["status_lists"][URI]["fresh"] is False, "which whoever is on call sees"
    before = counter.learnt()
    counter.now -= DAY
    assert counter.ask(text)["decision"] == "valid" and counter.learnt() == before
    counter.world.set_status(text, status.INVALID)
    assert counter.ask(text)["reason"] == "revoked", "what it learnt keeps nothing out"


def test_a_publisher_a_year_fast_is_ignored_and_forgotten(counter: Counter) -> None:
    world = counter.world
    text = world.seal(world.license())
    assert counter.ask(text)["decision"] == "valid"
    before = counter.learnt()
    world.publish_status(iat=seconds(world.now + YEAR))
    assert counter.ask(text)["decision"] == "valid", "the last good list goes on"
    assert counter.health()["faults"] == {"status/1": "status_list_ahead"}
    said = by_hand(counter, text)
    assert "status/1: The status list is dated ahead" in said.stderr and counter.learnt() == before
    counter.now += 2 * DAY
    assert counter.ask(text)["decision"] == "valid"
    world.now += 2 * DAY
    world.set_status(text, status.INVALID)  # the publisher's clock is right again
    assert counter.ask(text)["reason"] == "revoked" and counter.health()["faults"] == {}
    assert counter.begun().get("/health/ready").get_json()["status"] == "ready", "nor does its memory hold it"


def test_a_root_a_year_fast_is_ignored_and_lists_go_on(counter: Counter) -> None:
    world = counter.world
    text = world.seal(world.license())
    assert counter.ask(text)["decision"] == "valid"
    good = world.trust
    world.trust = good._replace(sequence=good.sequence + 1, issued_at=seconds(world.now + YEAR), keys={})
    world.publish()
    assert counter.ask(text)["decision"] == "valid", "the last good one goes on"
    assert counter.health()["faults"]["trust-list"] == "trust_list_ahead"
    assert counter.learnt()["trust_sequence"] == good.sequence
    world.trust = good._replace(sequence=good.sequence + 1)
    world.publish()
    world.set_status(text, status.INVALID)
    assert counter.ask(text)["reason"] == "revoked" and counter.health()["faults"] == {}
