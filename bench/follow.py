"""A verifier that follows another host: how fast it answers while a list changes, and what following costs: `python -m bench follow`.

gunicorn with its own configuration (two workers) judges one text over and over, on four connections, from a folder that `khatm follow`
keeps of another process: first nothing changes, then the publisher puts a new trust list, a new status list and a longer log in place
each second and all of it is followed. The ratio is that of the two p99, in turns. Then a log of full tiles is fetched and verified for
the first time, beside fetching the same files with the same library and four threads, verifying nothing.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import urllib3

from tests.verifier.following.town import Town
from tests.verifier.served import gunicorn
from transparency.tiles import Tile, new_tiles

CONNECTIONS = 4


@contextmanager
def _office(town: Town) -> Iterator[str]:
    """The publisher's host: a verifier of its own, in processes of its own."""
    environment = {"KHATM_PUBLISHED": str(town.world.folder), "KHATM_ROOT": str(town.world.root_file)}
    with gunicorn("verifier.wsgi", town.folder / "office.log", environment=environment) as (port, _):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _following(town: Town, url: str) -> Iterator[None]:
    command = [sys.executable, "-c", "import khatm; khatm.main()", "follow", url, "--to", str(town.to)]
    words = [*command, "--root", str(town.world.root_file), "--every", "1"]
    with (town.folder / "follower.log").open("wb") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said, env=dict(os.environ))  # noqa: TID251
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def _asked(port: int, text: str, seconds: float, meanwhile: Callable[[], None]) -> list[float]:
    """Return how long each answer took, in ms; every one must be a verdict."""
    question, end = json.dumps({"text": text}), time.monotonic() + seconds

    def ask(_: int) -> list[float]:
        taken, connection = [], http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < end:
            began = time.perf_counter()
            connection.request("POST", "/api/v1/verify", question, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = answer.read()
            taken.append(1000 * (time.perf_counter() - began))
            if answer.status != 200 or json.loads(body)["seal"] != "genuine":
                raise AssertionError(body)
        connection.close()
        return taken

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        asked = [pool.submit(ask, each) for each in range(CONNECTIONS)]
        while time.monotonic() < end:
            began = time.monotonic()
            meanwhile()
            time.sleep(max(0.0, min(1 - (time.monotonic() - began), end - time.monotonic())))
        return [each for done in asked for each in done.result()]


def _p99(taken: list[float]) -> float:
    return quantiles(taken, n=100)[98]


def _serving(folder: Path, seals: int, seconds: float, turns: int) -> dict[str, Any]:
    town = Town(folder, seals=0)
    text = town.seal()
    town.publish(seals)
    quiet: list[list[float]] = []
    changing: list[list[float]] = []
    publications = 0

    def publish() -> None:
        nonlocal publications
        publications += 1
        town.publish(50)

    with _office(town) as url:
        town.follow(url)
        environment = {"KHATM_PUBLISHED": str(town.current), "KHATM_ROOT": str(town.world.root_file), "KHATM_API_TEXTS": "0"}
        settings = {**environment, "KHATM_STATE": str(folder / "state.json")}
        with gunicorn("verifier.wsgi", folder / "log", environment=settings) as (port, _), _following(town, url):
            _asked(port, text, 2, lambda: None)
            for _ in range(turns):
                quiet.append(_asked(port, text, seconds, lambda: None))
                changing.append(_asked(port, text, seconds, publish))
    placed = int(town.current.readlink().name)
    one, other = [each for of in quiet for each in of], [each for of in changing for each in of]
    return {
        "publications put in place meanwhile": f"{placed - 1} of {publications}",
        "verdicts": len(one) + len(other),
        "verdicts that failed": 0,
        "quiet": {"p50 ms": round(median(one), 2), "p99 ms": round(_p99(one), 2)},
        "changing each second": {"p50 ms": round(median(other), 2), "p99 ms": round(_p99(other), 2)},
        "p99 changing / quiet": round(median([_p99(b) / _p99(a) for a, b in zip(quiet, changing, strict=True)]), 2),
    }


def _plain(url: str, size: int) -> float:
    """Return the seconds that it takes to fetch a log's tiles and to write them down, without a look at them."""
    pool = urllib3.PoolManager(maxsize=4)
    paths = [f"/log/{tile.path()}" for tile in new_tiles(0, size)]
    with tempfile.TemporaryDirectory() as made:
        began = time.monotonic()
        with ThreadPoolExecutor(4) as threads:
            for place, data in enumerate(threads.map(lambda path: pool.request("GET", url + path).data, paths)):
                Path(made, str(place)).write_bytes(data)
        return time.monotonic() - began


def _first(folder: Path, seals: int) -> dict[str, Any]:
    town = Town(folder, seals=seals)
    with _office(town) as url:
        plain = _plain(url, seals)
        began = time.monotonic()
        result = town.follow(url)
        followed = time.monotonic() - began
        if result.exit_code:
            raise AssertionError(result.output)
        again = []
        for _ in range(5):
            began = time.monotonic()
            town.follow(url)
            again.append(time.monotonic() - began)
    assert (town.current / "log" / Tile(0, 0).path()).exists()
    return {
        "tiles": len(list(new_tiles(0, seals))),
        "s": round(followed, 2),
        "s, fetched and not verified": round(plain, 2),
        "verified / not": round(followed / plain, 2),
        "a look at which nothing is new, ms": round(1000 * median(again), 1),
    }


def measure(fast: bool = False) -> dict[str, Any]:
    """Return milliseconds, seconds and ratios."""
    with tempfile.TemporaryDirectory() as made:
        one, other = Path(made, "serving"), Path(made, "first")
        one.mkdir()
        other.mkdir()
        serving = _serving(one, 20_000 if fast else 200_000, 5 if fast else 15, 1 if fast else 3)
        return {"serving": serving, "first look": _first(other, 20_000 if fast else 1_000_000)}


if __name__ == "__main__":
    print(measure())
