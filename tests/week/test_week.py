"""A day of the week, with everything: half an hour's worth in `make test-long`. The whole week is `make week`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import postgres
from tests.conftest import unavailable
from tests.week import report, simulated
from tests.week.__main__ import live


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_day_of_work_with_its_timers_and_faults_and_everything_agrees(kind: str, tmp_path: Path) -> None:
    try:
        postgres.programs()
        simulated.library()
    except (postgres.PostgresUnavailable, simulated.FaketimeUnavailable) as error:
        unavailable(str(error))
    told: list[str] = []
    outcome = live(tmp_path / "week", days=1, seed=1904 + os.getpid() % 1000, kind=kind, wanted=0, tell=told.append)
    (tmp_path / "report.md").write_text(
        report.written(outcome.week, outcome.checks, outcome.commands, seed=0, kind=kind, real_seconds=outcome.seconds)
    )
    assert not outcome.wrong, "\n".join([*outcome.wrong, *told[-60:]])
    assert sum(outcome.week.agenda.done.values()) >= 15
    assert {each.service for each in outcome.week.ran if each.code == 0} >= {
        "khatm-backup",
        "khatm-audit",
        "khatm-counts",
        "khatm-evaluate",
    }
    assert all(each.state == "over" for each in outcome.week.breaker.plan)
