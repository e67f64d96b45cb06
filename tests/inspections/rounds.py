"""A street with shops to visit, and a past in which some of them were found wanting: for the day's lists."""

from __future__ import annotations

import random
import secrets
from typing import Any

from sqlalchemy import select

from inspections.devices.tables import devices
from inspections.visits import recounting
from inspections.visits.tables import inspections
from seal import days, license, sites, status
from seal.site import Point
from seal.sites import LicensedSite, SitePack
from tests.inspections.street import Street
from tests.world import SHOP_SITE, STATUS_KID

_DAY = 86_400
DEGREE = 111_320.0


def number(serial: int, authority: str = "MID") -> str:
    """The number of the shop with a serial."""
    return license.number("ALX", authority, _cti(serial))


def _cti(serial: int) -> bytes:
    return bytes((26,)) + serial.to_bytes(3, "big") + b"\0"


def shops(street: Street, count: int, authority: str = "MID", *, spread_m: float = 40.0) -> list[LicensedSite]:
    """Publish so many shops, one after another along a street; the first was licensed the longest ago."""
    here = SHOP_SITE.point
    made = [
        LicensedSite(
            *(_cti(serial), "shop", here.latitude + serial * spread_m / DEGREE, here.longitude, 30),
            *(street.now - (400 - serial) * _DAY, None, status.VALID, street.now - (400 - serial) * _DAY, f"محل {serial}"),
        )
        for serial in range(1, count + 1)
    ]
    folder = street.settings.sites
    assert folder is not None
    folder.mkdir(exist_ok=True)
    pack = SitePack(authority, street.now, tuple(made))
    (folder / authority).write_bytes(sites.sign(pack, STATUS_KID, street.world.signer(STATUS_KID)))
    return made


def past(street: Street, count: int, *, bad: range, months: int = 10, seed: int = 7) -> None:
    """So many shops, each visited every month; the `bad` ones are found with something critical two times of three, the others hardly.

    The rows are written as they are stored: a year of signing would take minutes, and risk is learnt from columns alone.
    """
    chance = random.Random(seed)
    with street.engine.begin() as connection:
        device_id = connection.execute(select(devices.c.id).limit(1)).scalar_one()
        rows = []
        for month in range(months):
            for serial in range(1, count + 1):
                critical = chance.random() < (0.67 if serial in bad else 0.04)
                at = street.now - (30 * (months - month) + chance.randrange(1, 25)) * _DAY
                rows.append(_row(device_id, serial, at, critical))
        connection.execute(inspections.insert(), rows)
        recounting.recount(connection)


def _row(device_id: int, serial: int, at: int, critical: bool) -> dict[str, Any]:
    here = Point(SHOP_SITE.point.latitude + serial * 40 / DEGREE, SHOP_SITE.point.longitude)
    texts = {"officer": "amal", "app": "khatm 1.0", "kind": "license", "seen_type": "shop", "seen_name": "", "brought_by": "device"}
    when = {"scanned_at": at, "signed_at": at, "arrived_at": at}
    place = {"latitude": here.latitude, "longitude": here.longitude, "accuracy_m": 6.0}
    found = {"result": "violation" if critical else "in_order", "severity": "critical" if critical else None}
    chain = {"cti": secrets.token_bytes(16), "digest": secrets.token_bytes(32), "message": b"", "device_id": device_id, "sequence": 0}
    stands = {"chain": "linked", "state": "confirmed", "reasons": [], "authority": "MID"}
    return texts | when | place | found | chain | stands | {"number": number(serial), "license_authority": "MID"}


def today(street: Street) -> str:
    """The day, as forms and addresses write it."""
    return days.day_of(street.now).isoformat()
