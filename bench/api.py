"""What one verdict costs the server beside a bare Flask route, under the same gunicorn in the same run: target at most 2.

The bare route answers a constant JSON to a GET, the cheapest thing that Flask does; ours reads a question, judges it and
writes the verdict. CPU is user plus system time of the one worker, from /proc.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import tempfile
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import IO

from flask import Flask

from tests.verifier.served import environment_of, gunicorn, workers_of
from tests.world import World

TARGET = 2.0
TICKS = os.sysconf("SC_CLK_TCK")
REQUESTS = 400  # in a round
SEALS = 64  # different ones, in turn
GET = b"GET / HTTP/1.1\r\nHost: khatm.example\r\n\r\n"
POST = b"POST /api/v1/verify HTTP/1.1\r\nHost: khatm.example\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"

bare = Flask("bare", static_folder=None)


@bare.get("/")
@bare.get("/health/live")
def constant() -> dict[str, str]:
    """The peer."""
    return {"decision": "valid"}


def measure(fast: bool = False) -> dict[str, object]:
    """Return CPU microseconds per request of both, and their ratio (mean over the rounds)."""
    rounds = 12 if fast else 60
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), now=datetime.now(UTC))  # noqa: TID251 - gunicorn reads the real clock
        asked = [json.dumps({"text": world.seal(world.license())}).encode() for _ in range(SEALS)]
        questions = [POST % (len(question), question) for question in asked]
        with (
            gunicorn("verifier.wsgi", Path(folder) / "log", environment=environment_of(world), workers=1) as ours,
            gunicorn("bench.api:bare", Path(folder) / "bare.log", environment={}, workers=1) as peer,
        ):
            # In turns: what else the machine does falls on both.
            _cpu(*ours, questions), _cpu(*peer, [GET])  # warm up
            pairs = [(_cpu(*ours, questions), _cpu(*peer, [GET])) for _ in range(rounds)]
    verdict, constant_route = (statistics.mean(column) for column in zip(*pairs, strict=True))
    ratio = verdict / constant_route
    return {
        "name": "server CPU of POST /api/v1/verify with text, against a bare Flask route",
        "verdict_us": round(verdict, 1),
        "bare_us": round(constant_route, 1),
        "ratio": round(ratio, 2),
        "target": TARGET,
        "holds": ratio <= TARGET,
    }


def _cpu(port: int, master: int, requests: list[bytes]) -> float:
    """Return CPU microseconds per request, over one connection that stays open."""
    (worker,) = workers_of(master)
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        before = _ticks(worker)
        for request in islice(cycle(requests), REQUESTS):
            connection.sendall(request)
            _read(answers)
        return (_ticks(worker) - before) / TICKS / REQUESTS * 1e6


def _read(answers: IO[bytes]) -> None:
    """Read one answer to its end, and make sure that it is a good one."""
    assert answers.readline().split()[1] == b"200"
    length = 0
    while (line := answers.readline()) != b"\r\n":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    assert len(answers.read(length)) == length > 0


def _ticks(pid: int) -> int:
    """Return user plus system time (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
