"""An audit that is stopped goes on where it was, and finds what it would have found; also where the database moved on meanwhile."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from acts import acting, beginning, replay, sweep
from acts.errors import ActError
from acts.finding import Finding
from issuer.register import history
from issuer.register.derived import Issued
from office.database import GUARDED, open_register
from storage.errors import StorageError
from tests import by_hand
from tests.acts.test_beginning import upgraded


class _StoppedError(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with the rows of a whole demo, taken on."""
    path = tmp_path_factory.mktemp("resuming") / "register.sqlite"
    upgraded(str(path))
    engine = open_register(str(path))
    with acting.acting("command:root", "audit"):
        beginning.begin(engine, GUARDED, now=lambda: 1)
    engine.dispose()
    return path


@pytest.fixture
def engine(rows: Path, tmp_path: Path) -> Iterator[Engine]:
    """A copy of it."""
    with sqlite3.connect(rows) as source, sqlite3.connect(tmp_path / "register.sqlite") as copy:
        source.backup(copy)
    found = open_register(str(tmp_path / "register.sqlite"))
    yield found
    found.dispose()


def audited(engine: Engine, state: Path, progress: Callable[[int], object] = lambda _: None) -> tuple[list[Finding], sweep.Count]:
    findings: list[Finding] = []
    with replay.kept(state, sweep.TABLES) as acts:
        derivation = Issued("ALX")
        count = sweep.verify(engine, GUARDED, replay=acts, derivation=derivation, found=findings.append, progress=progress)
    state.unlink()
    return findings, count


def stopped(after: int) -> Callable[[int], None]:
    calls = iter(range(after))

    def progress(_: int) -> None:
        if next(calls, None) is None:
            raise _StoppedError

    return progress


def tamper(engine: Engine) -> None:
    """In the first, a middle and the last table, by name."""
    by_hand.run(engine, "UPDATE account SET display = 'x' WHERE id = (SELECT min(id) FROM account)")
    by_hand.run(engine, "UPDATE license SET trade_name = 'ملهى' WHERE id = (SELECT min(id) FROM license)")
    by_hand.run(engine, "UPDATE seal SET status = 3 - status WHERE id = (SELECT max(id) FROM seal)", "DELETE FROM license_link")


def test_stopped_anywhere_it_finds_what_it_would_have_found(engine: Engine, tmp_path: Path) -> None:
    tamper(engine)
    whole, count = audited(engine, tmp_path / "whole")
    assert {each.table for each in whole} >= {"account", "license", "seal"}
    state, runs = tmp_path / "state", 0
    while True:
        runs += 1
        try:
            found, again = audited(engine, state, stopped(after=9))
        except _StoppedError:
            continue
        break
    assert runs > 5
    assert found == whole
    assert (again.rows, again.acts, again.since) == (count.rows, count.acts, 0)


def test_killed_it_goes_on(engine: Engine, tmp_path: Path) -> None:
    """By SIGKILL, in a process of its own, in the middle of a table."""
    tamper(engine)
    whole, count = audited(engine, tmp_path / "whole")
    url, state = str(engine.url.database), tmp_path / "state"
    engine.dispose()
    if (pid := os.fork()) == 0:
        calls = iter(range(40))
        audited(open_register(url), state, lambda _: os.kill(os.getpid(), signal.SIGKILL) if next(calls, None) is None else None)
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL
    with replay.kept(state, sweep.TABLES) as acts:
        assert 0 < acts.noted("rows") < count.rows  # type: ignore[operator]
    assert audited(open_register(url), state)[0] == whole


def test_a_database_that_moves_on_is_no_false_alarm_and_hides_nothing(engine: Engine, tmp_path: Path) -> None:
    """Between two runs a program changes a row that was held already, and somebody writes past it into that very row."""
    state = tmp_path / "state"
    with pytest.raises(_StoppedError):
        audited(engine, state, stopped(after=_steps(engine, tmp_path) - 2))
    with engine.connect() as connection:
        number = connection.exec_driver_sql(
            "SELECT number FROM license JOIN seal ON license_id = license.id WHERE status = 0 ORDER BY license.id"
        ).scalar()
    with acting.acting("command:root", "license"):
        history.change(engine, str(number), "suspended", reason="x", now=2_000_000_000)
    by_hand.run(engine, f"UPDATE seal SET iat = iat + 1 WHERE license_id = (SELECT id FROM license WHERE number = '{number}')")
    found, count = audited(engine, state)
    assert count.since == 1
    assert [(each.kind, each.table, each.columns) for each in found] == [("changed", "seal", ("iat",))]


def _steps(engine: Engine, tmp_path: Path) -> int:
    """How often a whole audit tells of its progress."""
    told: list[int] = []
    audited(engine, tmp_path / "steps", told.append)
    return len(told)


def test_an_act_that_was_read_and_is_gone_is_named(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(_StoppedError):
        audited(engine, tmp_path / "state", stopped(after=3))
    by_hand.run(engine, "DELETE FROM act WHERE id = (SELECT max(id) FROM act)")
    found, _ = audited(engine, tmp_path / "state")
    assert [each.kind for each in found] == ["act_removed"]


def test_the_state_of_another_database_is_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(_StoppedError):
        audited(engine, tmp_path / "state", stopped(after=3))
    other = open_register(str(tmp_path / "other.sqlite"))
    with pytest.raises(ActError, match="audit_state_other"):
        audited(other, tmp_path / "state")
    other.dispose()


@pytest.mark.parametrize("damage", [b"", b"nothing of ours" * 100])
def test_a_damaged_state_is_said_or_is_a_beginning(engine: Engine, tmp_path: Path, damage: bytes) -> None:
    state = tmp_path / "state"
    state.write_bytes(damage)
    if damage:
        with pytest.raises(ActError, match="audit_state_damaged"):
            audited(engine, state)
    else:
        assert audited(engine, state)[0] == []


def test_a_full_disk_is_no_damaged_state(tmp_path: Path) -> None:
    """Who is told that it is damaged deletes it, and with it how far the audit came."""
    with replay.kept(tmp_path / "state") as made:
        made.commit()
    before = (tmp_path / "state").read_bytes()
    for opening in (lambda: replay.kept(tmp_path / "state"), replay.scratch):
        with pytest.raises(StorageError, match=r"^disk_full"), opening() as held:
            held.file.execute("COMMIT")
            held.file.execute("PRAGMA max_page_count = 1")  # what SQLite says then is what it says of a full disk: SQLITE_FULL
            held.file.execute("CREATE TABLE more (octets BLOB)")
            held.file.execute("INSERT INTO more VALUES (zeroblob(10000000))")
    assert (tmp_path / "state").read_bytes() == before


def test_a_state_that_cannot_be_opened_is_no_damaged_state(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with pytest.raises(StorageError, match=r"^disk"), replay.kept(tmp_path / "state"):
        pass


def test_nobody_else_reads_what_is_kept(engine: Engine, tmp_path: Path) -> None:
    with replay.kept(tmp_path / "state"):
        assert (tmp_path / "state").stat().st_mode & 0o077 == 0
