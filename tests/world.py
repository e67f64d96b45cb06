"""A small governorate for tests: a root, two authorities, status lists and seals, made at run time in a folder of the test's own.

    world = World(tmp_path)                 # writes root.jwk and published/ with fresh lists
    text = world.seal(world.license())      # what the QR code holds
    world.set_status(text, status.INVALID)  # revoked, and published
"""

from __future__ import annotations

import copy
import json
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

import published
from published import Loaded, Memory
from seal import claims, cose, days, notices, receipt, status, trust, wire
from seal.area import Area
from seal.license import License, check_character, identifier
from seal.notices import Notice
from seal.receipt import Receipt
from seal.site import Fix, Point, Site
from seal.trust import Key, Root, TrustList
from tests.clock import LATER

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOST = "khatm.example"
URI = f"https://{HOST}/status/1"
ROOT_KID, STATUS_KID, RECEIPT_KID, NOTICE_KID = b"test-root", b"\x63", b"\x52", b"\x4e"
SHOP_SITE = Site(Point(31.2001, 29.9187), 40)
APPLICATION = "APP-MID-2026-000123"
LONGEST: Mapping[str, int | None] = {"shop": None, "advertisement": 366, "demolition": 1096}
TYPES = {
    "shop": {"ar": "محل عام", "en": "Shop"},
    "advertisement": {"ar": "إعلان", "en": "Advertisement"},
    "demolition": {"ar": "هدم", "en": "Demolition"},
}
ACTIVITIES = {"bakery": {"ar": "مخبز", "en": "Bakery"}, "clothes": {"ar": "ملابس", "en": "Clothes"}}
VIOLATIONS = {"pavement_occupied": {"ar": "إشغال الرصيف أو الطريق", "en": "Pavement or road occupied"}}
# code: kid, Arabic and English name, and an area as (south, west, north, east) in degrees
AUTHORITIES = {
    "MID": (b"\x01", "حي وسط", "Middle District", (31.17, 29.88, 31.22, 29.95)),
    "AGM": (b"\x02", "حي العجمي", "Agami District", (31.08, 29.70, 31.16, 29.85)),
}


class World:
    """Everything that is signed, with the keys that sign it. `folder` is the published folder, `root_file` the pinned root."""

    def __init__(self, folder: Path, *, now: datetime = NOW, hosts: frozenset[str] = frozenset({HOST})) -> None:
        self.folder, self.root_file, self.now = folder / "published", folder / "root.jwk", now
        kids = [ROOT_KID, STATUS_KID, *(kid for kid, *_ in AUTHORITIES.values())]
        self.private = {kid: ec.generate_private_key(ec.SECP256R1()) for kid in kids}
        self.statuses = bytearray([status.INVALID]) * 4096  # what nobody was given reads as invalid
        self.given = 0
        self._last: TrustList | None = None
        self.trust = TrustList(
            sequence=7,
            issued_at=days.seconds_of(now) - 3600,
            next_update=days.seconds_of(now + timedelta(days=30)),
            hosts=hosts,
            types=TYPES,
            activities=ACTIVITIES,
            violations=VIOLATIONS,
            keys={kid: self._key(code, kid, names, box) for code, (kid, *names, box) in AUTHORITIES.items()}
            | {STATUS_KID: self._key("GOV", STATUS_KID, ["المحافظة", "Governorate"], None)},
        )
        x, y = (_base64url(part) for part in trust.coordinates(self.private[ROOT_KID].public_key()))
        self.root_file.parent.mkdir(parents=True, exist_ok=True)
        self.root_file.write_text(
            json.dumps({"kty": "EC", "crv": "P-256", "kid": ROOT_KID.hex(), "x": x, "y": y, "floor_sequence": 1})
        )
        self.publish()

    def copied(self, folder: Path) -> World:
        """The same in another folder, with the same keys."""
        made = copy.copy(self)
        made.folder, made.root_file = folder / "published", folder / "root.jwk"
        shutil.copytree(self.folder, made.folder)
        shutil.copy(self.root_file, made.root_file)
        made.private, made.statuses = dict(self.private), bytearray(self.statuses)
        return made

    def _key(self, code: str, kid: bytes, names: list[str], box: tuple[float, float, float, float] | None) -> Key:
        start = days.seconds_of(self.now)
        return Key(
            kid=kid,
            public_key=self.private[kid].public_key(),
            roles=("license",) if box else ("status",),
            authority=code,
            name={"ar": names[0], "en": names[1]},
            types=LONGEST if box else {},
            area=Area([Point(box[i], box[j]) for i, j in ((0, 1), (0, 3), (2, 3), (2, 1))]) if box else None,
            not_before=start - 365 * 86_400,
            not_after=start + 365 * 86_400,
            state="active",
        )

    def signer(self, kid: bytes) -> cose.Signer:
        """Signs with the key `kid`."""
        return cose.private_signer(self.private[kid])

    @property
    def root(self) -> Root:
        """The pinned root."""
        return Root(ROOT_KID, self.private[ROOT_KID].public_key(), 1)

    def license(self, **changes: Any) -> License:
        """A bakery in the middle of the city, but for `changes`."""
        usual = License(
            authority="MID",
            type="shop",
            activity="bakery",
            trade_name="مخبز النور",
            holder="أحمد محمد علي",
            address="شارع فؤاد، عقار 12",
            site=SHOP_SITE,
            details={},
            first_day=date(2026, 1, 1),
            last_day=None,
        )
        return usual._replace(**changes)

    def seal(self, license_: License, *, iat: int | None = None, kid: bytes | None = None, host: str = HOST) -> str:
        """The text of a new seal, published as valid. `kid` another key than the authority's."""
        self.given += 1
        index = self.given
        held = claims.of_license(
            license_,
            iat=days.seconds_of(self.now) - 86_400 if iat is None else iat,
            cti=identifier(2026, self.given),
            idx=index,
            uri=URI,
        )
        kid = kid or AUTHORITIES[license_.authority][0]
        message = cose.sign(cose.protected(kid, alg=cose.ESP256), claims.to_bytes(held), cose.low_signer(self.signer(kid)))
        self.statuses[index] = status.VALID
        self.publish_status()
        return wire.write(message, host)

    def forged(self, license_: License) -> str:
        """The text of a seal that claims an authority's kid but is signed by somebody else's key."""
        held = claims.of_license(
            license_, iat=days.seconds_of(self.now) - 86_400, cti=identifier(2026, 999), idx=9, uri=URI
        )
        signer = cose.private_signer(ec.generate_private_key(ec.SECP256R1()))
        header = cose.protected(AUTHORITIES[license_.authority][0], alg=cose.ESP256)
        return wire.write(cose.sign(header, claims.to_bytes(held), cose.low_signer(signer)), HOST)

    def receipts(self, **changes: Any) -> None:
        """Publish a key for receipts of applications, the governorate's but for `changes`."""
        self.private.setdefault(RECEIPT_KID, ec.generate_private_key(ec.SECP256R1()))
        usual = self._key("GOV", RECEIPT_KID, ["المحافظة", "Governorate"], None)
        key = usual._replace(roles=("receipt",))._replace(**changes)
        self.trust = self.trust._replace(keys={**self.trust.keys, RECEIPT_KID: key})
        self.publish()

    def received(self, **changes: Any) -> Receipt:
        """The receipt of an application a minute ago, but for `changes`."""
        number = f"{APPLICATION}-{check_character(APPLICATION)}"
        usual = Receipt("MID", days.seconds_of(self.now) - 60, number, "shop.first", "منى علي حسن")
        return usual._replace(**changes)

    def receipt(self, **changes: Any) -> str:
        """The text of a signed receipt; its key is published by `receipts`."""
        return receipt.write(receipt.sign(self.received(**changes), RECEIPT_KID, self.signer(RECEIPT_KID)), HOST)

    def notice_keys(self, **changes: Any) -> None:
        """Publish a key for notices of violations, the district's but for `changes`."""
        self.private.setdefault(NOTICE_KID, ec.generate_private_key(ec.SECP256R1()))
        usual = self._key("MID", NOTICE_KID, ["حي وسط", "Middle District"], None)
        key = usual._replace(roles=("notice",))._replace(**changes)
        self.trust = self.trust._replace(keys={**self.trust.keys, NOTICE_KID: key})
        self.publish()

    def noticed(self, **changes: Any) -> Notice:
        """The notice of a violation, given a minute ago, but for `changes`."""
        usual = Notice(
            authority="MID",
            iat=days.seconds_of(self.now) - 60,
            number=notices.number("MID", 2026, 123),
            violation="pavement_occupied",
            holder="أحمد محمد علي",
            license=f"ALX-MID-2026-0000123-{check_character('ALX-MID-2026-0000123')}",
            occurrence=2,
            piastres=125_000,
            objection_days=15,
            payment_days=30,
            lat=notices.micro(SHOP_SITE.point.latitude),
            lon=notices.micro(SHOP_SITE.point.longitude),
        )
        return usual._replace(**changes)

    def notice(self, **changes: Any) -> str:
        """The text of a signed notice; its key is published by `notice_keys`."""
        return notices.write(notices.sign(self.noticed(**changes), NOTICE_KID, self.signer(NOTICE_KID)), HOST)

    def set_status(self, text: str, value: int) -> None:
        """Give a seal another status, and publish it."""
        message = wire.token(text)
        self.statuses[claims.from_bytes(message.payload).idx] = value
        self.publish_status()

    def publish(self) -> None:
        """Write everything: trust list and status list. Another trust list than the last one is the next one, as a root numbers them."""
        last = self._last
        if last and last.sequence == self.trust.sequence and trust.to_bytes(last) != trust.to_bytes(self.trust):
            self.trust = self.trust._replace(sequence=last.sequence + 1)
        self._last = self.trust
        published.write(self.folder, {"trust-list": trust.sign(self.trust, ROOT_KID, self.signer(ROOT_KID))})
        self.publish_status()

    def publish_status(self, *, iat: int | None = None) -> None:
        """Write the status list, signed a minute ago unless `iat` (seconds) says otherwise."""
        signed_at = days.seconds_of(self.now) - 60 if iat is None else iat
        entry = status.StatusList(
            URI, signed_at, signed_at + status.STALE_SECONDS, status.BITS, status.pack(self.statuses), self.trust.sequence
        )
        published.write(self.folder, {"status/1": status.sign(entry, STATUS_KID, self.signer(STATUS_KID))})

    def load(self) -> Loaded:
        """The published files as a verifier loads them."""
        return published.load(self.folder, root=self.root, memory=Memory(), now=LATER)

    def fix(self, north_m: float = 0, *, accuracy_m: float = 5.0, site: Site = SHOP_SITE) -> Fix:
        """A position measured now, `north_m` metres north of a site point."""
        return Fix(site.point.latitude + north_m / 111_000, site.point.longitude, accuracy_m, self.now)


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
