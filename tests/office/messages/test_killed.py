"""Senders that are killed at any moment: no message is lost, and for each kill at most one part comes twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from office.database import open_register
from tests import processes
from tests.conftest import ROOT
from tests.office.messages.posting import ARABIC, LONG, put, states
from tests.office.messages.smsc import Smsc

PATIENCE_SECONDS = 180
LEASE = {"lease": (10, 8)}  # a machine that stalls for less than eight seconds takes nothing from a sender that lives


@pytest.fixture
def register(database_url: str) -> Iterator[Engine]:
    engine = open_register(database_url)
    yield engine
    engine.dispose()


def start(url: str, settings: Path, plan: dict[str, object] | None = None, *more: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.office.messages.sending", json.dumps(plan or {}), "--register", url, "--gateway", str(settings)]
    return processes.start([*words, *more], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def wait_for(register: Engine, state: str, count: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while Counter(states(register).values())[state] < count:
        assert time.monotonic() < end, Counter(states(register).values())
        time.sleep(0.05)


def copies(centre: Smsc) -> Counter[tuple[str, str]]:
    """How often each part came: by number, and header and text."""
    return Counter((event["to"], event["udh"] + event["text"]) for event in centre.heard("submitted"))


def end_of(process: subprocess.Popen[str]) -> str:
    """Ask it to stop; it does, with 0. What it wrote to stderr."""
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    return errors


def test_two_senders_killed_again_and_again_lose_nothing_and_double_little(
    register: Engine, database_url: str, centre: Smsc, tmp_path: Path
) -> None:
    chance = Random(20261125)
    put(register, *(f"short/{which}" for which in range(60)))
    put(register, *(f"long/{which}" for which in range(20)), text=LONG)
    settings, kills, pace = centre.settings(tmp_path), 0, ("--per-second", "60")
    while kills < 6:
        both = [start(database_url, settings, LEASE, *pace) for _ in range(2)]
        goal = len(centre.heard("submitted")) + chance.randint(3, 12)
        centre.wait("submitted", count=goal)
        for process in both:
            process.kill()
            process.communicate()
            kills += 1
    last = [start(database_url, settings, LEASE) for _ in range(2)]
    wait_for(register, "delivered", 80)
    for process in last:
        end_of(process)
    arrived = copies(centre)
    assert len(arrived) == 60 + 3 * 20
    assert arrived.total() - len(arrived) <= kills


MOMENTS = [
    ("office.messages.leases:take", 1, "after", {0}),  # taken in a transaction that is never committed
    ("office.messages.sender:Sender._send", 1, "before", {0}),
    ("office.messages.smpp:Smpp.submit", 2, "before", {0}),
    ("office.messages.smpp:Smpp.submit", 2, "after", {1}),  # the one moment that doubles a part: the answer dies with the sender
    ("office.messages.leases:accepted", 2, "after", {1}),  # in a transaction that is never committed: the same
    ("office.messages.leases:sent", 1, "before", {0}),
    ("office.messages.leases:sent", 1, "after", {0}),
    ("office.messages.receipts:keep", 1, "after", {0, 1}),  # not acknowledged: it comes again; a part may wait for its answer then
]


@pytest.mark.parametrize(("function", "call", "when", "doubled"), MOMENTS)
def test_killed_at_a_chosen_moment(
    register: Engine, database_url: str, centre: Smsc, tmp_path: Path, function: str, call: int, when: str, doubled: set[int]
) -> None:
    put(register, "long/1", text=LONG)
    put(register, "short/1", text=ARABIC)
    settings = centre.settings(tmp_path)
    dying = start(database_url, settings, {"moment": [function, call, when]})
    dying.communicate(timeout=60)
    assert dying.returncode == -signal.SIGKILL
    process = start(database_url, settings)
    wait_for(register, "delivered", 2)
    end_of(process)
    arrived = copies(centre)
    assert len(arrived) == 4
    assert arrived.total() - 4 in doubled
