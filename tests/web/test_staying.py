"""The loop of every worker: what ends it, what it waits for, what it tells and how often, and its sign of life."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from storage.errors import KhatmError
from tests.conftest import ROOT
from web import life, staying
from web.life import Life, Sign
from web.staying import RefusedError, Stay

NATIONAL = "3" + "0101012" + "100011"  # the shape of a national ID, of nobody


def refusing(work: Callable[[], object]) -> object:
    try:
        return work()
    except KhatmError as error:
        raise RefusedError(error.code, f"{error.code}: told") from error


class Rounds:
    """Rounds that end as the list says: None well, a code refused, an exception raised; then it stops."""

    def __init__(self, *ends: str | Exception | None, folder: Path | None = None, passing: frozenset[str] = staying.PASSING) -> None:
        self.ends, self.waits = list(ends), list[float]()
        self.stay = Stay("mill", 7.0, refusing, chance=Random(1), sign=Sign(folder), passing=passing, waiting=lambda: {"sacks": 3})  # type: ignore[arg-type]
        self.stay.stop.wait = self._wait  # type: ignore[method-assign, assignment]

    def _wait(self, seconds: float | None = None) -> bool:
        self.waits.append(seconds or 0)
        if not self.ends:
            self.stay.stop.set()
        return False

    def turn(self) -> None:
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        if end:
            raise KhatmError(end)


def test_what_passes_is_waited_for_longer_each_time_and_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    rounds = Rounds(*["database_unreachable"] * 9, None, None)
    rounds.stay.run(rounds.turn)
    for place, waited in enumerate(rounds.waits[:9]):
        longest = min(2.0**place, staying.LONGEST_SECONDS)
        assert longest / 2 <= waited <= longest
    assert rounds.waits[9:] == [7.0, 7.0]
    told = capsys.readouterr().err
    assert told.count("database_unreachable: told") == told.count("worker_waits") == told.count("worker_back") == 1
    assert "mill" in told


def test_each_kind_of_trouble_in_an_outage_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    rounds = Rounds("database_unreachable", "database_locked", "database_unreachable", "disk_full", None, "disk_full", None)
    rounds.stay.run(rounds.turn)
    told = capsys.readouterr().err
    assert [told.count(f"{code}: told") for code in ("database_unreachable", "database_locked", "disk_full")] == [1, 1, 2]
    assert told.count("worker_back") == 2


def test_what_is_wrong_from_the_start_ends_it() -> None:
    rounds = Rounds("passphrase_wrong")
    with pytest.raises(RefusedError, match="passphrase_wrong"):
        rounds.stay.run(rounds.turn)
    rounds = Rounds("database_unreachable", "passphrase_wrong")
    with pytest.raises(RefusedError, match="passphrase_wrong"):
        rounds.stay.run(rounds.turn)


def test_once_it_went_well_nothing_ends_it_not_even_a_fault_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    rounds = Rounds(None, "passphrase_wrong", KeyError(NATIONAL), None)
    rounds.stay.run(rounds.turn)
    assert rounds.ends == []
    told = capsys.readouterr().err
    assert "program_fault" in told
    assert "KeyError, test_staying.py:" in told
    assert NATIONAL not in told


def test_a_fault_of_ours_in_the_first_round_is_seen() -> None:
    rounds = Rounds(KeyError("x"))
    with pytest.raises(KeyError):
        rounds.stay.run(rounds.turn)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_the_middle_of_a_long_pause(ending: signal.Signals) -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    stay = Stay("mill", 3_600, refusing, sign=Sign(None))  # type: ignore[arg-type]
    stay.heed()
    try:
        threading.Timer(0.2, lambda: os.kill(os.getpid(), ending)).start()
        done: list[int] = []
        stay.run(lambda: done.append(1))
        assert done == [1]
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def test_what_is_opened_is_waited_for_and_closed() -> None:
    opened: list[str] = []
    rounds = Rounds("database_unreachable", "database_locked", None, None)

    @contextmanager
    def opening() -> Iterator[str]:
        rounds.turn()
        opened.append("open")
        yield "engine"
        opened.append("closed")

    with rounds.stay.opened(opening) as made:
        assert (made, opened) == ("engine", ["open"])
    assert opened == ["open", "closed"]


def test_told_to_stop_while_it_waits_for_what_is_to_be_opened_it_ends_well() -> None:
    rounds = Rounds("database_unreachable")

    @contextmanager
    def opening() -> Iterator[str]:
        rounds.turn()
        yield "never"

    with pytest.raises(SystemExit) as ended, rounds.stay.opened(opening):
        raise AssertionError
    assert ended.value.code == 0


def test_the_sign_of_life_says_when_it_looked_what_waits_and_what_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "khatm-mill"
    folder.mkdir()
    rounds = Rounds(None, "disk_full", folder=folder)
    rounds.stay.round(rounds.turn)
    [(name, first)] = life.signs(tmp_path)
    assert first is not None
    assert (name, first.worker, first.fault, first.waiting, first.every) == ("khatm-mill", "mill", "", {"sacks": 3}, 7.0)
    assert first.looked == first.succeeded > 0
    rounds.stay.round(rounds.turn)
    [(_, second)] = life.signs(tmp_path)
    assert second is not None
    assert (second.fault, second.succeeded) == ("disk_full", first.succeeded)
    assert second.since >= first.looked
    assert stat.S_IMODE((folder / "life.json").stat().st_mode) == 0o644
    assert [path.name for path in folder.iterdir()] == ["life.json"]


@pytest.mark.parametrize("written", [b"", b"[]", b"{}", b"\xff", b"9" * 5000, b"[" * 4000, b'{"worker": 1, "waiting": [], "every": "x"}'])
def test_a_sign_that_is_none_is_unknown(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "khatm-mill").mkdir()
    (tmp_path / "khatm-mill/life.json").write_bytes(written)
    assert list(life.signs(tmp_path)) == [("khatm-mill", None)]


def test_a_sign_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    rounds = Rounds(None, folder=tmp_path / "nowhere")
    assert rounds.stay.round(rounds.turn)


def test_systemd_is_told_at_each_round(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        told = Sign(None, str(tmp_path / "notify"))
        told.tell(Life("mill", 1, 1))
        assert listening.recv(1000) == b"WATCHDOG=1\nSTATUS=well"
        told.tell(Life("mill", 1, 1, fault="disk_full"))
        assert listening.recv(1000) == b"WATCHDOG=1\nSTATUS=disk_full"
    told.tell(Life("mill", 1, 1))  # nobody listens any more


def test_the_folder_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHATM_LIFE", str(tmp_path))
    life.sign().tell(Life("mill", 1, 5))
    assert json.loads((tmp_path / "life.json").read_text())["looked"] == 5


@pytest.mark.parametrize(
    ("ending", "fault"),
    [
        (None, ""),
        (SystemExit(0), ""),
        (SystemExit(None), ""),
        (SystemExit(1), "exit_1"),
        (SystemExit("no"), "exit_1"),
        (OSError(), "program_fault"),
    ],
)
def test_what_a_timer_starts_leaves_a_sign_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: BaseException | None, fault: str
) -> None:
    folder = tmp_path / "khatm-audit"
    folder.mkdir()
    monkeypatch.setenv("KHATM_LIFE", str(folder))
    monkeypatch.setenv("KHATM_TIMER", "86400")

    def ends(at: int, how: BaseException | None) -> Life | None:
        with contextlib.suppress(BaseException), life.run(lambda: at):
            if how is not None:
                raise how
        ((name, sign),) = life.signs(tmp_path)
        assert name == "khatm-audit"
        return sign

    assert ends(100, None) == Life("khatm-audit", 86_400, 100, 100, timer=True)
    first = ends(200, ending)
    assert first == Life("khatm-audit", 86_400, 200, 100 if fault else 200, fault, 200 if fault else 0, timer=True)
    if fault:
        assert ends(300, ending) == Life("khatm-audit", 86_400, 300, 100, fault, 200, timer=True), "since when stays"
        assert ends(400, None) == Life("khatm-audit", 86_400, 400, 400, timer=True)


def test_a_command_that_no_timer_starts_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHATM_LIFE", str(tmp_path))
    with life.run(lambda: 100):
        pass
    assert list(tmp_path.iterdir()) == []


LOGGED = """import logging
from web import logs
logs.configure()
try:
    raise ValueError("somebody's number")
except ValueError:
    logging.getLogger("sqlalchemy.pool").error("Exception during reset or similar", exc_info=True)
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_library_logs_of_a_fault_comes_without_traceback_and_message(form: str) -> None:
    """SQLAlchemy's pool does, when a database dies: its text may quote what was written."""
    given = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "KHATM_LOG_FORMAT": form}
    told = subprocess.run([sys.executable, "-c", LOGGED], env=given, capture_output=True, text=True, check=True).stderr
    assert "Exception during reset or similar" in told and "ValueError" in told
    assert "Traceback" not in told and "number" not in told and len(told.splitlines()) == 1, told
