"""Everything that an operator or a test may set. `wsgi` fills it from the environment, `khatm inspections serve` from options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inspections.locations import Locations
from web import clock


@dataclass(frozen=True)
class Settings:
    """How one server of inspections runs."""

    locations: Locations  # the database, and the folder of photographs and the server's key
    published: Path  # the folder of signed files
    root: Path  # the pinned root, a JWK file
    sites: Path | None = None  # the folder of signed sites of each authority (`khatm publish --sites`); None: phones get none
    map: Path | None = None  # a map file, whose streets lie under the maps; None: outlines without streets
    served_hosts: frozenset[str] = frozenset()  # host names this service answers to; empty: any
    trusted_proxies: int = 0  # how many proxies before us set X-Forwarded-For and -Proto
    https: bool = True  # cookies for HTTPS only; off for a machine of one's own
    now: Callable[[], int] = clock.seconds  # seconds since 1970 UTC
    check_seconds: float = 1.0  # look for changed published files at most this often
