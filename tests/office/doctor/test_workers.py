"""The signs of life that the doctor reads: written by the loop itself, and judged by the clock."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from office.doctor import metrics, workers
from office.doctor.findings import SENTENCES, Level
from tests import clock
from tests.issuer import offices
from tests.office.applications.conftest import Keys
from web.life import Life, Sign

NOW = 1_800_000_000
WELL = Life("sender", 30, NOW - 20, NOW - 20, waiting={"messages": 4})


def put(folder: Path, life: Life, name: str = "khatm-sender") -> None:
    (folder / name).mkdir(exist_ok=True)
    Sign(folder / name).tell(life)


@pytest.mark.parametrize(
    ("life", "level", "code"),
    [
        (WELL, Level.FINE, "life_fine"),
        (WELL._replace(looked=NOW - 900, succeeded=NOW - 900), Level.SOON, "life_silent"),
        (WELL._replace(looked=NOW - 8_000), Level.NOW, "life_silent"),
        (WELL._replace(every=3_600, looked=NOW - 7_000), Level.FINE, "life_fine"),  # it looks hourly
        (WELL._replace(fault="database_unreachable", since=NOW - 60), Level.FINE, "life_failing"),
        (WELL._replace(fault="database_unreachable", since=NOW - 600), Level.SOON, "life_failing"),
        (WELL._replace(fault="database_unreachable", since=NOW - 7_200), Level.NOW, "life_failing"),
        (WELL._replace(looked=NOW + 5_000), Level.FINE, "life_fine"),  # a clock that was set back
    ],
)
def test_what_a_sign_means(tmp_path: Path, life: Life, level: Level, code: str) -> None:
    put(tmp_path, life)
    [found] = workers.look(tmp_path, now=NOW)
    assert (found.level, found.code) == (level, code)
    assert "khatm-sender" in found.detail


DAY = 86_400
NIGHT = Life("khatm-audit", DAY, NOW - 8 * 3_600, NOW - 8 * 3_600, timer=True)


@pytest.mark.parametrize(
    ("sign", "name", "level", "code"),
    [
        (NIGHT, "khatm-audit", Level.FINE, "timer_fine"),
        (NIGHT._replace(fault="exit_1", since=NOW - 60), "khatm-audit", Level.NOW, "audit_found"),
        (NIGHT._replace(fault="exit_2", since=NOW - 60), "khatm-audit", Level.SOON, "timer_failed"),
        (NIGHT._replace(fault="exit_1", since=NOW - 60), "khatm-plan", Level.SOON, "timer_failed"),
        (NIGHT._replace(looked=NOW - 3 * DAY, succeeded=NOW - 3 * DAY), "khatm-audit", Level.NOW, "timer_late"),
        (NIGHT._replace(succeeded=NOW - 3 * DAY, fault="exit_2", since=NOW - 2 * DAY), "khatm-backup", Level.NOW, "timer_late"),
        (NIGHT._replace(succeeded=0, fault="exit_2", since=NOW - 60), "khatm-backup", Level.SOON, "timer_failed"),  # its first night
        (NIGHT._replace(looked=NOW + DAY, succeeded=NOW + DAY), "khatm-audit", Level.FINE, "timer_fine"),  # a clock that was set back
        (NIGHT._replace(every=3_600, looked=NOW - 7_000, succeeded=NOW - 7_000), "khatm-evaluate", Level.FINE, "timer_fine"),
    ],
)
def test_what_the_sign_of_a_timer_means(tmp_path: Path, sign: Life, name: str, level: Level, code: str) -> None:
    put(tmp_path, sign, name)
    [found] = workers.look(tmp_path, now=NOW)
    assert (found.level, found.code) == (level, code)
    assert name in found.detail
    assert found.told()


def test_an_audit_that_found_something_is_told_by_the_doctor_and_as_a_number(
    unlocked: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its unit runs it: the sign is left by the command itself."""
    house = offices.furnish(tmp_path / "office", unlocked[0], str(tmp_path / "register.sqlite"))
    folder = tmp_path / "signs/khatm-audit"
    folder.mkdir(parents=True)
    house.run("issue", house.write("rows.csv", offices.rows(1)), "--no-output")
    monkeypatch.setenv("KHATM_LIFE", str(folder))
    monkeypatch.setenv("KHATM_TIMER", str(DAY))
    house.run("audit", "verify", now=None)
    [fine] = workers.look(folder.parent, now=clock.seconds())
    assert (fine.level, fine.code) == (Level.FINE, "timer_fine")
    with contextlib.closing(sqlite3.connect(house.register)) as connection:  # past the programs
        connection.execute("UPDATE seal SET status = 1")
        connection.commit()
    house.run("audit", "verify", now=None, exit_code=1)
    found = list(workers.look(folder.parent, now=clock.seconds()))
    assert [(each.level, each.code) for each in found] == [(Level.NOW, "audit_found")]
    assert 'khatm_timer_failed{timer="khatm-audit"} 1.0' in metrics.text(found)


def test_numbers_of_several_workers(tmp_path: Path) -> None:
    put(tmp_path, WELL)
    put(tmp_path, Life("worker", 10, NOW - 5, fault="disk_full", since=NOW - 5), "khatm-worker")
    told = metrics.text(workers.look(tmp_path, now=NOW))
    assert 'khatm_worker_looked_age_seconds{worker="sender"} 20.0' in told
    assert 'khatm_worker_waiting{what="messages",worker="sender"} 4.0' in told
    assert 'khatm_worker_failing{worker="worker"} 1.0' in told
    assert 'khatm_worker_succeeded_age_seconds{worker="worker"}' not in told, "it never did"


def test_what_is_not_there_or_broken_is_unknown(tmp_path: Path) -> None:
    assert list(workers.look(None, now=NOW)) == []
    [none] = workers.look(tmp_path, now=NOW)
    assert (none.level, none.code) == (Level.UNKNOWN, "life_none")
    (tmp_path / "khatm-sender").mkdir()
    (tmp_path / "khatm-sender/life.json").write_text(json.dumps({"worker": "x"}))
    [broken] = workers.look(tmp_path, now=NOW)
    assert (broken.level, broken.code) == (Level.UNKNOWN, "life_unreadable")


def test_every_code_has_a_sentence_in_both_languages() -> None:
    for code in (
        "life_fine",
        "life_failing",
        "life_silent",
        "life_none",
        "life_unreadable",
        "timer_fine",
        "timer_failed",
        "timer_late",
        "audit_found",
    ):
        assert set(SENTENCES[code]) == {"ar", "en"}
