"""Heavy work beside light work: verdicts on texts while photographs are read, and the office's home page while papers are set.

`python -m bench stay [--fast]`: about two minutes. Both servers run as they are shipped, two processes each, without a proxy. First one
client asks the light question over and over with nobody else there; then with 20 people who post photographs, each the next one as soon as
the last is answered, or with 16 who fetch a license's paper. The ratio is of the 95th percentiles, crowded to idle, in one run.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import published
from keys import policy
from keys.custody import Custody
from tests import clock
from tests.issuer import offices
from tests.office.applications.workplace import NOW, shop
from tests.office.desk.house import House
from tests.office.desk.test_downloads import link_of
from tests.office.desk.test_uploads import environment_of as office_environment
from tests.verifier import photographs
from tests.verifier.served import environment_of, gunicorn
from tests.world import World

PHOTOGRAPHS, PEOPLE = 20, 16
LIMIT_MS = 20
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
Ask = tuple[str, str, bytes, dict[str, str]]  # method, path, body, headers


def measure(fast: bool = False) -> dict[str, Any]:
    """Return percentiles in milliseconds, idle and crowded, and what became of the heavy questions."""
    seconds = 5.0 if fast else 20.0
    with tempfile.TemporaryDirectory() as folder:
        verdicts = _verdicts(Path(folder), seconds)
        pages = _pages(Path(folder) / "office", seconds)
    return {f"verdict on a text, {PHOTOGRAPHS} photographs": verdicts, f"home page, {PEOPLE} papers": pages}


def _verdicts(folder: Path, seconds: float) -> dict[str, Any]:
    world = World(folder, now=clock.moment())
    text = world.seal(world.license())
    shots = [
        b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\n' + each + b"\r\n--b--\r\n"
        for each in photographs.of(world, text, range(PHOTOGRAPHS))
    ]
    heavy: list[Ask] = [("POST", "/api/v1/verify", shot, FORM) for shot in shots]
    light = "POST", "/api/v1/verify", json.dumps({"text": text}).encode(), {"Content-Type": "application/json"}
    unlimited = {"KHATM_API_TEXTS": "0", "KHATM_API_PICTURES": "0"}
    with gunicorn("verifier.wsgi", folder / "log", environment=environment_of(world) | unlimited | {"KHATM_DECODERS": "1"}) as (port, _):
        told = _beside(port, light, heavy, seconds)
    return {**told, "limit of p95, ms": LIMIT_MS, "holds": told["crowded · p95, ms"] < LIMIT_MS}


def _pages(folder: Path, seconds: float) -> dict[str, Any]:
    folder.mkdir()
    house = _house(folder)
    house.work.issued("shop.first", shop())
    link = link_of(house)
    _sign(folder, clock.seconds() - 60)  # the house lives on a day of its own, the server today
    heavy: list[Ask] = [("GET", f"{link}/license.pdf", b"", {})] * PEOPLE
    with gunicorn("office.desk.wsgi", folder / "log", environment=office_environment(house), of="office.desk") as (port, _):
        told = _beside(port, ("GET", "/", b"", {}), heavy, seconds)
    house.close()
    return told


def _house(folder: Path) -> House:
    offices.make_keys(folder)
    custody = Custody(folder / "keys")
    custody.add(offices.PASSPHRASE, policy.receipt_entry(policy.governorate(custody), now=offices.KEYS_MADE))
    _sign(folder, NOW - 1800)
    return House(folder, str(folder / "register.sqlite"), offices.Office(folder, "").clerk())


def _sign(folder: Path, now: int) -> None:
    signed = policy.sign_trust_list(Custody(folder / "keys"), offices.PASSPHRASE, now=now)
    published.write(folder / "published", {published.TRUST_LIST: signed})


def _beside(port: int, light: Ask, heavy: list[Ask], seconds: float) -> dict[str, Any]:
    for each in heavy[:4]:  # whatever is loaded at the first question is there
        _asked(port, each)
    idle = _timed(port, light, seconds / 2)
    with _crowd(port, heavy) as became:
        crowded = _timed(port, light, seconds)
    told: Counter[int] = Counter(status for status, _ in became)
    waits = sorted(wait for status, wait in became if status == 200)
    return {
        **_percentiles("idle", idle),
        **_percentiles("crowded", crowded),
        "ratio of p95": round(_p95(crowded) / _p95(idle), 1),
        "heavy, answered a second": round(told[200] / seconds, 1),
        "heavy, told to come again": told[503],
        "heavy, other answers": sum(count for status, count in told.items() if status not in (200, 422, 503)),
        "heavy, median wait, s": round(statistics.median(waits), 2) if waits else None,
    }


def _timed(port: int, ask: Ask, seconds: float) -> list[float]:
    """Ask one question after the other; return the time of each, in milliseconds."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        status = _asked(port, ask)
        assert status == 200, status
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(0.01)
    return times


def _asked(port: int, ask: Ask) -> int:
    method, path, body, headers = ask
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@contextmanager
def _crowd(port: int, heavy: list[Ask]) -> Iterator[list[tuple[int, float]]]:
    """Let as many people as there are questions ask, each over and over; gives what they were told once it is over."""
    context = multiprocessing.get_context("spawn")
    begun, stop, answers = context.Event(), context.Event(), context.SimpleQueue()
    process = context.Process(target=_people, args=(port, heavy, begun, stop, answers), daemon=True)
    process.start()
    begun.wait()
    became: list[tuple[int, float]] = []
    yield became
    stop.set()
    became += answers.get()
    process.join(60)


def _people(port: int, heavy: list[Ask], begun: Any, stop: Any, answers: Any) -> None:
    became: list[tuple[int, float]] = []

    def person(ask: Ask) -> None:
        while not stop.is_set():
            began = time.perf_counter()
            became.append((_asked(port, ask), time.perf_counter() - began))
            if became[-1][0] == 503:
                time.sleep(0.5)

    everybody = [threading.Thread(target=person, args=(ask,)) for ask in heavy]
    _all(everybody, threading.Thread.start)
    time.sleep(1)  # all of them ask by now
    begun.set()
    _all(everybody, threading.Thread.join)
    answers.put(became)


def _all(people: list[threading.Thread], do: Callable[[threading.Thread], None]) -> None:
    for each in people:
        do(each)


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def _percentiles(name: str, times: list[float]) -> dict[str, Any]:
    return {f"{name} · p50, ms": round(statistics.median(times), 1), f"{name} · p95, ms": round(_p95(times), 1), f"{name} · n": len(times)}


if __name__ == "__main__":
    import sys

    print(json.dumps(measure("--fast" in sys.argv), indent=1, ensure_ascii=False))
