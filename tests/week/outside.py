"""Who is not the governorate's: the payment provider by the week's clock, and what telephones show of the message centre's book."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.office.payments.office import Simulator
from tests.week.simulated import SimulatedClock


class Provider(Simulator):
    """The provider as its own program, by the week's clock."""

    def __init__(self, folder: Path, clock: SimulatedClock, *, notify: str) -> None:
        super().__init__(folder, notify=notify)
        self._clock = clock
        self._program: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [sys.executable, "-m", "demo.provider", "--merchant", self.merchant.code, "--notify", self.notify]
        words += ["--port", str(self.port), "--data", "books.sqlite", "--key-file", str(self.key_file)]
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"} | self._clock.environment("provider")
        environment["PYTHONPATH"] = f"{environment['PYTHONPATH']}:{ROOT}"
        self._program = subprocess.Popen(words, cwd=self.folder, env=environment, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not self._ready():
            assert time.monotonic() < end, "the provider listens"
            time.sleep(0.05)

    def tend(self) -> None:
        """Start it again on the same books where a fault ended it: it does so at the call that goes wrong, which may be hours later."""
        if self.code() is not None:
            self.start()

    def code(self) -> int | None:
        return self._program.poll() if self._program else None

    def kill(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program.wait()

    @property
    def books(self) -> Path:
        return self.folder / "books.sqlite"


def texts(events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Every message that was submitted, its parts joined."""
    open_: dict[tuple[str, str], dict[int, str]] = {}
    for event in events:
        if event["event"] != "submitted":
            continue
        to, header = "+" + event["to"].lstrip("+"), event["udh"]
        if not header:
            yield to, event["text"]
            continue
        reference, total, place = header[-6:-4], int(header[-4:-2], 16), int(header[-2:], 16)
        parts = open_.setdefault((to, reference), {})
        parts[place] = event["text"]
        if len(parts) == total:
            yield to, "".join(parts[number] for number in sorted(parts))
            del open_[to, reference]
