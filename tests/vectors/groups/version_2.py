"""Version 2 of the text (docs/format.md §4.5): shapes of the layout, other ways to write one token, and what is no token at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from seal import claims, cose, fold, layout, letters, tables, wire
from seal.claims import Claims
from seal.cose import Sign1
from seal.license import identifier
from seal.radix import Bits, Field, pushed
from seal.site import Point, Site
from tests.vectors import fixed
from tests.vectors.making import SITE, Expect, Vector, failed, held, no_license, unknown

HOST = fixed.HOST
SQUARE = Site(SITE.point, 0, ((-200, -200), (200, -200), (200, 200), (-200, 200)))
BROKEN, DAMAGED = failed("format", "limit_broken"), no_license("damaged")
INVALID = failed("signature", "signature_invalid")


def sealed(made: Claims | bytes, kid: bytes = b"\x01") -> Sign1:
    """A token of version 2, signed with the key of its kid (that of 01 for one that nobody has)."""
    payload = made if isinstance(made, bytes) else claims.to_bytes(made)
    signer = cose.low_signer(fixed.signer(fixed.SIGNERS.get(kid, "kid 01")))
    return cose.sign(cose.protected(kid, alg=cose.ESP256), payload, signer)


#: Everything that has a place in the layout, and what a verdict says of it where not all passes.
SHAPES: dict[str, tuple[Claims, Expect]] = {
    "usual": (held(), {}),
    "open-ended": (held({"last_day": None}), {}),
    "edition": (held(edition=3), {}),
    "largest serial": (held(serial=(1 << 24) - 1), {}),
    "other year": (held()._replace(cti=identifier(2019, 5)), {}),
    "sealed in 1999": (held(iat=claims.TIME_MIN), failed("issuer", "key_not_valid_then")),
    "sealed in 2242": (
        held({"first_day": date(2240, 1, 1), "last_day": date(2241, 1, 1)}, iat=claims.TIME_MAX - 1),
        {**failed("issuer", "key_not_valid_then"), **failed("dates", "not_yet_valid")},
    ),
    "first day of 1900": (held({"first_day": date(1900, 1, 1), "last_day": None}), {}),
    "fifty years": (held({"last_day": date(2076, 3, 1)}), {}),
    "over summer time": (held({"first_day": date(2026, 3, 1), "last_day": date(2026, 8, 1)}), failed("dates", "expired")),
    "summer time begins": (held({"first_day": date(2026, 3, 1), "last_day": date(2027, 8, 31)}), {}),
    "begins in a week": (held({"first_day": date(2026, 11, 27)}), failed("dates", "not_yet_valid")),
    "outline": (held({"site": SQUARE}), {}),
    "other radius": (held({"site": SQUARE._replace(radius_m=149, footprint=())}), {}),
    "far place": (held({"site": Site(Point(-33.5, 151.25), 40)}), failed("scope", "site_outside_area")),
    "Giza": (held({"site": Site(Point(30.01, 31.21), 40), "authority": "GZ1"}), failed("scope", "authority_not_permitted")),
    "all details": (held({"details": {"width_cm": 20_000, "height_cm": 1, "faces": 20, "floors": 200}}), {}),
    "size": (held({"details": {"width_cm": 300, "height_cm": 200}}), {}),
    "other type and activity": (held({"type": "kiosk", "activity": "عصير قصب"}), failed("scope", "type_not_permitted")),
    "other authority": (held({"authority": "Z9"}), failed("scope", "authority_not_permitted")),
    "last list": (held(idx=65_535, uri=f"https://{HOST}/status/9999"), unknown("status", "status_list_missing")),
    "first position": (held(idx=0), {}),
    "coordinates of a half": (held({"site": Site(Point(31.25, 30.0), 40)}), {}),
}
#: What travels by the fold instead.
FOLDED: dict[str, tuple[Claims, Expect]] = {
    "a letter outside the alphabet": (held({"trade_name": "麵 نودلز"}), {}),
    "a status list of another host": (held(uri="https://other.example/status/1"), unknown("status", "status_list_missing")),
    "seconds that are no day": (held()._replace(nbf=1), {}),
    "mean time at the beginning": (held({"first_day": date(1900, 1, 1)}), {}),
    "an index beyond a list": (held()._replace(idx=65_536), BROKEN),
    "no address": (held()._replace(address=""), BROKEN),
}


def vectors() -> Iterator[Vector]:
    for name, (made, expect) in SHAPES.items():
        yield _written(name, "a shape of the layout", sealed(made), expect)
    yield _written("two octets of kid", "as in version 1", sealed(held(), b"\x10\x01"))
    yield _written("a kid of two octets that nobody has", "as in version 1", sealed(held(), b"\0\xff"), failed("issuer", "kid_unknown"))
    for name, (made, expect) in FOLDED.items():
        yield _written(name, "no place in the layout: the fold of version 1", sealed(made), expect)
    yield from _hosts()
    yield from _other_ways()
    yield from _fields()
    yield from _streams()
    yield from _digits()
    yield from _tokens()


def _written(name: str, why: str, message: Sign1, expect: Expect | None = None) -> Vector:
    return Vector(name, why, wire.write(message, HOST), expect or {})


def _hosts() -> Iterator[Vector]:
    text = wire.write(sealed(held()), HOST)
    for name, host, expect in (
        ("copied to a foreign host", "EVIL.EXAMPLE", failed("format", "foreign_host")),
        ("copied to another host of ours", "LOCALHOST:8000", INVALID),
    ):
        yield Vector(name, "the address of the status list is the text's own host", text.replace("KHATM.EXAMPLE", host), expect)
    moved = wire.write(sealed(held()), "localhost:8000")
    yield Vector("printed again under another host of ours", "by the fold, which carries the address", moved)
    yield Vector("lower-case host", "the address is in lower case, whatever the text's is", text.replace("KHATM.EXAMPLE", HOST))


def parts() -> dict[str, list[Field]]:
    """The fields of the usual seal, by name, in the order in which they are popped."""
    made = held()
    frozen, joint = tables.current(), layout.joint()
    south, west = round((made.site.point.latitude - 30) * 2**19), round((made.site.point.longitude - 29) * 2**19)
    day, today = made.nbf // 86_400 + 1, made.iat // 86_400
    return {
        "unusual": [Bits(0, 1)],
        "block": [Bits(1, 8), Bits(made.iat - 1_577_836_800, 31), Bits(south, 20), Bits(west, 20)],
        "sizes": [Bits(0, 2), Bits(0, 2)],
        "wider": [],
        "serial": [Bits(1, 12)],
        "position": [Bits(401, 16)],
        "authority": [frozen.authorities.field("MN1")],
        "dates": [layout.DATES.field((10, 7_200, layout.PERIOD))],
        "first day": [Bits(day - today + 768, 10)],
        "term": [joint.periods.field((731, 0))],
        "kind": [joint.kinds.field(("shop", 40, 0))],
        "activity": [frozen.activities.field("bakery")],
        "more": [],
    }


def streamed(*texts: str) -> int:
    bits, size = letters.write(list(texts)) or (0, 0)
    return 1 << size | bits


USUAL = streamed(*held()[-3:])


def with_fields(changes: dict[str, list[Field]] | None = None, top: int = USUAL) -> str:
    """The usual seal with other fields in place of its own, and something else at their end."""
    body = pushed([field for fields in (parts() | (changes or {})).values() for field in fields], top)
    return _numbered(body)


def _numbered(body: int, message: Sign1 | None = None) -> str:
    signature = (message or sealed(held())).signature
    return f"https://KHATM.EXAMPLE/2{body << 512 | int.from_bytes(signature, 'big')}"


def _other_ways() -> Iterator[Vector]:
    frozen, joint = tables.current(), layout.joint()
    iat = held().iat - claims.TIME_MIN
    place = layout.PLACES.pack(*SITE.point)
    latitude, longitude = int.from_bytes(place[:4], "big"), int.from_bytes(place[4:], "big")
    both = latitude | longitude << 32
    base = parts()["block"]
    unusual: dict[str, dict[str, list[Field]]] = {
        "no flags": {"unusual": [Bits(1, 1), Bits(0, 8)]},
        "iat in 33 bits": {
            "unusual": [Bits(1, 1), Bits(2, 8)],
            "block": [base[0], Bits(iat & (1 << 31) - 1, 31), *base[2:]],
            "wider": [Bits(iat >> 31, 2)],
        },
        "place as two binary32": {
            "unusual": [Bits(1, 1), Bits(4, 8)],
            "block": [*base[:2], Bits(both & 0xF_FFFF, 20), Bits(both >> 20 & 0xF_FFFF, 20)],
            "wider": [Bits(both >> 40, 24)],
        },
        "the usual year": {"unusual": [Bits(1, 1), Bits(16, 8)], "wider": [Bits(26, 8)]},
        "largest sizes": {"sizes": [Bits(3, 2), Bits(3, 2)], "serial": [Bits(1, 24)], "position": [Bits(401, 30)]},
        "authority in letters": {"authority": [frozen.authorities.field(""), Bits(2, 2), Bits(12, 6), Bits(13, 6), Bits(27, 6)]},
        "first day in 17 bits": {
            "dates": [layout.DATES.field((17, 7_200, layout.PERIOD))],
            "first day": [Bits(held().nbf // 86_400 + 1 + 25_567, 17)],
        },
        "offset in 17 bits": {
            "dates": [layout.DATES.field((10, -1, layout.PERIOD))],
            "first day": [*parts()["first day"], Bits(7_200, 17)],
        },
        "days of a usual term": {
            "dates": [layout.DATES.field((10, 7_200, layout.DAYS))],
            "term": [Bits(731, 17), layout.SHIFTS.field(0)],
        },
        "radius in 8 bits": {"kind": [joint.kinds.field(("shop", 0, 0))], "more": [Bits(40, 8)]},
        "details that are none": {"kind": [joint.kinds.field(("shop", 40, -1))], "more": [Bits(0, 4)]},
    }
    for name, changes in unusual.items():
        yield Vector(f"not the shortest: {name}", "several texts may carry one token", with_fields(changes))
    named: dict[str, list[Field]] = {"kind": [joint.kinds.field(("", 40, 0))], "activity": [frozen.activities.field("")]}
    text = with_fields(named, streamed("shop", "bakery", *held()[-3:]))
    yield Vector("not the shortest: type and activity as texts", "several texts may carry one token", text)
    wide = sealed(held({"details": {"width_cm": 300, "height_cm": 200}}))
    sizes: list[Field] = [layout.SIZES.field((15, 15)), Bits(300, 15), Bits(200, 15)]
    fields = parts() | {"kind": [joint.kinds.field(("shop", 40, 3))], "more": sizes}
    body = pushed([field for each in fields.values() for field in each], USUAL)
    yield Vector("not the shortest: a size in centimetres", "several texts may carry one token", _numbered(body, wide))
    plain = b"\0" + cose.cbor.bstr(sealed(held()).protected) + claims.to_bytes(held())
    yield Vector("not the shortest: a fold of what has a place", "several texts may carry one token", _folded(plain))


def _folded(octets: bytes) -> str:
    top = wire._deflated(octets, "2")
    return _numbered(pushed([Bits(1, 1), Bits(128, 8)], 1 << 8 * len(top) | int.from_bytes(top, "little")))


def _fields() -> Iterator[Vector]:
    frozen, joint = tables.current(), layout.joint()
    for flags in (32, 64, 129, 160, 255):
        yield Vector(f"flags {flags}", "no such flag, or 128 with others", with_fields({"unusual": [Bits(1, 1), Bits(flags, 8)]}), DAMAGED)
    outline: list[Field] = [joint.kinds.field(("shop", -1, 0))]
    broken: dict[str, dict[str, list[Field]]] = {
        "serial 0": {"serial": [Bits(0, 12)]},
        "edition 0": {"unusual": [Bits(1, 1), Bits(8, 8)], "wider": [Bits(0, 8)]},
        "a letter that is none": {"authority": [frozen.authorities.field(""), Bits(2, 2), Bits(36, 6), Bits(63, 6), Bits(0, 6)]},
        "an authority of one letter": {"authority": [frozen.authorities.field(""), Bits(0, 2), Bits(0, 6)]},
        "list 10000": {"sizes": [Bits(0, 2), Bits(3, 2)], "position": [Bits(9_999 << 16, 30)]},
        "iat after 2242": {
            "unusual": [Bits(1, 1), Bits(2, 8)],
            "block": [Bits(1, 8), Bits(0x7FFF_FFFF, 31), *parts()["block"][2:]],
            "wider": [Bits(3, 2)],
        },
        "latitude 200": {"unusual": [Bits(1, 1), Bits(4, 8)], **_at(200.0, 30.0)},
        "latitude that is no number": {"unusual": [Bits(1, 1), Bits(4, 8)], **_at(float("nan"), 30.0)},
        "a term of no days": {"dates": [layout.DATES.field((10, 7_200, layout.DAYS))], "term": [Bits(0, 17), layout.SHIFTS.field(0)]},
        "before 1900": {"dates": [layout.DATES.field((17, -1, layout.OPEN))], "first day": [Bits(0, 17), Bits(7_510, 17)], "term": []},
        "radius 0": {"kind": [joint.kinds.field(("shop", 0, 0))], "more": [Bits(0, 8)]},
        "radius 151": {"kind": [joint.kinds.field(("shop", 0, 0))], "more": [Bits(151, 8)]},
        "34 corners": {"kind": outline, "more": [Bits(31, 5), Bits(2, 4), *[Bits(2, 2)] * 68]},
        "corners without steps": {"kind": outline, "more": [Bits(0, 5), Bits(0, 4)]},
        "width 0": {"kind": [joint.kinds.field(("shop", 40, 3))], "more": [layout.SIZES.field((7, 7)), Bits(0, 7), Bits(1, 7)]},
        "width 20001": {"kind": [joint.kinds.field(("shop", 40, 3))], "more": [layout.SIZES.field((15, 7)), Bits(20_001, 15), Bits(1, 7)]},
        "21 faces": {"kind": [joint.kinds.field(("shop", 40, -1))], "more": [Bits(4, 4), Bits(21, 5)]},
    }
    for name, changes in broken.items():
        yield Vector(f"beyond a limit: {name}", "the layout can say it, and no license has it", with_fields(changes), BROKEN)


def _at(latitude: float, longitude: float) -> dict[str, list[Field]]:
    octets = layout.PLACES.pack(latitude, longitude)
    both = int.from_bytes(octets[:4], "big") | int.from_bytes(octets[4:], "big") << 32
    block = [*parts()["block"][:2], Bits(both & 0xF_FFFF, 20), Bits(both >> 20 & 0xF_FFFF, 20)]
    return {"block": block, "wider": [Bits(both >> 40, 24)]}


def _streams() -> Iterator[Vector]:
    name, holder, address = held()[-3:]
    cases: dict[str, tuple[str, int, Expect]] = {
        "two texts": ("trade name, holder and address are three", streamed(name, holder), DAMAGED),
        "four texts": ("type and activity are in the tables", streamed("bakery", name, holder, address), DAMAGED),
        "an empty trade name": ("as in version 1", streamed("", holder, address), BROKEN),
        "an address of 121": ("as in version 1", streamed(name, holder, "ا" * 121), BROKEN),
        "a trade name of 81": ("as in version 1", streamed("ا" * 81, holder, address), BROKEN),
        "nothing left": ("not even the 1 that ends it", 0, DAMAGED),
        "an empty stream": ("the 1 that ends it and no bit", 1, DAMAGED),
        "a stream that is cut": (
            "its last 12 bits are gone",
            USUAL & (1 << USUAL.bit_length() - 13) - 1 | 1 << USUAL.bit_length() - 13,
            DAMAGED,
        ),
        "an octet behind the stream": ("more than pads the last octet", USUAL | 1 << USUAL.bit_length() + 8, no_license("unused_input")),
        "bits that pad the last octet": ("not looked at", _padded(USUAL), {}),
        "2049 letters": ("more than may come out", streamed(name, holder, "ا" * 2049), failed("format", "inflates_too_far")),
    }
    for title, (why, top, expect) in cases.items():
        yield Vector(title, why, with_fields(top=top), expect)


def _padded(top: int) -> int:
    """The same stream, ended where its last octet ends, with ones behind it."""
    size = top.bit_length() - 1
    full = -(-size // 8) * 8
    return top ^ 1 << size | (1 << full + 1) - (1 << size)


def _digits() -> Iterator[Vector]:
    text = wire.write(sealed(held()), HOST)
    start, digits = text[:23], text[23:]
    for name, why, changed, expect in (
        ("cut by a digit", "a number of a tenth", text[:-1], DAMAGED),
        ("half of the digits", "what a torn code may give", text[: 23 + len(digits) // 2], DAMAGED),
        ("one digit more", "ten times the number", f"{text}0", no_license("unused_input")),
        ("a zero in front", "no leading zeros", f"{start}0{digits}", DAMAGED),
        ("version 3", "nobody can read it yet", f"{text[:22]}3{digits}", unknown("format", "version_unknown")),
        ("digits of version 2 called version 1", "their octets are no token", f"{text[:22]}1{digits}", DAMAGED),
        ("an Arabic-Indic version digit", "only ASCII digits are digits", f"{text[:22]}٢{digits}", DAMAGED),
        ("an Arabic-Indic digit", "only ASCII digits are digits", f"{text[:-1]}٧", DAMAGED),
        ("a signature alone", "there is a body", f"{start}{(1 << 531) + 7}", DAMAGED),
    ):
        yield Vector(name, why, changed, expect)


def _tokens() -> Iterator[Vector]:
    usual = sealed(held())
    s = int.from_bytes(usual.signature[32:], "big")
    high = usual._replace(signature=usual.signature[:32] + (fixed.P256_ORDER - s).to_bytes(32, "big"))
    yield _written("high s", "one token has one signature", high, INVALID)
    yield _written("s = 0", "out of range", usual._replace(signature=usual.signature[:32] + bytes(32)), INVALID)
    thief = cose.sign(usual.protected, usual.payload, cose.low_signer(fixed.signer("thief")))
    yield _written("another key", "signed by somebody who took our kid", thief, INVALID)
    yield _written("kid exchanged", "signed by 02, header says 01", sealed(held(), b"\x02")._replace(protected=usual.protected), INVALID)
    first = cose.protected(b"\x01")
    old = b"\0" + cose.cbor.bstr(first) + usual.payload
    yield Vector("the algorithm of version 1", "a token tells its version", _folded(old), failed("format", "malformed"))
    other = Sign1(usual.protected, usual.payload, usual.signature)
    folded = fold.fold(other.protected, other.payload)
    digits = str(wire.to_number(other.signature + wire._deflated(folded, "1")))
    yield Vector(
        "a token of version 2 in version 1",
        "the same, the other way round",
        f"https://KHATM.EXAMPLE/1{digits}",
        failed("format", "malformed"),
    )
    for name, payload, code in (
        ("payload with a longer head", usual.payload.replace(b"\x19\x01\x91", b"\x1a\0\0\x01\x91"), "not_deterministic"),
        ("payload that is no map", b"\x80", "malformed"),
    ):
        message = sealed(payload)
        plain = b"\0" + cose.cbor.bstr(message.protected) + payload
        yield Vector(name, "by the fold anything can travel", _folded(plain), failed("format", code))
