"""The signs of life of the processes that go on: whether each looked lately, and what is wrong with it since when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from web import life
from web.life import Life

from .findings import HOUR, MINUTE, Finding, Level, Value, span

_SLOW = 10 * MINUTE  # of a round of work: long imports have many
_FAULT_SOON = 5 * MINUTE  # of an outage that may pass by itself


def look(folder: Path | None, *, now: int) -> Iterator[Finding]:
    """Yield one finding for each process whose sign lies in a folder within `folder`."""
    if folder is None:
        return
    try:
        signs = list(life.signs(folder))
    except OSError as error:
        yield Finding("life", Level.UNKNOWN, "life_unreadable", str(error.filename or folder))
        return
    if not signs:
        yield Finding("life", Level.UNKNOWN, "life_none", str(folder))
    for name, sign in signs:
        yield Finding("life", Level.UNKNOWN, "life_unreadable", name) if sign is None else _of(name, sign, now)


def _of(name: str, sign: Life, now: int) -> Finding:
    silent, well = max(0, now - sign.looked), max(0, now - sign.succeeded)
    label = {"worker": sign.worker}
    values = (
        Value("worker_looked_age_seconds", silent, label),
        *((Value("worker_succeeded_age_seconds", well, label),) if sign.succeeded else ()),
        Value("worker_failing", int(bool(sign.fault)), label),
        *(Value("worker_waiting", count, {**label, "what": what}) for what, count in sorted(sign.waiting.items())),
    )
    if silent > 2 * sign.every + _SLOW:
        level = Level.NOW if silent > 2 * sign.every + HOUR else Level.SOON
        return Finding("life", level, "life_silent", f"{name}, {span(silent)}", values)
    if sign.fault:
        failing = max(0, now - sign.since)
        level = Level.NOW if failing > HOUR else Level.SOON if failing > _FAULT_SOON else Level.FINE
        return Finding("life", level, "life_failing", f"{name}, {sign.fault}, {span(failing)}", values)
    return Finding("life", Level.FINE, "life_fine", f"{name}, {span(silent)}", values)
