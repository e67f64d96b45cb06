"""Asking the JavaScript twin: requests go to one process of Node, or to a page in Chromium, as tests/twin/answers.js understands them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from math import isfinite
from pathlib import Path
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


def ask(program: Path, requests: Iterable[Request]) -> list[Answer]:
    """The answers, in order. A crash of the twin is a failure of the test that asked."""
    lines = [json.dumps(request) for request in requests]
    command = [program, HERE / "node.mjs"]
    done = subprocess.run(command, check=False, input="\n".join(lines), capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-4000:]
    return checked(lines, [json.loads(line) for line in done.stdout.split("\n") if line])


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
