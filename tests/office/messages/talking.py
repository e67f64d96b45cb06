"""Processes that say what happens to them, one JSON object a line, and do what they are told in the same way."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from tests.processes import PATIENCE_SECONDS

Event = dict[str, Any]


class Talking:
    """A running process. `events` is everything it has said so far; it listens on `port`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.events: list[Event] = []
        self._news = threading.Condition()
        self._follower = threading.Thread(target=self._follow, daemon=True)
        self._follower.start()
        self.port: int = self.wait("listening")["port"]

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not line.endswith("}\n"):
                return  # killed in the middle of a word
            with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()

    def kill(self) -> None:
        """End the process, and hear it to its end."""
        self._process.kill()
        self._follower.join(PATIENCE_SECONDS)

    def wait(self, name: str, *, count: int = 1, meanwhile: Callable[[], object] | None = None) -> Event:
        """The `count`-th event of that name. `meanwhile` is called until it is there, for a client in this process to listen."""
        end = time.monotonic() + PATIENCE_SECONDS
        while len(found := self.of(name)) < count:
            assert self._process.poll() is None, "the process has died"
            assert time.monotonic() < end, f"no {name}: {self.events}"
            if meanwhile:
                meanwhile()
            else:
                with self._news:
                    self._news.wait(0.02)
        return found[count - 1]

    def of(self, name: str) -> list[Event]:
        """Every event of that name so far."""
        return [event for event in list(self.events) if event["event"] == name]

    def tell(self, order: dict[str, Any]) -> Self:
        """Give an order and wait until it is taken."""
        done = len(self.of("done"))
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self.wait("done", count=done + 1)
        return self
