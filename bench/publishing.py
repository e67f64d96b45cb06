"""What publishing costs after `khatm issue`: the first time, each hour, and after a thousand more licenses, part by part.

`python -m bench publishing [--fast]`. The licenses are issued by the real command, so that the acts of the register are what the guard of
the publisher looks for. The yardstick is bare: the tokens of all seals read in one go, and SHA-256 of each, in one process. *Without the
guard* is what signs and writes (log, status lists, packs); the guard holds every row to the acts and every new seal to its release.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, select

from bench.issuing import write_rows
from issuer.guard.guard import Guard
from issuer.log.both import Logs
from issuer.log.packs import LogPacks
from issuer.operations import Publisher
from issuer.register.tables import seals
from seal.trust import moment
from storage.database import reading
from tests.issuer.offices import SECONDS, Office, with_log

LICENSES, FAST_LICENSES = 1_000_000, 10_000
MORE, ROUNDS = 1_000, 5
FIRST_SECONDS, INCREMENT_SECONDS = 10.0, 1.0
#: What is timed by itself: a part's name, and the method that is the part.
PARTS = {
    "the guard": ((Guard, "look"), (Guard, "hold"), (Guard, "hold_statuses")),
    "logs, beside the guard": ((Logs, "catch_up"), (Logs, "sign"), (Logs, "finish")),
    "packs of the log": ((LogPacks, "round"),),
}


def measure(fast: bool = False) -> dict[str, object]:
    """Return seconds on the clock of each kind of publishing, and their ratio to the yardstick."""
    many = FAST_LICENSES if fast else LICENSES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office, moments = with_log(folder), count(SECONDS + 60, 60)
        _issue(office, folder / "many.csv", many)
        with office.locations.engine() as engine:
            bare = statistics.median(_timed(lambda: _bare(engine)) for _ in range(3))
            publisher = Publisher(office.locations)
            with _parts() as first:
                whole = _timed(lambda: publisher.round(engine, now=next(moments)))
            increments = []
            with _parts() as later:
                for place in range(ROUNDS):
                    _issue(office, folder / f"more-{place}.csv", MORE, skipped=many + place * MORE, at=next(moments))
                    increments.append(_timed(lambda: publisher.round(engine, now=next(moments))))
            hourly = _timed(lambda: publisher.round(engine, now=next(moments) + 3_600))
        told = {f"first · {part}, s": round(seconds, 2) for part, seconds in first.items()}
        told |= {f"increment of {MORE} · {part}, s": round(seconds / ROUNDS, 3) for part, seconds in later.items()}
    increment, signing = statistics.median(increments), whole - first["the guard"]
    return {
        "licenses": many,
        "bare reading and hashing, s": round(bare, 2),
        "first, s": round(whole, 2),
        "first, times bare": round(whole / bare, 1),
        "first, without the guard, s": round(signing, 2),
        "first, without the guard, times bare": round(signing / bare, 1),
        "everything anew, as each hour, s": round(hourly, 2),
        f"increment of {MORE}, median of {ROUNDS}, s": round(increment, 3),
        **told,
        "holds": fast or (whole <= FIRST_SECONDS and increment <= INCREMENT_SECONDS),
    }


def _issue(office: Office, file: Path, many: int, *, skipped: int = 0, at: int = SECONDS) -> None:
    write_rows(file, many, skipped=skipped)
    process = office.start("issue", file, "--no-output", now=moment(at).isoformat())
    output, errors = process.communicate()
    if process.returncode or f"{many} rows: {many} issued" not in output:
        raise RuntimeError(output + errors)
    file.unlink()


def _bare(engine: Engine) -> None:
    with reading(engine) as connection:
        for (token,) in connection.connection.cursor().execute(str(select(seals.c.token).order_by(seals.c.list, seals.c.idx))):
            sha256(token).digest()


def _timed(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@contextmanager
def _parts() -> Iterator[dict[str, float]]:
    """Let the parts add up what they take while this is open."""
    taken: defaultdict[str, float] = defaultdict(float)

    def timing(part: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*words: Any, **named: Any) -> Any:
            begin = time.perf_counter()
            try:
                return original(*words, **named)
            finally:
                taken[part] += time.perf_counter() - begin

        return timed

    patches = [patch.object(owner, name, timing(part, getattr(owner, name))) for part, methods in PARTS.items() for owner, name in methods]
    for each in patches:
        each.start()
    try:
        yield taken
    finally:
        for each in patches:
            each.stop()


if __name__ == "__main__":
    print(json.dumps(measure("--fast" in sys.argv), indent=1))
