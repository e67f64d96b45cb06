"""The licensed sites that the issuer signed for inspections (docs/format.md §15), as the server's own pages use them.

A folder of packs, one for each authority, and what is new since beside it. What does not verify is left out and told (`faults`).
"""

from __future__ import annotations

import math
import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import Literal

from seal import license, sites, status
from seal.errors import ListError
from seal.site import Point, offset
from seal.sites import LicensedSite, SitePack
from seal.trust import TrustList

from .standings import Standings

Standing = Literal["in_force", "not_begun", "expired", "suspended", "revoked", "superseded"]
_STATUSES: Mapping[int, Standing] = {status.INVALID: "revoked", status.SUSPENDED: "suspended", status.SUPERSEDED: "superseded"}
_CHANGES = ".changes"
_DEGREE_METRES = 110_500  # of latitude at the least; nearer the poles it is more
_FILE_MAX = 64 << 20  # octets
_NOTHING = Standings.of(())
_EDITIONS_MAX = 256  # of one license
_cti = attrgetter("cti")


@dataclass(frozen=True, slots=True)
class Licensed:
    """One edition of a license, by its number. Times are seconds since 1970 UTC, positions degrees WGS 84."""

    number: str
    authority: str
    site: LicensedSite

    def standing(self, now: int) -> Standing:
        """Return how it stands at a time, as far as its pack knows."""
        if self.site.status != status.VALID:
            return _STATUSES[self.site.status]
        if now < self.site.nbf:
            return "not_begun"
        return "expired" if self.site.exp is not None and now >= self.site.exp else "in_force"


class Sites:
    """All sites of some authorities. `made_at` is when each authority's pack was last brought up to date."""

    def __init__(self, packs: Iterable[SitePack], prefix: str) -> None:
        held = {pack.authority: pack for pack in packs}
        self._prefix = prefix
        self._editions = {code: sorted(pack.sites, key=_cti) for code, pack in held.items()}
        self._standings = {code: Standings.of(sites.newest(pack.sites)) for code, pack in held.items()}
        self.made_at = {code: pack.iat for code, pack in held.items()}

    def newest(self, authority: str) -> Iterator[Licensed]:
        """Yield the newest edition of each license of an authority."""
        yield from self.named(authority, self.standings(authority).sites)

    def named(self, authority: str, sites_: Iterable[LicensedSite]) -> Iterator[Licensed]:
        """Yield editions of an authority's licenses by their numbers."""
        yield from (self._named(authority, site) for site in sites_)

    def standings(self, authority: str) -> Standings:
        """Return the columns of an authority's licenses; empty where it has no pack."""
        return self._standings.get(authority, _NOTHING)

    def around(self, here: Point, metres: float, authorities: Collection[str] | None = None) -> list[tuple[float, Licensed]]:
        """Return the newest editions within so many metres and their own reach of a place, the nearest first, each with its metres.

        `authorities` None looks at all. A look is a short stretch of a list by latitude, not all of them.
        """
        found: list[tuple[float, Licensed]] = []
        for code, (latitudes, longitudes, held, widest) in self._by_latitude.items():
            if authorities is not None and code not in authorities:
                continue
            band = (metres + widest) / _DEGREE_METRES
            wide = band / max(0.01, math.cos(math.radians(here.latitude)))
            for at in range(bisect_left(latitudes, here.latitude - band), bisect_right(latitudes, here.latitude + band)):
                if abs(longitudes[at] - here.longitude) > wide:
                    continue  # most of the stretch, for next to nothing
                site = held[at]
                away = math.hypot(*offset(here, site.latitude, site.longitude))
                if away <= metres + site.reach_m:
                    found.append((away, self._named(code, site)))
        return sorted(found, key=lambda each: (each[0], each[1].number))

    @cached_property
    def _by_latitude(self) -> Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[LicensedSite], int]]:
        made = {}
        for code in self._standings:
            held = sorted(self.standings(code).sites, key=lambda site: site.latitude)
            places = array("d", (site.latitude for site in held)), array("d", (site.longitude for site in held))
            made[code] = *places, held, max((site.reach_m for site in held), default=0)
        return made

    def numbers(self) -> Mapping[str, tuple[Licensed, ...]]:
        """Return all editions of each license by its number, the oldest first."""
        return self._by_number

    def of_number(self, number: str) -> tuple[Licensed, ...]:
        """Return all editions of a license, the oldest first; none for a number that is in no pack.

        One is found by what its number says: the numbers of all need not be made for it.
        """
        if not license.is_number(number):
            return ()
        _, authority, year, serial, _ = number.split("-")
        try:
            key = license.identifier(int(year), int(serial))
        except ValueError:  # more than a number can carry
            return ()
        held = self._editions.get(authority, ())
        start = bisect_left(held, key, key=_cti)
        found = self.named(authority, takewhile(lambda site: site.cti[:4] == key, held[start : start + _EDITIONS_MAX]))
        return tuple(each for each in found if each.number == number)  # another governorate's has another prefix

    @cached_property
    def _by_number(self) -> Mapping[str, tuple[Licensed, ...]]:
        found: dict[str, tuple[Licensed, ...]] = {}
        for authority, editions in self._editions.items():
            for site in editions:
                held = self._named(authority, site)
                found[held.number] = (*found.get(held.number, ()), held)
        return found

    def _named(self, authority: str, site: LicensedSite) -> Licensed:
        return Licensed(license.number(self._prefix, authority, site.cti), authority, site)


class SiteFolder:
    """Keeps the packs of a folder at hand. Threads may share one."""

    def __init__(self, folder: Path | None, *, check_seconds: float = 5.0) -> None:
        """`folder` None: there are none. Nothing is read yet."""
        self._folder, self._check_seconds = folder, check_seconds
        self._lock, self._next_look = Lock(), 0.0
        self._mark: object = None
        self._sites: Sites | None = None
        self.faults: Mapping[str, str] = {}

    def current(self, trust: TrustList) -> Sites | None:
        """Return the sites as the folder has them now, None where there is no pack that verifies."""
        with self._lock:
            if self._folder is not None and time.monotonic() >= self._next_look:
                mark = (trust.sequence, tuple(self._marks()))
                if mark != self._mark:
                    self._sites, self._mark = self._read(self._folder, trust), mark
                self._next_look = time.monotonic() + self._check_seconds
            return self._sites

    def _marks(self) -> Iterator[tuple[str, int, int]]:
        for path in sorted(self._folder.glob("*")) if self._folder else ():
            held = path.stat()
            yield path.name, held.st_mtime_ns, held.st_size

    def _read(self, folder: Path, trust: TrustList) -> Sites | None:
        packs, faults = dict[str, SitePack](), dict[str, str]()
        for path in sorted(folder.glob("*")):  # a pack comes before its changes
            if not license.AUTHORITY.fullmatch(path.name.removesuffix(_CHANGES)):
                continue
            try:
                _add(packs, path, trust)
            except (ListError, OSError) as error:
                faults[path.name] = getattr(error, "code", type(error).__name__)
        self.faults = faults
        return Sites(packs.values(), trust.governorate.prefix) if packs else None


def _add(packs: dict[str, SitePack], path: Path, trust: TrustList) -> None:
    """Read a pack, or the changes to one. Raises ListError, OSError."""
    if path.stat().st_size > _FILE_MAX:
        raise ListError("sites_corrupt", path.name)
    pack = sites.verify(path.read_bytes(), trust=trust)
    if pack.authority != path.name.removesuffix(_CHANGES) or (pack.base is None) == path.name.endswith(_CHANGES):
        raise ListError("sites_corrupt", path.name)
    if pack.base is None:
        packs[pack.authority] = pack
    elif pack.authority in packs:
        packs[pack.authority] = packs[pack.authority].with_changes(pack)
