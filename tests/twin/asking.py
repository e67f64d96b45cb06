"""Asking the JavaScript twin: requests go to one process of Node, or to a page in Chromium, as tests/twin/answers.js understands them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from math import isfinite
from pathlib import Path
from threading import Thread
from typing import Any

from seal.site import Fix
from tests import nodejs
from tests.conftest import ROOT

HERE = Path(__file__).parent
APP = ROOT / "inspector_app/pwa"

Request = dict[str, Any]
Answer = dict[str, Any]
Asker = Callable[[Iterable[Request]], list[Answer]]


def node() -> Path:
    """The path of Node.js, with the phone app's libraries. Raises NodeUnavailable."""
    return nodejs.with_package(APP, "@noble/post-quantum")  # the newest of them


class Node:
    """One Node for many questions: starting it and reading the twin costs a third of a second. Use it as a context."""

    def __init__(self, program: Path) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen([program, HERE / "node.mjs"], text=True, encoding="utf-8", bufsize=1, **pipes)  # type: ignore[call-overload]

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def __call__(self, requests: Iterable[Request]) -> list[Answer]:
        """The answers, in order. A crash of the twin is a failure of the test that asked."""
        lines = [json.dumps(request) for request in requests]
        writing = Thread(target=self._write, args=(lines,))  # Node answers while it is still being asked
        writing.start()
        answers = [self._process.stdout.readline() for _ in lines]
        writing.join()
        assert all(answers), "Node ended; what it said is above"
        return checked(lines, [json.loads(line) for line in answers])

    def _write(self, lines: Sequence[str]) -> None:
        with suppress(BrokenPipeError):  # the answers that are missing tell
            self._process.stdin.writelines(f"{line}\n" for line in lines)
            self._process.stdin.flush()


def ask(program: Path, requests: Iterable[Request]) -> list[Answer]:
    """The answers of a Node for these questions alone, for processes of their own."""
    with Node(program) as answering:
        return answering(requests)


def checked(requests: Sequence[object], answers: list[Answer]) -> list[Answer]:
    assert len(answers) == len(requests)
    for request, answer in zip(requests, answers, strict=True):
        assert "crash" not in answer, f"{answer['crash']}\n{str(request)[:2000]}"
    return answers


def milliseconds(moment: datetime) -> float:
    return moment.timestamp() * 1000


def number(value: float) -> float | str:
    """A number as JSON can carry it."""
    return value if isfinite(value) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]


def fix_of(fix: Fix | None) -> Request | None:
    if fix is None:
        return None
    return {
        "latitude": number(fix.latitude),
        "longitude": number(fix.longitude),
        "accuracy_m": number(fix.accuracy_m),
        "confidence": fix.confidence,
        "measured_at": milliseconds(fix.measured_at),
    }
