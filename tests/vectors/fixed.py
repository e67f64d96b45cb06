"""The governorate of the vectors: keys, trust lists and status lists that never change.

THE KEYS ARE PUBLIC: everybody can derive them from their names (below), so that the vectors repeat everywhere and no key material is
stored. Whoever pins this root trusts nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec

from seal import cbor, cose, log_packs, status, trust
from seal.area import Area
from seal.log_packs import Packed
from seal.logs import Held, LogView
from seal.site import Point
from seal.trust import Governorate, Key, Root, TrustList

from . import logs

HOST = "khatm.example"
URI, URI_WIDE = f"https://{HOST}/status/1", f"https://{HOST}/status/2"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ROOT_KID = b"vec-root"
DAY = 86_400
YEAR = 365 * DAY
# South, west, north, east: the area of MN1 and of AGM.
MN1_BOX, AGM_BOX = (31.24, 29.98, 31.30, 30.05), (31.08, 29.70, 31.16, 29.85)
SHOP_ANY: Mapping[str, int | None] = {"shop": None, "advertisement": 366, "demolition": 1096}


def at(iso: str) -> int:
    """Seconds since 1970 of an ISO time in UTC."""
    return int(datetime.fromisoformat(iso).replace(tzinfo=UTC).timestamp())


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


NOW = at("2026-11-24T09:00:00")
SEALED = at("2026-11-20T08:00:00")  # when most seals were made
TRUST_ISSUED, STATUS_SIGNED = NOW - 3600, NOW - 1800


@cache
def private(name: str) -> ec.EllipticCurvePrivateKey:
    """The PUBLICLY KNOWN private key of `name`: SHA-256("khatm test vectors: NAME") mod n."""
    scalar = int.from_bytes(sha256(f"khatm test vectors: {name}".encode()).digest(), "big") % P256_ORDER
    return ec.derive_private_key(scalar, ec.SECP256R1())


def signer(name: str) -> cose.Signer:
    return cose.private_signer(private(name))


_SHORT = (*range(1, 12), *range(0x4E, 0x53), 0x63, 0x64, 0x99)
#: Who signs with which kid: kid -> name of the key.
SIGNERS = {bytes((number,)): f"kid {number:02x}" for number in _SHORT} | {b"\x10\x01": "kid 1001"}


def _key(kid: bytes, **changes: object) -> Key:
    south, west, north, east = MN1_BOX
    usual = Key(
        kid=kid,
        public_key=private(SIGNERS[kid]).public_key(),
        roles=("license",),
        authority="MN1",
        name={"ar": "حي المنتزه أول", "en": "Montaza 1"},
        types=SHOP_ANY,
        area=Area([Point(south, west), Point(south, east), Point(north, east), Point(north, west)]),
        not_before=at("2026-01-01T00:00:00"),
        not_after=at("2028-01-01T00:00:00"),
        state="active",
    )
    return usual._replace(**changes)  # type: ignore[arg-type]


def _agm_area() -> Area:
    south, west, north, east = AGM_BOX
    return Area([Point(south, west), Point(south, east), Point(north, east), Point(north, west)])


_STATUS = {"roles": ("status",), "authority": "GOV", "name": {"ar": "المحافظة", "en": "Governorate"}, "types": {}, "area": None}
KEYS = (
    _key(b"\x01"),
    _key(b"\x02", authority="AGM", name={"ar": "حي العجمي", "en": "Agami"}, area=_agm_area()),
    _key(b"\x03", state="retired", not_after=at("2026-06-01T00:00:00")),
    _key(b"\x04", state="compromised"),
    _key(b"\x05", state="compromised"),
    _key(b"\x06", types={"shop": 366}),  # may not give open-ended shops
    _key(b"\x07", area=None),
    _key(b"\x08", not_before=at("2026-11-22T00:00:00")),
    _key(b"\x09", not_before=at("2025-01-01T00:00:00")),  # for seals of other seasons
    _key(b"\x0a", roles=("license", "status")),
    _key(b"\x10\x01"),
    _key(b"\x63", **_STATUS),
    _key(b"\x64", **_STATUS, state="compromised"),
)
VIOLATIONS = {"pavement_occupied": {"ar": "إشغال الرصيف أو الطريق", "en": "Pavement or road occupied"}}
_NOTICES = {"roles": ("notice",), "types": {}, "area": None}
NOTICE_KEYS = (
    _key(b"\x4e", **_NOTICES),
    _key(b"\x4f", **_NOTICES, authority="AGM"),
    _key(b"\x50", **_NOTICES, authority="GOV"),
    _key(b"\x51", **_NOTICES, state="compromised"),
    _key(b"\x52", **(_STATUS | {"roles": ("receipt",)})),
)
#: How many seals the log had when key 0b was stopped.
STOLEN_AT = 500
LOGGED_KEYS = (*KEYS, _key(b"\x0b", state="compromised", stolen_at=STOLEN_AT))


def trust_list(**changes: object) -> TrustList:
    usual = TrustList(
        sequence=12,
        issued_at=TRUST_ISSUED,
        next_update=TRUST_ISSUED + 30 * DAY,
        hosts=frozenset({HOST, "localhost:8000"}),
        types={
            "advertisement": {"ar": "إعلان", "en": "Advertisement"},
            "demolition": {"ar": "هدم", "en": "Demolition"},
            "shop": {"ar": "محل عام", "en": "Public shop"},
        },
        activities={"bakery": {"ar": "مخبز", "en": "Bakery"}},
        keys={key.kid: key for key in KEYS},
    )
    return usual._replace(**changes)  # type: ignore[arg-type]


TRUST: dict[str, tuple[TrustList, str]] = {
    "main": (trust_list(), "sequence 12, signed an hour before the usual `now`, good for 30 days"),
    "long": (
        trust_list(sequence=13, issued_at=at("2026-01-02T00:00:00"), next_update=at("2028-12-31T00:00:00")),
        "signed in January 2026 and good until the end of 2028, for tests of other seasons",
    ),
    "giza": (
        trust_list(governorate=Governorate("GIZ", {"ar": "محافظة الجيزة", "en": "Giza Governorate"})),
        "as main, but of another governorate: the prefix of its numbers is GIZ",
    ),
    "notices": (
        trust_list(keys={key.kid: key for key in (*KEYS, *NOTICE_KEYS)}, violations=VIOLATIONS),
        "as main, with keys for notices: 4e of MN1, 4f of AGM, 50 of the governorate, 51 of MN1 and compromised; 52 is for receipts;"
        " and with the words of a violation",
    ),
    "logged": (
        trust_list(log=logs.terms(), keys={key.kid: key for key in LOGGED_KEYS}),
        "as main, but there is a log; key 0b is compromised, stopped when the log had 500 seals",
    ),
    "proven": (
        trust_list(acts=logs.act_terms(), lists_proven=True),
        "as main, but status lists count only with a proof that two of three witnesses have seen",
    ),
    "unnamed": (trust_list(), "as main, but without the member `governorate`, as lists were signed before there was one: ALX"),
}


def root() -> Root:
    return Root(ROOT_KID, private("root").public_key(), 1)


@cache
def signed_trust(name: str) -> bytes:
    if name == "unnamed":
        return without_governorate(TRUST[name][0])
    return trust.sign(TRUST[name][0], ROOT_KID, signer("root"))


def without_governorate(made: TrustList) -> bytes:
    """A signed trust list as it was before it said whose it is."""
    payload = {member: value for member, value in cbor.loads(trust.to_bytes(made)).items() if member != "governorate"}
    return cose.sign(cose.protected(ROOT_KID, trust.TYP), cbor.encode(payload), signer("root")).to_bytes()


# Entries of the lists. Whatever was never given reads as invalid.
VALID_TO = 800
REVOKED, SUSPENDED, SUPERSEDED, NEVER = 407, 408, 409, 900


def entries() -> bytearray:
    values = bytearray([status.INVALID]) * 1024
    values[:VALID_TO] = bytes(VALID_TO)
    values[REVOKED], values[SUSPENDED], values[SUPERSEDED] = status.INVALID, status.SUSPENDED, status.SUPERSEDED
    return values


def status_list(
    iat: int, *, exp: int | None = None, sequence: int = 12, uri: str = URI, bits: int = 2, octets: bytes = b"", number: int = 0
) -> status.StatusList:
    return status.StatusList(uri, iat, iat + 7 * DAY if exp is None else exp, bits, octets or status.pack(entries()), sequence, number)


def sign_status(entry: status.StatusList, kid: bytes = b"\x63") -> bytes:
    return status.sign(entry, kid, signer(SIGNERS[kid]))


STATUS: dict[str, tuple[status.StatusList, str]] = {
    "main": (
        status_list(STATUS_SIGNED),
        "signed half an hour before the usual `now`; 407 revoked, 408 suspended, 409 superseded, 800 on invalid",
    ),
    "wide": (
        status_list(STATUS_SIGNED, uri=URI_WIDE, bits=4, octets=bytes((0x10, 0x32, 0x54, 0xF6))),
        "four bits an entry, eight entries: entry n has the value n, but 7 has 15",
    ),
    "long": (
        status_list(STATUS_SIGNED, exp=STATUS_SIGNED + 60 * DAY),
        "as main, but its exp is 60 days away: the seven days are counted from iat",
    ),
    "short": (status_list(STATUS_SIGNED, exp=STATUS_SIGNED + 7200), "as main, but its exp is two hours after iat"),
    "anonymous": (status_list(STATUS_SIGNED, sequence=0), "as main, but names no trust list"),
    "other": (status_list(STATUS_SIGNED, sequence=11), "as main, but names trust list 11"),
}


def status_at(iso_time: str) -> str:
    """The name of a status list signed at a time of another season, made on first use; it vouches for the trust list `long`."""
    name = f"at {iso_time}Z"
    STATUS.setdefault(name, (status_list(at(iso_time), sequence=13), f"as main, but signed at {iso_time}Z for trust list 13"))
    return name


#: What is at hand of the log: name -> (view, why). The group `log` puts leaves in, by position.
LOGS: dict[str, tuple[Held, str]] = {
    name: (Held(size, time, newer, {}, name == "forked"), why)
    for name, (size, time, newer, why) in {
        "main": (800, STATUS_SIGNED, False, "800 seals, signed with the status list `main`"),
        "hour": (800, STATUS_SIGNED - 3600, False, "800 seals, an hour older than the status list `main`"),
        "late": (800, STATUS_SIGNED - 3601, False, "800 seals, an hour and a second older than the status list `main`"),
        "old": (402, SEALED + DAY, False, "402 seals, signed a day after most of them: three days ago"),
        "unwitnessed": (800, STATUS_SIGNED, True, "as main, and there is a newer head that too few witnesses signed"),
        "forked": (800, STATUS_SIGNED, False, "as main, and the log's own keys signed another tree too"),
        "empty": (0, STATUS_SIGNED, False, "no seals at all"),
        "bare": (800, STATUS_SIGNED, False, "as main, but no tile of it is at hand"),
        "pack": (800, STATUS_SIGNED, False, "a phone's pack of MN1's seals among the 800"),
        "pack of last week": (402, NOW - 7 * DAY, False, "a phone's pack of MN1's seals among 402, a week old"),
    }.items()
}

#: The views that are packs (docs/format.md §20): of which authority. Their leaves are those of its seals, and nothing else is known.
PACKS = {"pack": "MN1", "pack of last week": "MN1"}


def view(name: str) -> LogView:
    """What is at hand of the log, by its name."""
    held, _ = LOGS[name]
    return packed(held, PACKS[name]) if name in PACKS else held


def packed(held: Held, authority: str) -> Packed:
    """The leaves of a view as a pack of one authority's seals."""
    octets = log_packs.to_bytes(sorted(held.leaves.items()))
    return Packed(authority, held.size, held.time, log_packs.from_bytes(octets, len(held.leaves)))
