"""Runs `khatm issue` again and again and kills it with SIGKILL, until a run comes to its end: `python -m tests.issuer.dying PLAN WORDS…`.

PLAN is JSON: {"seed": N} kills after random delays; {"moments": [[FUNCTION, CALL, "before" or "after"], …]} lets one run after the other
kill itself at a call of a function; "batch" is how many rows a transaction has. Programs are imported once and each run is forked, so that
a kill falls into the work and not into the start. Prints JSON: how many runs were killed, and how many of those had a child at work.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import khatm
from issuer import bulk

END_SECONDS = 120.0


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for_end_of(pids: list[int]) -> None:
    """Return once all of them are gone. Raises TimeoutError: somebody outlived the parent."""
    deadline = time.monotonic() + END_SECONDS
    while any(_lives(pid) for pid in pids):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{pids} outlived their parent")
        time.sleep(0.005)


def _lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def start(words: list[str], prepare: Callable[[], None]) -> int:
    """Run the command in a forked process."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            prepare()
            khatm.main(words, standalone_mode=False)
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    return pid


def die_at(function: str, call: int, when: str) -> None:
    """Make this process kill itself before or after the given call of `module:attribute.path`."""
    module, _, path = function.partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for step in owners:
        owner = getattr(owner, step)
    original, calls = getattr(owner, name), 0

    def dying(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            _die()
        result = original(*args, **named)
        if calls == call:
            _die()
        return result

    setattr(owner, name, dying)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after_delays(words: list[str], seed: int) -> dict[str, int]:
    """Kill after random delays."""
    chance = random.Random(seed)
    kills = at_work = 0
    while True:
        pid = start(words, lambda: None)
        deadline = time.monotonic() + 0.02 + 0.5 * chance.random() + 0.12 * kills
        while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
            time.sleep(0.002)
        if ended != (0, 0):
            assert ended[1] == 0, "a run that nobody killed failed"
            return {"kills": kills, "at_work": at_work}
        children = children_of(pid)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        wait_for_end_of(children)
        kills += 1
        at_work += bool(children)


def at_moments(words: list[str], moments: list[tuple[str, int, str]]) -> dict[str, int]:
    """Let each run kill itself at one of the moments, and the last one come to its end."""
    for function, call, when in moments:
        _, how = os.waitpid(start(words, lambda f=function, c=call, w=when: die_at(f, c, w)), 0)
        assert os.WIFSIGNALED(how), f"the run never came to call {call} of {function}"
    _, how = os.waitpid(start(words, lambda: None), 0)
    assert how == 0, "the last run failed"
    return {"kills": len(moments), "at_work": 0}


if __name__ == "__main__":
    plan, *command = sys.argv[1:]
    khatm.main.get_command(click.Context(khatm.main), command[0])  # imports it: no run has to
    chosen = json.loads(plan)
    bulk.BATCH = chosen.get("batch", bulk.BATCH)
    print(json.dumps(after_delays(command, chosen["seed"]) if "seed" in chosen else at_moments(command, chosen["moments"])))
