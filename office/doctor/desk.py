"""The files that the web desk works with: keys of applicants' data and of wallets' passes, the map. Each is looked at where it is named."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from governorate import authorities
from maps.archive import Archive
from maps.drawing import column_row
from maps.errors import MapError
from maps.gazetteer import Gazetteer, beside
from office.applicants import keyring, rotation
from office.applicants.errors import ApplicantError
from office.wallets import settings
from office.wallets.apple import AppleWallet
from seal import days
from seal.area import Area
from seal.site import Point
from web.faults import SettingsError

from .findings import DAY, Finding, Level, Value, span

_PASSES_SOON, _PASSES_NOW = 60 * DAY, 14 * DAY  # Apple takes days to issue another certificate
MAP_OLD = 400 * DAY
_ZOOM = 14


class Files(NamedTuple):
    """Where the desk's files are; None for what was not named, of which nothing can be said."""

    applicants: Path | None = None
    apple_wallet: Path | None = None
    google_wallet: Path | None = None
    map: Path | None = None
    apart: bool = False  # they are another user's, whose own doctor looks at them


def look(files: Files, *, now: int) -> Iterator[Finding]:
    """Yield what is wrong with each file that was named, and one finding for each that is well. `now` in seconds since 1970 UTC."""
    if files.apple_wallet:
        yield _apple(files.apple_wallet, now=now)
    if files.google_wallet:
        yield _wallet("google_wallet", settings.google, files.google_wallet)
    if files.map:
        yield from _map(files.map, now=now)


def applicants(path: Path | None, *, apart: bool = False) -> Callable[[Connection], Finding | None]:
    """Return what to ask the database: whether all that applicants gave can be read by the keys in this file.

    `apart`: the keys are another user's, and whoever asks says that somebody else looks.
    """

    def ask(connection: Connection) -> Finding | None:
        needed = rotation.rows_by_key(connection)
        values = (Value("applicants_kept", sum(needed.values())),)
        if path is None and apart:
            return Finding("applicants", Level.FINE, "applicants_apart", str(sum(needed.values())), values) if needed else None
        if path is None:
            return Finding("applicants", Level.UNKNOWN, "applicants_unnamed", str(sum(needed.values())), values) if needed else None
        return _keys(path, needed, values)

    return ask


def _keys(path: Path, needed: dict[str, int], values: tuple[Value, ...]) -> Finding:
    if not path.exists():
        return Finding("applicants", Level.NOW if needed else Level.SOON, "applicants_missing", str(path), values)
    try:
        path.open("rb").close()
    except OSError:
        return Finding("applicants", Level.UNKNOWN, "applicants_unread", str(path), values)
    try:
        held = {key.kid for key in keyring.load(path).keys}
    except ApplicantError as error:
        return Finding("applicants", Level.NOW, error.code, str(path), values)
    if path.stat().st_mode & 0o077:
        return Finding("applicants", Level.NOW, "key_open_to_others", str(path), values)
    if lost := sorted(needed.keys() - held):
        told = ", ".join(f"{kid}: {needed[kid]}" for kid in lost)
        return Finding("applicants", Level.NOW, "applicants_key_lost", told, values)
    return Finding("applicants", Level.FINE, "applicants_fine", str(sum(needed.values())), values)


def _wallet(subject: str, read: Callable[[Path], object], path: Path) -> Finding:
    """Return the finding that the keys of a wallet are well, or why passes cannot be made with them."""
    try:
        read(path)
    except PermissionError as error:
        return Finding(subject, Level.UNKNOWN, f"{subject}_unread", Path(str(error.filename or path)).name)
    except OSError as error:
        return Finding(subject, Level.NOW, f"{subject}_unusable", f"setting_file: {Path(str(error.filename or path)).name}")
    except SettingsError as error:
        return Finding(subject, Level.NOW, f"{subject}_unusable", f"{error.code}: {error.detail}")
    return Finding(subject, Level.FINE, f"{subject}_fine")


def _apple(path: Path, *, now: int) -> Finding:
    """Say also when a certificate ends: from then on no phone takes a pass, and the button goes."""
    found: list[AppleWallet] = []
    said = _wallet("apple_wallet", lambda file: found.append(settings.apple(file)), path)
    if not found:
        return said
    wallet = found[0]
    ends = min(wallet.certificate.not_valid_after_utc, wallet.intermediate.not_valid_after_utc)
    left = int(ends.timestamp()) - now
    values = (Value("apple_wallet_ends_seconds", left),)
    told = days.day_of(int(ends.timestamp())).isoformat()
    if not wallet.usable(now) and datetime.fromtimestamp(now, UTC) < wallet.certificate.not_valid_before_utc:
        return Finding("apple_wallet", Level.NOW, "apple_wallet_not_yet", told, values)
    if left <= 0:
        return Finding("apple_wallet", Level.NOW, "apple_wallet_ended", told, values)
    level = Level.NOW if left <= _PASSES_NOW else Level.SOON if left <= _PASSES_SOON else Level.FINE
    return Finding("apple_wallet", level, "apple_wallet_ends" if level else "apple_wallet_fine", told, values)


def _map(path: Path, *, now: int) -> Iterator[Finding]:
    """Yield what the map file is: a page without it has outlines only, so nothing here is for tonight."""
    try:
        archive = Archive(path)
        covered = archive.whole and any(_streets(archive, Area([Point(*corner) for corner in each.outline])) for each in _authorities())
    except MapError as error:
        yield Finding("map", Level.UNKNOWN if error.code == "map_unreadable" else Level.SOON, error.code, path.name)
        return
    if not archive.whole or not covered:
        yield Finding("map", Level.SOON, "map_elsewhere" if archive.whole else "map_cut", path.name)
        return
    age = max(0, now - int(path.stat().st_mtime))
    values = (Value("map_age_seconds", age),)
    yield Finding("map", Level.SOON if age > MAP_OLD else Level.FINE, "map_old" if age > MAP_OLD else "map_fine", span(age), values)
    if fault := Gazetteer(archive, beside(path)).fault():
        yield Finding("map names", Level.UNKNOWN if fault == "places_unreadable" else Level.SOON, fault, beside(path).name)


def _authorities() -> Iterator[authorities.Authority]:
    yield from authorities.default().values()


def _streets(archive: Archive, area: Area) -> bool:
    """Say whether a tile of an area has streets. Raises MapError `map_corrupt`."""
    zoom = min(archive.zooms[-1], _ZOOM)
    places = [column_row(point, zoom) for point in area.ring]
    columns, rows = [math.floor(x) for x, _ in places], [math.floor(y) for _, y in places]
    tiles = ((column, row) for column in range(min(columns), max(columns) + 1) for row in range(min(rows), max(rows) + 1))
    return any("roads" in archive.layers(zoom, column, row) for column, row in tiles)
