"""From the register to the licensed sites of each authority, for inspections: whole ones, and what is new since."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Connection, Engine, func, select

from seal import claims, cose, sites, status
from seal.cose import Signer
from seal.sites import LicensedSite, SitePack
from storage.database import reading

from .tables import events, licenses, seals

OVERLAP_SECONDS = 600  # a seal may be committed somewhat later than its own time


def packs(engine: Engine, *, now: int, base: int | None = None) -> dict[str, SitePack]:
    """Return a pack for each authority that licensed anything, at `now` (seconds since 1970 UTC): all editions of all its licenses.

    With a `base` a pack holds only what was sealed, or got a status, since about then.
    """
    found: defaultdict[str, list[LicensedSite]] = defaultdict(list)
    with reading(engine, streamed=True) as connection:
        for authority in connection.scalars(select(licenses.c.authority).distinct()):
            found[authority] = []
        for authority, site in _sites(connection, base):
            found[authority].append(site)
    return {authority: SitePack(authority, now, tuple(held), base) for authority, held in sorted(found.items())}


def signed(engine: Engine, *, kid: bytes, signer: Signer, now: int, base: int | None = None) -> dict[str, bytes]:
    """Return the signed packs by their names in the folder: `<authority>`, or `<authority>.changes` with a `base`."""
    ending = "" if base is None else ".changes"
    return {f"{authority}{ending}": sites.sign(pack, kid, signer) for authority, pack in packs(engine, now=now, base=base).items()}


def _sites(connection: Connection, base: int | None) -> Iterator[tuple[str, LicensedSite]]:
    changed = select(events.c.license_id, func.max(events.c.at).label("at")).group_by(events.c.license_id).subquery()
    query = (
        select(licenses.c.authority, seals.c.cti, seals.c.token, seals.c.status, seals.c.iat, changed.c.at)
        .join(seals, seals.c.license_id == licenses.c.id)
        .outerjoin(changed, changed.c.license_id == licenses.c.id)
        .order_by(seals.c.id)
    )
    if base is not None:
        since = base - OVERLAP_SECONDS
        query = query.where((seals.c.iat >= since) | (changed.c.at >= since))
    for authority, cti, token, state, iat, at in connection.execute(query.execution_options(yield_per=2_000)):
        held = claims.from_bytes(cose.from_bytes(token).payload)
        point = held.site.point
        yield (
            authority,
            LicensedSite(
                cti.ljust(sites.CTI_BYTES, b"\0"),
                held.type,
                point.latitude,
                point.longitude,
                reach(held),
                held.nbf,
                held.exp,
                state,
                iat if state == status.VALID else max(iat, at or 0),
                held.trade_name,
            ),
        )


def reach(held: claims.Claims) -> int:
    """Return how far from its point a site still counts, in metres: of a footprint to its farthest corner, and what is allowed beyond."""
    corners = max((math.hypot(east, north) for east, north in held.site.footprint), default=0.0)
    return math.ceil((corners + held.site.reach_dm) / 10)
