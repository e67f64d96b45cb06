"""The licensed sites of an authority, for inspectors' phones and the inspections' server (docs/format.md §15).

Not for the public: a list of every shop is more than any of its codes. Signed by a key with the role `status`; columns, so that a hundred
thousand sites are small and quick to load: cti, type, place, reach, dates, status and name.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from . import cbor, cose
from .errors import FormatError, ListError, SignatureError
from .license import AUTHORITY, FORBIDDEN, TEXT_LIMITS, TYPE
from .status import SUPERSEDED, status_key
from .trust import TrustList

TYP: Final = "application/khatm-sites+cose"
SITES_MAX: Final = 1_000_000
INFLATED_MAX: Final = 512 << 20  # octets
SCALE: Final = 1e7  # parts of a degree, a centimetre
CTI_BYTES: Final = 5
NEVER: Final = -(1 << 53)  # the exp of what is open-ended
_TIMES = (-(1 << 53), 1 << 53)


class LicensedSite(NamedTuple):
    """Where one edition of a license is valid.

    `cti` has five octets here: year, serial, edition (0 for the first). WGS 84 degrees, exact to 1e-7; `reach_m` is how far from the point
    still counts as there, of a footprint to its farthest corner. `nbf`, `exp` (None: open-ended) and `since` (when it was sealed, or its
    status given) are seconds since 1970 UTC; `status` is as in a status list.
    """

    cti: bytes
    type: str
    latitude: float
    longitude: float
    reach_m: int
    nbf: int
    exp: int | None
    status: int
    since: int
    name: str


class SitePack(NamedTuple):
    """The sites of `authority` at `iat`. With a `base` it holds only what is new since the pack that has this iat."""

    authority: str
    iat: int
    sites: tuple[LicensedSite, ...]
    base: int | None = None

    def with_changes(self, changes: SitePack) -> SitePack:
        """Return this pack brought up to date. Raises ListError `sites_other_base`."""
        if (changes.authority, changes.base) != (self.authority, self.iat):
            raise ListError("sites_other_base", changes.authority)
        held = {site.cti: site for site in self.sites} | {site.cti: site for site in changes.sites}
        return SitePack(self.authority, changes.iat, tuple(held.values()))


def newest(sites: Sequence[LicensedSite]) -> tuple[LicensedSite, ...]:
    """Return the newest edition of each license, without what was superseded."""
    found: dict[bytes, LicensedSite] = {}
    for site in sites:
        if site.status != SUPERSEDED and (site.cti[:4] not in found or found[site.cti[:4]].cti < site.cti):
            found[site.cti[:4]] = site
    return tuple(found.values())


def sign(pack: SitePack, kid: bytes, signer: cose.Signer) -> bytes:
    """Return the signed pack. Raises FormatError `limit_broken`."""
    payload = {
        6: pack.iat,
        "authority": pack.authority,
        "columns": zlib.compress(_columns(pack.sites), 6),
        "count": len(pack.sites),
        "types": sorted({site.type for site in pack.sites}),
    }
    if pack.base is not None:
        payload["base"] = pack.base
    data = cbor.encode(payload)
    _check(pack)
    return cose.sign(cose.protected(kid, TYP), data, signer).to_bytes()


def verify(data: bytes, *, trust: TrustList) -> SitePack:
    """Return the pack in `data`. Raises ListError `sites_corrupt` or `sites_wrong_key`."""
    try:
        return _parse(cose.open_typed(data, TYP, lambda kid: status_key(trust, kid)))
    except SignatureError as error:
        raise ListError("sites_wrong_key", str(error)) from error
    except (FormatError, KeyError, TypeError, ValueError, struct.error, zlib.error) as error:
        raise ListError("sites_corrupt", str(error)) from error


def _columns(sites: Sequence[LicensedSite]) -> bytes:
    types = {name: number for number, name in enumerate(sorted({site.type for site in sites}))}
    count = len(sites)
    places = [round(angle * SCALE) for site in sites for angle in (site.latitude, site.longitude)]
    return b"".join(
        (
            b"".join(site.cti for site in sites),
            bytes(types[site.type] for site in sites),
            struct.pack(f">{count}i", *places[::2]),
            struct.pack(f">{count}i", *places[1::2]),
            struct.pack(f">{count}H", *(site.reach_m for site in sites)),
            struct.pack(f">{count}q", *(site.nbf for site in sites)),
            struct.pack(f">{count}q", *(NEVER if site.exp is None else site.exp for site in sites)),
            bytes(site.status for site in sites),
            struct.pack(f">{count}q", *(site.since for site in sites)),
            "\n".join(site.name for site in sites).encode(),
        )
    )


def _parse(payload: Any) -> SitePack:
    if type(payload) is not dict or not {6, "authority", "columns", "count", "types"} <= payload.keys() <= {*_MEMBERS}:
        raise FormatError("damaged", "sites")
    authority, count, types = payload["authority"], payload["count"], payload["types"]
    numbers = [payload[6], count, payload.get("base", 0)]
    if type(authority) is not str or any(type(number) is not int for number in numbers) or not 0 <= count <= SITES_MAX:
        raise FormatError("damaged", "sites")
    columns = _inflate(payload["columns"])
    fixed = count * _ROW
    names = columns[fixed:].decode().split("\n") if count else []
    if len(columns) < fixed or len(names) != count or (columns and not count):
        raise FormatError("damaged", "sites")
    reader = _Reader(columns, count)
    ctis = reader.octets(CTI_BYTES)
    kinds, latitudes, longitudes, reaches = reader.take("B"), reader.take("i"), reader.take("i"), reader.take("H")
    nbfs, exps, statuses, sinces = reader.take("q"), reader.take("q"), reader.take("B"), reader.take("q")
    if type(types) is not list or max(kinds, default=-1) >= len(types):
        raise FormatError("damaged", "sites")
    sites = tuple(
        LicensedSite(
            ctis[row * CTI_BYTES : (row + 1) * CTI_BYTES],
            types[kinds[row]],
            latitudes[row] / SCALE,
            longitudes[row] / SCALE,
            reaches[row],
            nbfs[row],
            None if exps[row] == NEVER else exps[row],
            statuses[row],
            sinces[row],
            names[row],
        )
        for row in range(count)
    )
    pack = SitePack(authority, payload[6], sites, payload.get("base"))
    _check(pack)
    return pack


_MEMBERS = (6, "authority", "base", "columns", "count", "types")
_ROW = CTI_BYTES + 1 + 4 + 4 + 2 + 8 + 8 + 1 + 8


class _Reader:
    """Takes one column after the other."""

    def __init__(self, data: bytes, count: int) -> None:
        self._data, self._count, self._place = data, count, 0

    def octets(self, each: int) -> bytes:
        start, self._place = self._place, self._place + each * self._count
        return self._data[start : self._place]

    def take(self, kind: str) -> tuple[int, ...]:
        return struct.unpack(f">{self._count}{kind}", self.octets(struct.calcsize(f">{kind}")))


def _inflate(packed: Any) -> bytes:
    if type(packed) is not bytes:
        raise FormatError("damaged", "sites")
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(packed, INFLATED_MAX)
    if not unpacker.eof or unpacker.unused_data:
        raise FormatError("damaged", "sites")
    return data


def _check(pack: SitePack) -> None:
    """Hold a pack to its limits. Raises FormatError `limit_broken`."""
    ids = {site.cti for site in pack.sites}
    if not AUTHORITY.fullmatch(pack.authority) or len(ids) != len(pack.sites) or not all(map(_within, pack.sites)):
        raise FormatError("limit_broken", "sites")


def _within(site: LicensedSite) -> bool:
    least, most = _TIMES
    return (
        len(site.cti) == CTI_BYTES
        and TYPE.fullmatch(site.type) is not None
        and -90 <= site.latitude <= 90
        and -180 <= site.longitude <= 180
        and 0 <= site.status <= 3
        and all(least < moment < most for moment in (site.nbf, site.since, site.exp or 0))
        and 0 < len(site.name) <= TEXT_LIMITS["trade_name"]
        and not FORBIDDEN.search(site.name)
    )
