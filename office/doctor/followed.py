"""The folder of `khatm follow`, on a machine that only verifies: is somebody following, and what of the host was refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from verifier.following import record
from verifier.following.generations import CURRENT, Generations
from verifier.following.record import Record

from . import machine, signed
from .findings import HOUR, MINUTE, Finding, Level, Value, by_age, span

_AGES = ("status_list_age_seconds", "log_head_age_seconds")


def look(folder: Path, root: Path, *, now: int) -> Iterator[Finding]:
    """Yield what is wrong with what is in place, by the root in `root`, and with who follows, at `now` (seconds since 1970 UTC)."""
    ages: list[float] = []
    for finding in signed.look(folder / CURRENT, root, None, now=now):
        ages += [value.number for value in finding.values if value.name in _AGES]
        yield finding
    yield from _follower(record.read(Generations(folder).look), now=now)
    yield machine.clock(int(now - min(ages)) if ages else 0, now=now)
    yield from machine.disks({"followed": folder})


def _follower(last: Record, *, now: int) -> Iterator[Finding]:
    if not last.looked_at:
        yield Finding("follower", Level.NOW, "follower_never")
        return
    good = max(0, now - last.good_at) if last.good_at else now
    values = (Value("follower_good_age_seconds", good), Value("follower_failures", last.failures))
    if now > last.next_at + 5 * MINUTE:
        yield Finding("follower", Level.NOW, "follower_stopped", span(now - last.looked_at), values)
    elif last.code:
        level = by_age(good, soon=-1, now=6 * HOUR)
        yield Finding("follower", level, last.code, last.detail, values)
    else:
        yield Finding("follower", Level.FINE, "follower_fine" if last.fine else "follower_partly", span(good), values)
    yield from (Finding("follower", Level.NOW, code, name) for name, code in sorted(last.faults.items()))
