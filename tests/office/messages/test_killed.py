"""Senders that are killed at any moment: no message is lost, and for each kill at most one part comes twice."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from office.database import open_register
from tests import processes
from tests.office.messages import sending
from tests.office.messages.posting import ARABIC, LONG, put, states
from tests.office.messages.smsc import Smsc

PATIENCE_SECONDS = 180
LEASE = {"lease": (10, 8)}  # a machine that stalls for less than eight seconds takes nothing from a sender that lives


@pytest.fixture
def register(database_url: str) -> Iterator[Engine]:
    engine = open_register(database_url)
    yield engine
    engine.dispose()


class Sender(NamedTuple):
    """A process that sends, and where its errors are."""

    process: ForkServerProcess
    errors: Path

    def end(self) -> int:
        """Wait for its end; how it ended."""
        self.process.join(processes.PATIENCE_SECONDS)
        assert self.process.exitcode is not None
        return self.process.exitcode


def start(url: str, settings: Path, plan: dict[str, object] | None = None, *more: str) -> Sender:
    words = ["--register", url, "--gateway", str(settings), *more]
    errors = settings.with_name(f"{uuid4().hex}.errors")
    return Sender(processes.forked(sending.run, plan or {}, words, errors=errors), errors)


def wait_for(register: Engine, state: str, count: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while Counter(states(register).values())[state] < count:
        assert time.monotonic() < end, Counter(states(register).values())
        time.sleep(0.05)


def copies(centre: Smsc) -> Counter[tuple[str, str]]:
    """How often each part came: by number, and header and text."""
    return Counter((event["to"], event["udh"] + event["text"]) for event in centre.heard("submitted"))


def end_of(sender: Sender) -> str:
    """Ask it to stop; it does, with 0. What it wrote to stderr."""
    sender.process.terminate()
    code, errors = sender.end(), sender.errors.read_text("utf-8")
    assert code == 0, errors
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
        for each in both:
            each.process.kill()
            each.end()
            kills += 1
    last = [start(database_url, settings, LEASE) for _ in range(2)]
    wait_for(register, "delivered", 80)
    for each in last:
        end_of(each)
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
    assert dying.end() == -signal.SIGKILL
    process = start(database_url, settings)
    wait_for(register, "delivered", 2)
    end_of(process)
    arrived = copies(centre)
    assert len(arrived) == 4
    assert arrived.total() - 4 in doubled
