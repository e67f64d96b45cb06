"""The sign of life of a process that goes on: when it looked last, when that went well, what waits. A file for `khatm doctor`, and systemd.

A sign of life never ends or delays what it tells of: where it cannot be written, it is left out.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .environment import Environment, File, variable

_FILE = "life.json"
_OCTETS_MOST = 4096


class LifeVariables(Environment):
    """What a process that goes on takes from its environment, whichever it is."""

    life: File = variable("KHATM_LIFE", "folder for the sign of life of a process that goes on: `life.json`", without="none is written")


class Life(NamedTuple):
    """How a process stands. Times in seconds since 1970 UTC, 0 for never; `fault` is the code of what is wrong since `since`, or "".

    `waiting` is how much of what waits for it, by a name.
    """

    worker: str
    every: float  # seconds between two looks at most, as long as all is well
    looked: int
    succeeded: int = 0
    fault: str = ""
    since: int = 0
    waiting: Mapping[str, int] = {}


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
        return Life(str(told["worker"])[:60], *numbers, str(told["fault"])[:60], int(told["since"]), waiting)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
