"""The signs of life that the doctor reads: written by the loop itself, and judged by the clock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from office.doctor import metrics, workers
from office.doctor.findings import SENTENCES, Level
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
    for code in ("life_fine", "life_failing", "life_silent", "life_none", "life_unreadable"):
        assert set(SENTENCES[code]) == {"ar", "en"}
