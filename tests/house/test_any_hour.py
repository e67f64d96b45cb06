"""The tests pass at any hour, on any day, and in the background: some of them, run again where clock and signals are not the usual ones.

The programs that these tests start live by the same clock: libfaketime goes with the environment.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, unavailable

# What reads the clock itself, and what is ended by a signal.
CHOSEN = (
    "tests/office/applications/test_commands.py::test_once_issues_what_waits_and_then_has_nothing_to_do[sqlite]",
    "tests/house/test_processes.py::test_what_tests_start_may_be_interrupted",
)
LONG = (
    *("tests/office/applications/test_commands.py", "tests/office/payments", "tests/office/messages/test_smpp.py"),
    *("tests/verifier/test_gunicorn.py", "tests/demo", "tests/issuer/test_commands.py", "tests/seal/test_claims.py"),
    *("tests/inspector_app/test_scan.py", "tests/inspector_app/test_phone_public.py", "tests/twin/test_days.py"),
)
NEXT_DAY_IN_CAIRO = "2026-11-29 22:30:00"
LEAP_DAY = "2028-02-29 09:00:00"
# The hour that does not exist, and the one that there is twice (UTC; Cairo changes at midnight).
CHANGES = ("2027-04-29 22:10:00", "2027-04-30 10:00:00", "2027-10-28 20:50:00", "2027-10-28 21:30:00")


def ignoring() -> None:
    for ending in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)


def assert_pass_at(moment: str, folder: Path, *chosen: str) -> None:
    """Run tests as a background job of a script does, at that time (UTC); each must have run and passed."""
    pytest_ = [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", "-rA", "--durations=0", "--basetemp", str(folder / "tests")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {"TZ": "UTC"}  # noqa: TID251
    words = ["faketime", "-f", f"@{moment}", *pytest_, *chosen]
    done = subprocess.run(words, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, preexec_fn=ignoring)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert all(f"PASSED {name}" in done.stdout for name in chosen if "::" in name), done.stdout[-6000:]


@pytest.fixture(autouse=True)
def faketime() -> None:
    if not shutil.which("faketime"):
        unavailable("no faketime: run .ci/system-packages test")


@pytest.mark.parametrize("moment", [NEXT_DAY_IN_CAIRO, LEAP_DAY])
def test_some_tests_pass_there_too(moment: str, tmp_path: Path) -> None:
    assert_pass_at(moment, tmp_path, *CHOSEN)


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("moment", [NEXT_DAY_IN_CAIRO, LEAP_DAY, *CHANGES])
def test_whatever_lives_by_the_clock_passes_there_too(moment: str, tmp_path: Path) -> None:
    assert_pass_at(moment, tmp_path, *LONG)


def test_the_clock_and_the_signals_are_other_ones_there(tmp_path: Path) -> None:
    """A test that takes UTC's day for Cairo's fails there, and so does one that wants to be interrupted without asking for it."""
    program = tmp_path / "test_breach.py"
    program.write_text(BREACH)
    with pytest.raises(AssertionError, match="2 failed"):
        assert_pass_at(NEXT_DAY_IN_CAIRO, tmp_path, str(program))


BREACH = """
import datetime, os, signal, subprocess, sys

def test_a_day():
    now = datetime.datetime.now(datetime.UTC)
    assert now.date() == (now + datetime.timedelta(hours=2)).date()

def test_an_interruption():
    child = subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(2)"], stdout=subprocess.PIPE)
    with child:
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
    assert child.returncode == -signal.SIGINT
"""
