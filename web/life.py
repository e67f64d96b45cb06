"""The sign of life of a process that goes on: when it looked last, when that went well, what waits. A file for `khatm doctor`, and systemd.

A sign of life never ends or delays what it tells of: where it cannot be written, it is left out.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from .environment import Count, Environment, File, variable

TIMER = "KHATM_TIMER"
_FILE = "life.json"
_OCTETS_MOST = 4096


class LifeVariables(Environment):
    """What a process that goes on, or that a timer starts, takes from its environment, whichever it is."""

    life: File = variable("KHATM_LIFE", "folder for the sign of life of a process that goes on: `life.json`", without="none is written")
    timer: Count = variable(
        TIMER, "for a command that a timer starts: seconds between two starts; at its end it leaves a sign of life; 0: none", 0
    )


class Life(NamedTuple):
    """How a process stands. Times in seconds since 1970 UTC, 0 for never; `fault` is the code of what is wrong since `since`, or "".

    `waiting` is how much of what waits for it, by a name. `timer`: a timer starts it, `looked` is when it ended last, and `fault` how.
    """

    worker: str
    every: float  # seconds between two looks at most, as long as all is well
    looked: int
    succeeded: int = 0
    fault: str = ""
    since: int = 0
    waiting: Mapping[str, int] = {}
    timer: bool = False


class Sign:
    """Where one process puts its sign of life."""

    def __init__(self, folder: Path | None, notify: str = "") -> None:
        self._folder, self._notify = folder, notify

    def tell(self, life: Life) -> None:
        """Write it, and tell systemd that we are there (sd_notify(3): WATCHDOG, STATUS)."""
        if self._folder is not None:
            written = self._folder / f".{_FILE}.{os.getpid()}"
            with suppress(OSError):
                written.write_text(json.dumps(life._asdict()), "utf-8")
                written.chmod(0o644)  # whoever watches is another user; it says nothing of anybody
                written.replace(self._folder / _FILE)
        self.notify(f"WATCHDOG=1\nSTATUS={life.fault or 'well'}")

    def notify(self, text: str) -> None:
        """Tell systemd something, if it listens."""
        if not self._notify:
            return
        address = "\0" + self._notify[1:] if self._notify.startswith("@") else self._notify
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as sock:
            sock.sendto(text.encode(), address)


def sign() -> Sign:
    """Return where this process's signs go, by its environment."""
    return Sign(LifeVariables().life, os.environ.get("NOTIFY_SOCKET", ""))  # noqa: TID251 - systemd's own, set by it alone


@contextmanager
def run(now: Callable[[], int]) -> Iterator[None]:
    """Leave the sign of life of a command that a timer starts at its end: fault `exit_CODE`, none for 0, `program_fault` for one of ours.

    One that is killed leaves none: what the last one left grows old.
    """
    told, fault = LifeVariables(), "program_fault"
    try:
        yield
        fault = ""
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        fault = f"exit_{code}" if code else ""
        raise
    finally:
        if told.life is not None and told.timer:
            before = _read(told.life / _FILE) or Life(told.life.name, 0, 0)
            ended_at = now()
            well, since = (before.succeeded, before.since or ended_at) if fault else (ended_at, 0)
            Sign(told.life).tell(Life(told.life.name, told.timer, ended_at, well, fault, since, timer=True))


def signs(folder: Path) -> Iterator[tuple[str, Life | None]]:
    """Yield each sign of life in the folders within `folder`, by that folder's name; None for one that cannot be read. Raises OSError."""
    for file in sorted(folder.glob(f"*/{_FILE}")):
        yield file.parent.name, _read(file)


def _read(file: Path) -> Life | None:
    """Parse what another process wrote: bounded, and of no other shape than ours."""
    try:
        with file.open("rb") as stream:
            told = json.loads(stream.read(_OCTETS_MOST))
        waiting = {str(name)[:60]: int(count) for name, count in told["waiting"].items()}
        numbers = (float(told["every"]), int(told["looked"]), int(told["succeeded"]))
        return Life(str(told["worker"])[:60], *numbers, str(told["fault"])[:60], int(told["since"]), waiting, told.get("timer") is True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
