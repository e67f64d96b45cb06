"""The message centre of smsc.js as a process, and what it says."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from issuer.messages.smpp import Account
from tests.conftest import unavailable

FOLDER = Path(__file__).parent
PATIENCE_SECONDS = 30
SYSTEM_ID, PASSWORD = "khatm", "s3cret"

Event = dict[str, Any]


class Smsc:
    """A running centre. `events` is everything it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.events: list[Event] = []
        self._news = threading.Condition()
        threading.Thread(target=self._follow, daemon=True).start()
        self.port: int = self.wait("listening")["port"]

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()

    def wait(self, name: str, *, count: int = 1, meanwhile: Callable[[], object] | None = None) -> Event:
        """The `count`-th event of that name. `meanwhile` is called until it is there, for a client in this process to listen."""
        end = time.monotonic() + PATIENCE_SECONDS
        while len(found := self.of(name)) < count:
            assert self._process.poll() is None, "the centre has died"
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

    def do(self, order: str, **more: Any) -> Self:
        """Give an order and wait until it is carried out."""
        done = len(self.of("done"))
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": order, **more}) + "\n")
        self._process.stdin.flush()
        self.wait("done", count=done + 1)
        return self

    def account(self, **more: Any) -> Account:
        """Where it listens, and who may bind."""
        usual = Account("127.0.0.1", self.port, SYSTEM_ID, PASSWORD, "KHATM", tls=False)
        return usual._replace(**more)

    def settings(self, folder: Path) -> Path:
        """The same as a file of settings."""
        (folder / "password").write_text(PASSWORD + "\n")
        path = folder / "smpp.toml"
        path.write_text(
            f'[smpp]\nhost = "127.0.0.1"\nport = {self.port}\ntls = false\nsystem_id = "{SYSTEM_ID}"\n'
            'password_file = "password"\nsource = "KHATM"\n'
        )
        return path


@contextmanager
def running(**options: str) -> Iterator[Smsc]:
    """A centre of one's own; `options` as smsc.js has them."""
    node = shutil.which("node")
    if not node or not (FOLDER / "node_modules/smpp").is_dir():
        unavailable("no message centre: run .ci/system-packages test and .ci/node-packages tests/issuer/messages")
    words = [node, "smsc.js", json.dumps({"system_id": SYSTEM_ID, "password": PASSWORD} | options)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, cwd=FOLDER, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield Smsc(process)
        finally:
            process.kill()
