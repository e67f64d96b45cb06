"""The publisher's machine starts with a clock a year ahead that nobody keeps. It is stopped before anything is signed, and told what to do.

What verifiers make of what such a machine did sign: test_wrong_verifier_clock.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

import khatm
from acts.tables import acts
from issuer.clock_guard import CONFIRMED, ClockGuard
from issuer.errors import IssuerError
from tests.issuer.logs import with_log
from tests.issuer.offices import NOW, SECONDS, Office, rows
from web import clock
from web.staying import Stay

HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
SetClock = Callable[..., None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Sets the machine's clock; `kept` is what its kernel says of it."""

    def setting(at: datetime, *, kept: bool | None = False) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return at.astimezone(tz or UTC)

        monkeypatch.setattr(clock, "datetime", Clock)
        monkeypatch.setattr(clock, "synchronised", lambda: kept)

    return setting


@pytest.fixture
def house(office: Office) -> Office:
    """It published at NOW, with a log."""
    with_log(office)
    office.run("issue", office.write("first.csv", rows(2)), "--no-output")
    office.run("publish")
    return office


def run(house: Office, *words: str | Path, exit_code: int = 0) -> Result:
    """A command by the machine's clock, for which nobody vouches."""
    ran = CliRunner().invoke(khatm.main, house.words(*words, now=""))
    assert ran.exit_code == exit_code, ran.output
    return ran


def everything(house: Office) -> dict[Path, bytes]:
    folders = (house.locations.published, house.locations.store)
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("ahead", [YEAR, 2 * HOUR])
def test_it_signs_nothing_and_says_what_to_do(house: Office, set_clock: SetClock, ahead: timedelta) -> None:
    before, file = everything(house), house.write("more.csv", rows(1, first=50))
    set_clock(NOW + ahead)
    for words in (("publish",), ("issue", file, "--no-output")):
        said = run(house, *words, exit_code=2).output
        assert "clock_unconfirmed" in said and "--clock-confirmed" in said and "خدمة ضبط الوقت" in said
        assert f"{NOW + ahead:%Y-%m-%dT%H:%MZ}, {NOW:%Y-%m-%dT%H:%M}" in said, "both times are said"
    assert everything(house) == before
    set_clock(NOW + HOUR / 2)
    assert "1 issued" in run(house, "issue", file, "--no-output").output, "with a clock that is right it goes on, and nothing was lost"


@pytest.mark.parametrize(("kept", "exit_code"), [(True, 0), (False, 2), (None, 2)])
def test_a_kept_clock_is_believed(house: Office, set_clock: SetClock, kept: bool | None, exit_code: int) -> None:
    set_clock(NOW + 2 * HOUR, kept=kept)
    run(house, "publish", exit_code=exit_code)


def test_who_compares_it_with_another_clock_types_the_time_and_that_is_an_act(house: Office, set_clock: SetClock) -> None:
    set_clock(NOW + 6 * HOUR)
    typed = (NOW + 6 * HOUR + timedelta(minutes=2)).isoformat()
    assert "status/1" in run(house, "publish", "--clock-confirmed", typed).output
    with house.locations.engine() as engine, engine.connect() as connection:
        (act,) = connection.execute(select(acts).where(acts.c.kind == CONFIRMED)).all()
    assert act.actor.startswith("command:") and act.at == SECONDS + 6 * 3600
    house.run("audit", "verify", now=None)


@pytest.mark.parametrize("typed", [NOW, NOW + YEAR - timedelta(minutes=6)])
def test_a_time_that_is_not_the_clock_s_confirms_nothing(house: Office, set_clock: SetClock, typed: datetime) -> None:
    before = everything(house)
    set_clock(NOW + YEAR)
    assert "clock_confirmed_differs" in run(house, "publish", "--clock-confirmed", typed.isoformat(), exit_code=2).output
    assert "time_invalid" in run(house, "publish", "--clock-confirmed", "tomorrow", exit_code=2).output
    assert everything(house) == before


def test_a_time_that_is_stated_needs_no_vouching(house: Office, set_clock: SetClock) -> None:
    set_clock(NOW + YEAR)
    said = CliRunner().invoke(khatm.main, [*house.words("publish", now=(NOW + HOUR).isoformat()), "--clock-confirmed", NOW.isoformat()])
    assert said.exit_code == 2 and "--now states the time itself" in said.output
    house.run("publish", now=(NOW + 3 * HOUR).isoformat())


def test_a_publisher_that_follows_says_it_and_goes_on_when_the_clock_is_set(
    house: Office, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(house)
    turns = iter([NOW + YEAR, NOW + YEAR, NOW + HOUR / 2])

    class Turns:
        """Ends when there are no more turns; each has a clock of its own."""

        over = False

        def is_set(self) -> bool:
            return self.over

        def wait(self, _: float) -> bool:
            at = next(turns, None)
            self.over = at is None
            if at is not None:
                set_clock(at)
                assert everything(house) == before
            return self.over

    monkeypatch.setattr("issuer.commands.Stay", partial(Stay, stop=Turns()))
    set_clock(NOW + YEAR)
    said = run(house, "publish", "--follow")
    assert said.stderr.count("clock_unconfirmed") == 1 and "worker_waits" in said.stderr and "worker_back" in said.stderr
    assert "status/1" in said.stdout
    assert everything(house) != before


@pytest.mark.parametrize(
    ("clock_says", "code"), [(NOW + YEAR, "clock_unconfirmed"), (NOW - HOUR, "clock_behind"), (NOW - 20 * YEAR, "clock_behind")]
)
def test_a_look_that_dated_nothing_is_no_success_and_ends_no_publisher(
    house: Office, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock_says: datetime, code: str
) -> None:
    """From its start too: a machine that was switched on knows the time only once its time service does, and nobody starts units again."""
    monkeypatch.setenv("KHATM_LIFE", str(tmp_path))
    lives: list[dict[str, object]] = []

    class Once:
        over = False

        def is_set(self) -> bool:
            return self.over

        def wait(self, _: float) -> bool:
            lives.append(json.loads((tmp_path / "life.json").read_text()))
            self.over = len(lives) == 2
            set_clock(NOW + HOUR / 2)
            return self.over

    monkeypatch.setattr("issuer.commands.Stay", partial(Stay, stop=Once()))
    set_clock(clock_says)
    said = run(house, "publish", "--follow")
    assert code in said.stderr and "no_published_key" not in said.stderr
    first, second = lives
    assert (first["fault"], first["succeeded"]) == (code, 0)
    assert second["fault"] == "" and second["succeeded"] == second["looked"]


def test_a_clock_that_was_right_is_right_until_it_jumps(house: Office, set_clock: SetClock) -> None:
    guard = ClockGuard()
    set_clock(NOW, kept=True)
    with house.locations.engine() as engine:
        guard.require(house.locations, engine, now=SECONDS)
        set_clock(NOW)
        guard.require(house.locations, engine, now=SECONDS + 200)
        with pytest.raises(IssuerError, match="clock_unconfirmed"):
            guard.require(house.locations, engine, now=SECONDS + 2 * 3600)
