"""Programs that tests interrupt hear it, also where the tests' own process ignores the signal (see tests/processes.py)."""

import re
import signal
import subprocess
import sys

from tests import processes
from tests.house.test_rules import NAMES, text_of

WAITING = "import time; print('here', flush=True); time.sleep(60)"
INTERRUPTS = re.compile(r"(?:send_signal|killpg|os\.kill)\([^)\n]*(?:SIGINT|SIGHUP|signal_)")
# module: why what it starts hears the signal anyway
HEARS = {
    "tests/house/test_any_hour.py": "a breach, which is to fail",
    "tests/house/test_processes.py": "this rule",
}


def test_what_tests_start_may_be_interrupted() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with processes.start([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
            assert running.stdout.readline() == b"here\n"
            running.send_signal(signal.SIGINT)
            running.wait(60)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN, "as it was"
    finally:
        signal.signal(signal.SIGINT, before)
    assert running.returncode == -signal.SIGINT


def test_who_interrupts_starts_so_that_it_is_heard() -> None:
    interrupting = {name for name in NAMES if name.startswith("tests/") and name.endswith(".py") and INTERRUPTS.search(text_of(name))}
    assert interrupting > set(HEARS)
    deaf = {name for name in interrupting - set(HEARS) if "processes.start(" not in text_of(name) and "office.start(" not in text_of(name)}
    assert deaf == set(), "start it by tests/processes.py"
