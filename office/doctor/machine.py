"""The machine: its clock, its disks, and when the last backup was made."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from web import clock as kept

from .findings import DAY, HOUR, Finding, Level, Value, by_age, span

_LEAST, _LITTLE = 100 << 20, 1 << 30  # octets
_LEAST_SHARE, _LITTLE_SHARE = 0.02, 0.1


def clock(newest: int, *, now: int) -> Finding:
    """Say whether somebody keeps the clock; `newest` is when the newest published file was signed (0: not known), as `now` in seconds."""
    synchronised = kept.synchronised()
    values = () if synchronised is None else (Value("clock_synchronised", int(synchronised)),)
    if now < newest - 600:
        return Finding("clock", Level.NOW, "clock_behind", span(newest - now), values)
    if synchronised:
        return Finding("clock", Level.FINE, "clock_fine", values=values)
    if 0 <= now - newest <= HOUR:
        return Finding("clock", Level.FINE, "clock_near_lists", span(now - newest), values)
    return Finding("clock", Level.SOON if synchronised is False else Level.UNKNOWN, "clock_unsynchronised", values=values)


def disks(folders: Mapping[str, Path]) -> Iterator[Finding]:
    """Yield one finding for each disk, by what lies on it."""
    seen: dict[int, list[str]] = {}
    where: dict[int, Path] = {}
    for name, path in folders.items():
        there = next(each for each in (path, *path.absolute().parents) if each.exists())
        device = there.stat().st_dev
        seen.setdefault(device, []).append(name)
        where.setdefault(device, there)
    for device, names in seen.items():
        used = shutil.disk_usage(where[device])
        share = used.free / used.total if used.total else 0.0
        level = (
            Level.NOW
            if used.free < _LEAST or share < _LEAST_SHARE
            else Level.SOON
            if used.free < _LITTLE or share < _LITTLE_SHARE
            else Level.FINE
        )
        what = ", ".join(names)
        values = (Value("disk_free_bytes", used.free, {"of": what}), Value("disk_free_ratio", round(share, 4), {"of": what}))
        told = f"{what}: {used.free >> 20} MiB, {share:.0%}"
        yield Finding("disk", level, "disk_little" if level else "disk_fine", told, values)


def backups(folder: Path | None, *, now: int) -> Finding:
    """Say how old the newest file under the folder of backups is. Which folder that is only the caller can know."""
    if folder is None:
        return Finding("backup", Level.UNKNOWN, "backup_unnamed")
    try:
        newest = max((path.stat().st_mtime for path in folder.rglob("*") if path.is_file()), default=None)
    except OSError as error:
        return Finding("backup", Level.UNKNOWN, "backup_unreadable", str(error.filename or folder))
    if newest is None:
        return Finding("backup", Level.NOW, "backup_none", str(folder))
    age = max(0, now - int(newest))
    level = by_age(age, soon=2 * DAY, now=7 * DAY)
    return Finding("backup", level, "backup_old" if level else "backup_fine", span(age), (Value("backup_age_seconds", age),))
