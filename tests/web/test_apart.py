"""Processes that do heavy work for a server's threads: one thing at a time, few that wait, and whatever goes wrong there ends there."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.processes import PATIENCE_SECONDS
from web.apart import NICE, Apart, BusyError, LostError

WORK = "tests.web.heavy:work"


@pytest.fixture(scope="module")
def hands() -> Iterator[Apart]:
    made = Apart(WORK, processes=1, waiting=3, seconds=PATIENCE_SECONDS, turn_seconds=PATIENCE_SECONDS)
    made.start()
    yield made
    made.close()


def test_it_is_another_process_that_gives_way_to_this_one(hands: Apart) -> None:
    pid, parent, nice = hands.do("tell")
    assert pid != os.getpid()
    assert parent == os.getpid()
    assert nice == min(19, os.nice(0) + NICE)
    assert hands.do("tell")[0] == pid, "and it stays"


@pytest.mark.parametrize("end", ["die", "break"])
def test_one_that_ends_is_replaced(hands: Apart, end: str) -> None:
    before = hands.do("tell")[0]
    with pytest.raises(LostError):
        hands.do(end, "x")
    assert hands.do("tell")[0] != before


def test_one_that_was_killed_while_nobody_asked_is_replaced(hands: Apart) -> None:
    before = hands.do("tell")[0]
    os.kill(before, 9)
    while Path(f"/proc/{before}/cmdline").exists() and Path(f"/proc/{before}/cmdline").read_bytes():
        time.sleep(0.01)
    try:
        after = hands.do("tell")[0]
    except LostError:  # it was found out by the question
        after = hands.do("tell")[0]
    assert after != before


def test_one_that_takes_too_long_is_replaced(tmp_path: Path) -> None:
    made = Apart(WORK, processes=1, waiting=3, seconds=0.2, turn_seconds=1)
    try:
        with pytest.raises(LostError):
            made.do("wait", str(tmp_path / "never"))
    finally:
        made.close()


def test_who_comes_when_enough_wait_is_told_at_once(hands: Apart, tmp_path: Path) -> None:
    go = tmp_path / "go"
    with ThreadPoolExecutor(3) as people:
        asked = [people.submit(hands.do, "wait", str(go)) for _ in range(3)]
        end = time.monotonic() + PATIENCE_SECONDS
        while hands._room.acquire(blocking=False):  # until all three are in
            hands._room.release()
            assert time.monotonic() < end
            time.sleep(0.01)
        with pytest.raises(BusyError):
            hands.do("tell")
        go.touch()
        assert len({each.result()[0] for each in asked}) == 1
    assert hands.do("tell")


def test_who_does_not_get_a_turn_in_time_is_told(tmp_path: Path) -> None:
    made = Apart(WORK, processes=1, waiting=3, seconds=PATIENCE_SECONDS, turn_seconds=0.1)
    go = tmp_path / "go"
    try:
        first = threading.Thread(target=made.do, args=("wait", str(go)))
        first.start()
        while not made._free.empty():
            time.sleep(0.01)
        with pytest.raises(BusyError):
            made.do("tell")
        go.touch()
        first.join()
    finally:
        made.close()
