"""The three scenes: a photographed card at its site, the same one 300 m away, and at its site again after the license was revoked."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from geopy.distance import distance

import qr.write
from issuer.cards.outputs import level_of
from published import whole
from qr import picture
from qr.read import read_all
from seal import days, receipt, verify, wire
from seal.site import Fix, Point
from seal.verdict import Verdict

from . import photograph
from .errors import DemoError
from .governorate import Governorate, Sealed

METRES_AWAY = 300
ACCURACY_M = 6.0
REASON = "Demo: the shop was closed"


class Cast(NamedTuple):
    """The licenses that play a part: two in force and one that has ended."""

    valid: Sealed
    revoked: Sealed
    expired: Sealed


def cast(sealed: list[Sealed], *, now: int) -> Cast:
    """Choose the licenses. Raises DemoError `sample_unfit`."""
    shops = [one for one in sealed if one.claims.type == "shop" and one.claims.exp is None and one.claims.license.site.radius_m]
    ended = [one for one in sealed if one.claims.exp is not None and one.claims.exp <= now]
    if len(shops) < 2 or not ended:
        raise DemoError("sample_unfit")
    return Cast(valid=shops[1], revoked=shops[0], expired=ended[0])


def photograph_card(governorate: Governorate, one: Sealed, path: Path, *, now: int) -> None:
    """Print the card, photograph it, and keep the photograph at `path`."""
    code = qr.write.encode(one.text, level=level_of(one.claims.type))
    printed = photograph.card(code, one.claims, governorate.load(now=now).trust, host=governorate.host)
    whole.write({path: photograph.take(printed)}, durable=False)


def print_receipt(governorate: Governorate, number: str, path: Path, *, now: datetime) -> str:
    """Print the receipt of an application to `path` (PNG), to be scanned. Returns the text of its code.

    Raises DemoError `receipt_missing`, `receipt_unreadable` if what was printed is not read as that receipt.
    """
    text, trust = governorate.receipt(number), governorate.load(now=days.seconds_of(now)).trust
    verdict = receipt.verify(text, trust=trust, hosts=trust.hosts, now=now)
    if verdict.state != "received" or verdict.receipt is None:
        raise DemoError("receipt_unreadable", verdict.code)
    slip = io.BytesIO()
    photograph.slip(qr.write.encode(text), verdict.receipt, trust, host=governorate.host).save(slip, "PNG")
    whole.write({path: slip.getvalue()}, durable=False)
    if read_all(picture.parse(path.read_bytes()), ours=receipt.ours) != (text,):
        raise DemoError("receipt_unreadable", path.name)
    return text


def judge(governorate: Governorate, photo: Path, where: Point, *, now: datetime) -> Verdict:
    """Return what a verifier says of the photograph to somebody who stands at `where`. Raises DemoError `photo_unreadable`."""
    texts = read_all(picture.parse(photo.read_bytes()), ours=wire.ours)
    if len(texts) != 1:
        raise DemoError("photo_unreadable", photo.name)
    lists = governorate.load(now=days.seconds_of(now))
    fix = Fix(where.latitude, where.longitude, ACCURACY_M, now, source="demo")
    return verify.verify(texts[0], trust=lists.trust, status=lists.status, hosts=lists.trust.hosts, now=now, fix=fix)


def away(site: Point) -> Point:
    """Return the point `METRES_AWAY` metres east of `site`."""
    there = distance(meters=METRES_AWAY).destination(site, bearing=90)
    return Point(there.latitude, there.longitude)


def play(governorate: Governorate, one: Sealed, photo: Path, *, now: Callable[[], datetime], tell: Callable[[str, Verdict], None]) -> None:
    """Play the three scenes; the last one revokes the license for real. Raises DemoError `verdict_unexpected`."""
    site = one.claims.license.site.point
    _expect(judge(governorate, photo, site, now=now()), "site_here", "At the licensed site", tell)
    _expect(judge(governorate, photo, away(site), now=now()), "site_elsewhere", f"{METRES_AWAY} m down the road, on another shop", tell)
    governorate.revoke(one.number, reason=REASON, now=days.seconds_of(now()))
    governorate.publish(now=days.seconds_of(now()))
    _expect(judge(governorate, photo, site, now=now()), "revoked", "At its site again, after the authority revoked it and published", tell)


def _expect(verdict: Verdict, code: str, question: str, tell: Callable[[str, Verdict], None]) -> None:
    tell(question, verdict)
    if verdict.reason.code != code or verdict.decision != ("valid" if code == "site_here" else "invalid"):
        raise DemoError("verdict_unexpected", f"{question}: {verdict.reason.code} instead of {code}")
