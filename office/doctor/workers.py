"""The signs of life of the processes that go on, and of what timers start: whether each looked lately, and what is wrong since when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from web import life
from web.life import Life

from .findings import HOUR, MINUTE, Finding, Level, Value, span

_SLOW = 10 * MINUTE  # of a round of work: long imports have many
_FAULT_SOON = 5 * MINUTE  # of an outage that may pass by itself
AUDIT, _FOUND = "khatm-audit", "exit_1"  # rows that somebody changed past the programs (issuer/audit_commands.py)


def look(folder: Path | None, *, now: int) -> Iterator[Finding]:
    """Yield one finding for each process, and each command of a timer, whose sign lies in a folder within `folder`."""
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
        yield Finding("life", Level.UNKNOWN, "life_unreadable", name) if sign is None else (_timed if sign.timer else _of)(name, sign, now)


def _timed(name: str, sign: Life, now: int) -> Finding:
    """Return what a command left that a timer starts: whether its last run went well, and when one did."""
    well = max(0, now - (sign.succeeded or sign.since))
    label = {"timer": name}
    values = (
        Value("timer_ran_age_seconds", max(0, now - sign.looked), label),
        Value("timer_every_seconds", sign.every, label),
        *((Value("timer_succeeded_age_seconds", well, label),) if sign.succeeded else ()),
        Value("timer_failed", int(bool(sign.fault)), label),
    )
    told = f"{name}, {sign.fault or 'exit_0'}, {span(well)}"
    if name == AUDIT and sign.fault == _FOUND:
        return Finding("timer", Level.NOW, "audit_found", told, values)
    if well > 2 * sign.every + HOUR:
        return Finding("timer", Level.NOW, "timer_late", told, values)
    return Finding("timer", Level.SOON if sign.fault else Level.FINE, "timer_failed" if sign.fault else "timer_fine", told, values)


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
