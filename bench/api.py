"""What one verdict costs the server beside a bare Flask route, under the same gunicorn in the same run: target at most 1.5.

The bare route answers a constant JSON to a GET, the cheapest thing that Flask does; ours reads a question, judges it and
writes the verdict. CPU is user plus system time of the one worker, from /proc. The target is for a busy server, with as many
connections as it has threads: CPU time is what it then runs out of. With one connection it sleeps between requests and wakes with cold
caches, which costs whoever runs more code more; that ratio is reported beside it.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import IO

from flask import Flask

from tests.verifier.served import environment_of, gunicorn, workers_of
from tests.world import World
from verifier.gunicorn_conf import threads

TARGET = 1.5
TICKS = os.sysconf("SC_CLK_TCK")
REQUESTS = 400  # in a round, over each connection
SEALS = 64  # different ones, in turn
FIRST_INDEX = 1_000  # the register draws indices from 65,536, so nearly all have two octets
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
    rounds = 4 if fast else 20
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), now=datetime.now(UTC))  # noqa: TID251 - gunicorn reads the real clock
        world.given = FIRST_INDEX
        asked = [json.dumps({"text": world.seal(world.license())}).encode() for _ in range(SEALS)]
        questions = [POST % (len(question), question) for question in asked]
        with (
            gunicorn("verifier.wsgi", Path(folder) / "log", environment=environment_of(world), workers=1) as ours,
            gunicorn("bench.api:bare", Path(folder) / "bare.log", environment={}, workers=1) as peer,
        ):
            # In turns: what else the machine does falls on both.
            _cpu(*ours, questions, 1), _cpu(*peer, [GET], 1)  # warm up
            busy, idle = (
                [(_cpu(*ours, questions, connections), _cpu(*peer, [GET], connections)) for _ in range(rounds)]
                for connections in (threads, 1)
            )
    ratio = _ratio(busy)
    return {
        "name": "server CPU of POST /api/v1/verify with text, against a bare Flask route",
        "verdict_us": round(statistics.mean(verdict for verdict, _ in busy), 1),
        "bare_us": round(statistics.mean(bare for _, bare in busy), 1),
        "ratio": ratio,
        "ratio with one connection": _ratio(idle),
        "target": TARGET,
        "holds": ratio <= TARGET,
    }


def _ratio(pairs: list[tuple[float, float]]) -> float:
    verdict, constant_route = (statistics.mean(column) for column in zip(*pairs, strict=True))
    return round(verdict / constant_route, 2)


def _cpu(port: int, master: int, requests: list[bytes], connections: int) -> float:
    """Return CPU microseconds per request, over connections that stay open."""
    (worker,) = workers_of(master)
    before = _ticks(worker)
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(lambda _: _ask(port, requests), range(connections)))
    return (_ticks(worker) - before) / TICKS / (REQUESTS * connections) * 1e6


def _ask(port: int, requests: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        for request in islice(cycle(requests), REQUESTS):
            connection.sendall(request)
            _read(answers)


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
