"""A database from before takes its rows on once; a new one has begun already."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
from office.database import open_register
from tests import by_hand
from tests.storage import one_chain


def audit(word: str, url: str, *more: str, exit_code: int = 0) -> str:
    ran = CliRunner().invoke(khatm.main, ["audit", word, "--register", url, *more])
    assert ran.exit_code == exit_code, ran.output
    return ran.output


@pytest.fixture
def before(database_url: str) -> str:
    """A register of before with the rows of a whole demo, upgraded."""
    return upgraded(database_url)


def upgraded(url: str) -> str:
    one_chain.lay(url, one_chain.REVISIONS[-1], rows=True)
    assert CliRunner().invoke(khatm.main, ["database", "upgrade", "--register", url]).exit_code == 0
    return url


def test_a_database_of_before_begins_once(before: str, tmp_path: Path) -> None:
    published = ("--published", str(tmp_path))
    assert "acts_not_begun" in audit("verify", before, *published, exit_code=2)
    assert "rows taken on as they are" in audit("begin", before)
    assert "0 findings" in audit("verify", before, *published)
    assert "acts_begun" in audit("begin", before, exit_code=2)
    engine = open_register(before)
    (seal,) = by_hand.run(engine, "SELECT min(id) FROM seal")[0]
    by_hand.run(engine, f"UPDATE seal SET status = 3 - status WHERE id = {seal[0]}")
    engine.dispose()
    told = audit("verify", before, *published, exit_code=1)
    assert f"seal {seal[0]} [status]  changed" in told
    history = audit("show", before, "seal", str(seal[0]))
    assert "taken on" in history
    assert "command:" in history


def test_a_new_database_has_begun(database_url: str, tmp_path: Path) -> None:
    open_register(database_url).dispose()
    assert "0 rows, 1 acts" in audit("verify", database_url, "--published", str(tmp_path))
    assert "acts_begun" in audit("begin", database_url, exit_code=2)
    assert "act_row_unknown" in audit("show", database_url, "message", "1", exit_code=2)
