"""Licensed sites in both languages: the same rows, the same newest editions, the same refusals of what is a little wrong."""

from __future__ import annotations

import random
import zlib
from typing import Any

import pytest
from geopy.distance import geodesic

from seal import cbor, cose, sites, trust
from seal.errors import ListError
from seal.site import Point
from seal.sites import LicensedSite, SitePack
from tests.fuzz.wire import mutated
from tests.twin.asking import Answer, Asker
from tests.vectors import fixed

KID = b"\x63"
SIGNER = fixed.signer(fixed.SIGNERS[KID])
NAMES = ("مخبز البحر", "Café 🍕", "م" * 80, "أ ب")


def site(number: int, edition: int = 0, **changes: Any) -> LicensedSite:
    good = LicensedSite(
        bytes((26,)) + number.to_bytes(3, "big") + bytes((edition,)),
        ("shop", "advertisement", "kiosk")[number % 3],
        31.2 + number / 1e5,
        -29.9 - number / 1e7,
        30 + number,
        -2_208_996_309 + number,
        None if number % 2 else fixed.NOW + number,
        0,
        fixed.NOW - number,
        NAMES[number % len(NAMES)],
    )
    return good._replace(**changes)


WHOLE = SitePack("MN1", fixed.NOW, (site(1), site(2), site(3, status=1), site(2, 1), site(4, status=3), site(4, 1, status=2)))
CHANGES = SitePack("MN1", fixed.NOW + 60, (site(1, status=2, since=fixed.NOW + 5), site(9)), base=fixed.NOW)


def signed(pack: SitePack) -> bytes:
    return sites.sign(pack, KID, SIGNER)


def trusted() -> trust.TrustList:
    return trust.verify(fixed.signed_trust("main"), root=fixed.root())


@pytest.fixture
def world(ask: Asker) -> Asker:
    """Asks about packs under the vectors' trust list."""
    x, y = trust.coordinates(fixed.root().public_key)
    root = {"kid": fixed.ROOT_KID.hex(), "x": x.hex(), "y": y.hex(), "floor_sequence": 1}
    first = {"ask": "world", "name": "sites", "root": root, "trust": fixed.signed_trust("main").hex()}
    return lambda requests: ask([first, *({"ask": "sites", "world": "sites"} | request for request in requests)])[1:]


def as_answer(pack: SitePack) -> Answer:
    rows = [
        {
            **{name: getattr(each, name) for name in ("type", "latitude", "longitude", "nbf", "exp", "status", "since", "name")},
            "cti": each.cti.hex(),
            "reachM": each.reach_m,
        }
        for each in pack.sites
    ]
    newest = [pack.sites.index(each) for each in sites.newest(pack.sites)]
    return {"authority": pack.authority, "iat": pack.iat, "base": pack.base, "rows": rows, "newest": newest}


def test_a_pack_is_read_alike(world: Asker) -> None:
    held = sites.verify(signed(WHOLE), trust=trusted())
    assert [each.name for each in held.sites] == [each.name for each in WHOLE.sites]
    rounded = (each._replace(latitude=round(each.latitude, 7), longitude=round(each.longitude, 7)) for each in WHOLE.sites)
    assert held == WHOLE._replace(sites=tuple(rounded))
    assert [each.cti[3:] for each in sites.newest(held.sites)] == [b"\1\0", b"\2\1", b"\3\0", b"\4\1"]
    empty = SitePack("MN1", fixed.NOW, ())
    assert world([{"hex": signed(pack).hex()} for pack in (WHOLE, empty)]) == [as_answer(held), as_answer(empty)]


def test_changes_take_their_places(world: Asker) -> None:
    held, changes = (sites.verify(signed(pack), trust=trusted()) for pack in (WHOLE, CHANGES))
    both = held.with_changes(changes)
    assert (len(both.sites), both.iat, both.sites[0].status, both.sites[-1].cti) == (7, fixed.NOW + 60, 2, site(9).cti)
    other = CHANGES._replace(base=fixed.NOW - 1)
    asked = [{"hex": signed(WHOLE).hex(), "changes": signed(each).hex()} for each in (CHANGES, other, WHOLE)]
    refused = {"code": "sites_other_base"}
    assert world(asked) == [as_answer(both), refused, refused]
    for each in (other, WHOLE, CHANGES._replace(authority="AGM")):
        with pytest.raises(ListError, match="sites_other_base"):
            held.with_changes(each)


def wrong() -> list[bytes]:
    """Packs that are rightly signed and otherwise wrong, and others that are not."""
    message = cose.from_bytes(signed(WHOLE))
    payload: dict[Any, Any] = cbor.parse(message.payload)
    columns = zlib.decompress(payload["columns"])
    packed = [zlib.compress(cut) for cut in (columns[:-1] + b"\n", columns[:50])]
    changes: list[dict[Any, Any]] = [
        *({"columns": data} for data in (b"", columns, *packed, payload["columns"] + b"\0")),
        *({"count": count} for count in (0, 5, 7, -1, True, 1.0, sites.SITES_MAX + 1)),
        *({"types": types} for types in ([], ["shop"], "shop", ["shop", "kiosk", 1], ["Shop", "kiosk", "advertisement"])),
        *({"authority": authority} for authority in ("mn1", "", 1)),
        *({"base": base} for base in (None, "1", True)),
        {"more": 1},
        {"columns": zlib.compress(columns.replace("البحر".encode(), "البح\u202e".encode()))},
        {"columns": zlib.compress(columns.replace("البحر".encode(), b"\xff" * 10))},
        {"columns": zlib.compress(columns[:5] + columns[:5] + columns[10:])},
    ]  # fmt: skip
    made = [cose.sign(message.protected, cbor.encode(payload | change), SIGNER).to_bytes() for change in changes]
    stranger = cose.sign(cose.protected(b"\x01", sites.TYP), message.payload, fixed.signer(fixed.SIGNERS[b"\x01"])).to_bytes()
    return [*made, stranger, fixed.sign_status(fixed.STATUS["main"][0]), b"", signed(WHOLE)[:-1]]


def test_what_is_wrong_is_refused_alike(world: Asker) -> None:
    chance = random.Random("sites")
    made = [*wrong(), *(mutated(chance, signed(WHOLE)) for _ in range(100))]
    codes = []
    for data in made:
        try:
            sites.verify(data, trust=trusted())
            codes.append(None)
        except ListError as error:
            codes.append(error.code)
    assert [answer.get("code") for answer in world([{"hex": data.hex()} for data in made])] == codes
    assert set(codes[: len(wrong())]) == {"sites_corrupt", "sites_wrong_key"}


STANDINGS = {0: "valid", 1: "revoked", 2: "suspended", 3: "superseded"}


def test_the_phone_finds_what_is_around(world: Asker) -> None:
    """Against every distance on the ellipsoid: what is clearly within is found, what is clearly beyond is not, the nearest first."""
    chance = random.Random("near")
    here = Point(31.2, 29.9)

    def anywhere() -> Point:
        return Point(*(round(angle + chance.uniform(-0.01, 0.01), 7) for angle in here))

    usual = {"type": "shop", "reach_m": 30, "nbf": 0, "exp": None}
    placed = tuple(site(number, **anywhere()._asdict(), **usual, status=chance.choice((0, 0, 1, 2))) for number in range(1, 400))
    spots = [anywhere() for _ in range(25)]
    data = signed(SitePack("MN1", fixed.NOW, placed)).hex()
    asked = [{"ask": "near", "hex": data, "place": spot._asdict(), "metres": 200, "now": fixed.NOW, "type": "shop"} for spot in spots]
    by_cti = {each.cti.hex(): each for each in placed}
    counts = 0
    for spot, answer in zip(spots, world(asked), strict=True):
        away = {cti: geodesic(spot, (each.latitude, each.longitude)).m for cti, each in by_cti.items()}
        found = {cti: metres for cti, metres, _ in answer["found"]}
        assert (
            {cti for cti, metres in away.items() if metres < 198} <= found.keys() <= {cti for cti, metres in away.items() if metres < 202}
        )
        assert all(abs(metres - away[cti]) < 2 for cti, metres in found.items())
        assert list(found.values()) == sorted(found.values())
        assert all(standing == STANDINGS[by_cti[cti].status] for cti, _, standing in answer["found"])
        near = [cti for cti, metres in away.items() if metres < 30 and by_cti[cti].status == 0]
        assert abs(answer["sharing"] - len(near)) <= 1
        counts += len(found)
    assert counts > 100


def test_dates_and_editions_decide_what_is_said_of_a_site(world: Asker) -> None:
    now, place = fixed.NOW, {"latitude": 31.2, "longitude": 29.9}
    at = {"latitude": 31.2, "longitude": 29.9, "type": "shop"}
    held = (
        site(1, **at, nbf=0, exp=now),
        site(2, **at, nbf=0, exp=now + 1),
        site(3, **at, nbf=now + 1, exp=None),
        site(4, **at, nbf=0, exp=now, status=1),
        site(5, **at, nbf=0, exp=now, status=2),
        site(6, **at, status=3, nbf=0),
        site(6, 1, latitude=31.21, longitude=29.9, nbf=0, exp=None),
    )
    pack = signed(SitePack("MN1", now, held)).hex()
    (answer,) = world([{"ask": "near", "hex": pack, "place": place, "metres": 100, "now": now, "type": "shop"}])
    said = {int(cti[2:8], 16): standing for cti, _, standing in answer["found"]}
    assert said == {1: "expired", 2: "valid", 3: "not_yet", 4: "revoked", 5: "expired"}
    assert answer["sharing"] == 1
