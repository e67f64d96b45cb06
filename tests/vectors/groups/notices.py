"""Notices of violations (docs/format.md §16): what they say, who may sign them, and what is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from seal import cbor, cose, notices, receipt, wire
from seal.license import check_character
from seal.notices import Notice
from tests.vectors import fixed
from tests.vectors.making import seal

LICENSE = "ALX-MN1-2026-0000001-M"
RECEIPT_NUMBER = "APP-MN1-2026-000007"


class NoticeVector(NamedTuple):
    """One text, the moment, and what it must lead to: state and code."""

    name: str
    why: str
    text: str
    expected: tuple[str, str] = ("notice", "notice_genuine")
    now: int = fixed.NOW


def vectors() -> Iterator[NoticeVector]:
    yield from _good()
    yield from _texts()
    yield from _keys()
    yield from _payloads()


def told(**changes: Any) -> Notice:
    """A notice of an hour ago, but for `changes`."""
    usual = Notice(
        authority="MN1",
        iat=fixed.NOW - 3600,
        number=notices.number("MN1", 2026, 7),
        violation="pavement_occupied",
        holder="سامي فؤاد حسن",
        license=LICENSE,
        occurrence=2,
        piastres=125_050,
        objection_days=15,
        payment_days=30,
        lat=31_275_500,
        lon=30_012_500,
    )
    return usual._replace(**changes)


def text(payload: bytes, *, kid: bytes = b"\x4e", typ: str | None = notices.TYP, alg: int = cose.ES256) -> str:
    """The text of a code of whatever payload, rightly signed."""
    message = cose.sign(cose.protected(kid, typ, alg), payload, fixed.signer(fixed.SIGNERS[kid]))
    return f"https://{fixed.HOST.upper()}/N1{wire.to_number(message.to_bytes().removeprefix(cose.TAG))}"


def notice(kid: bytes = b"\x4e", /, **changes: Any) -> str:
    return text(notices.to_bytes(told(**changes)), kid=kid)


def _good() -> Iterator[NoticeVector]:
    yield NoticeVector("good", "a second time, with a license", notice())
    yield NoticeVector("without a license", "a board that nobody licensed", notice(license=None))
    yield NoticeVector("license of another governorate", "its number is right", notice(license=_license("GIZ-MN1-2026-0000001")))
    far = {"lat": -90_000_000, "lon": 180_000_000, "occurrence": 3, "piastres": notices.PIASTRES_MAX, "payment_days": 366}
    yield NoticeVector("longest", "every limit at once", notice(**far, holder="م" * 80, violation="v" * 32, number=_number("999999999")))
    near = {"piastres": 0, "objection_days": 0, "payment_days": 0, "lat": 0, "lon": 0, "occurrence": 1}
    yield NoticeVector("shortest", "the other limits", notice(**near, holder="م", violation="1"))
    yield NoticeVector("of the governorate's key", "it signs for every authority", notice(b"\x50"))
    yield NoticeVector("ten minutes ahead", "clocks differ", notice(iat=fixed.NOW + 600))


def _texts() -> Iterator[NoticeVector]:
    good, none = notice(), ("not_genuine", "not_a_notice")
    yield NoticeVector("empty", "nothing", "", none)
    yield NoticeVector("a seal", "a license is no notice", seal(), none)
    yield NoticeVector("a seal's digits", "behind our letter", seal().replace("/1", "/N1", 1), ("not_genuine", "damaged"))
    yield NoticeVector("a receipt", "another letter", good.replace("/N1", "/R1"), none)
    yield NoticeVector("another version", "there is one", good.replace("/N1", "/N2"), none)
    yield NoticeVector("a small letter", "the format is strict, the reader's edge is not", good.replace("/N1", "/n1"), none)
    yield NoticeVector("too long", "1250 digits", good + "1" * 1_000, none)
    yield NoticeVector("another host", "somebody else's page", good.replace("KHATM", "EVIL"), ("not_genuine", "foreign_host"))
    yield NoticeVector("cut off", "its end is missing, and so every octet is another", good[:-100], ("not_genuine", "damaged"))


def _keys() -> Iterator[NoticeVector]:
    yield NoticeVector("another authority's key", "in its own name only", notice(b"\x4f"), ("not_genuine", "authority_not_permitted"))
    yield NoticeVector("a compromised key", "nobody lists its notices", notice(b"\x51"), ("cannot_tell", "notice_key_compromised"))
    for kid, what in ((b"\x01", "licenses"), (b"\x63", "status lists"), (b"\x52", "receipts")):
        yield NoticeVector(f"a key for {what}", "it has another role", notice(kid), ("not_genuine", "key_not_for_notices"))
    yield NoticeVector("an unknown key", "and a fresh list", notice(b"\x99"), ("not_genuine", "kid_unknown"))
    later = fixed.NOW + 2 * fixed.DAY
    yield NoticeVector("an unknown key, an old list", "it may be a new one", notice(b"\x99"), ("cannot_tell", "kid_not_in_old_list"), later)
    yield NoticeVector("a stale list", "it may miss a theft", notice(), ("cannot_tell", "trust_list_stale"), fixed.NOW + 40 * fixed.DAY)
    yield NoticeVector("before its key", "not_before", notice(iat=fixed.at("2025-12-31T00:00:00")), ("not_genuine", "key_not_valid_then"))
    yield NoticeVector("in the future", "601 seconds", notice(iat=fixed.NOW + 601), ("not_genuine", "issued_in_future"))
    changed = notice()[:-1] + ("1" if notice()[-1] != "1" else "2")
    yield NoticeVector("its last digit changed", "a part of the signature", changed, ("not_genuine", "signature_invalid"))


def _payloads() -> Iterator[NoticeVector]:
    usual = told()._asdict()
    damaged, broken, other = (("not_genuine", code) for code in ("damaged", "limit_broken", "wrong_type"))
    payload = notices.to_bytes(told())
    yield NoticeVector("no typ", "as a seal has none", text(payload, typ=None), other)
    yield NoticeVector("a receipt's typ", "each reader takes one", text(payload, typ=receipt.TYP), other)
    yield NoticeVector("alg of a device", "ES256 only", text(payload, alg=cose.ESP256), other)
    odd: dict[str, object] = {
        "an array": [],
        "empty": {},
        "with a member more": usual | {"valid": True},
        "with null": usual | {"license": None},
    }
    for name, value in odd.items():
        yield NoticeVector(f"payload {name}", "exactly these members", _encoded(value), damaged)
    for field in sorted(usual.keys() - {"license"}):
        yield NoticeVector(f"without {field}", "every member but `license`", _encoded({k: usual[k] for k in usual if k != field}), damaged)
    mistyped = (("iat", 1.5), ("iat", True), ("piastres", "1"), ("holder", 7), ("license", 7), ("lat", 31.25), ("occurrence", 2.0))
    for field, value in mistyped:
        yield NoticeVector(f"{field} {value!r}", "another type", _encoded(usual | {field: value}), damaged)
    yield NoticeVector("not deterministic", "keys in another order", text(_disordered(payload)), ("not_genuine", "not_deterministic"))
    for field, values in _BEYOND.items():
        for value in values:
            yield NoticeVector(f"{field} {value!r:.60}", "beyond its limit", _encoded(usual | {field: value}), broken)


def _encoded(payload: object) -> str:
    return text(cbor.encode(payload))


def _license(body: str) -> str:
    return f"{body}-{check_character(body)}"


def _number(serial: str, authority: str = "MN1", prefix: str = "VIO") -> str:
    return _license(f"{prefix}-{authority}-2026-{serial}")


def _disordered(payload: bytes) -> bytes:
    """The last member first."""
    last = cbor.encode("payment_days") + cbor.encode(30)
    assert last in payload
    return payload[:1] + last + payload[1:].replace(last, b"")


_BEYOND: dict[str, tuple[object, ...]] = {
    "authority": ("", "mn1", "M", "MONTAZA"),
    "iat": (-1, 1 << 53),
    "number": (
        *("", _number("000007")[:-1] + "?", _number("00007"), _number("0000000007")),
        *(_number("000007", "AGM"), _number("000007", prefix="APP")),
    ),
    "violation": ("", "Pavement", "v" * 33, "مخالفة", "a b", "a\n"),
    "holder": ("", "م" * 81, "a\u202eb", "a\nb"),
    "license": ("", LICENSE[:-1] + "N", LICENSE.lower(), _number("0000007")),
    "occurrence": (0, 4, -1),
    "piastres": (-1, notices.PIASTRES_MAX + 1),
    "objection_days": (-1, 367),
    "payment_days": (-1, 367),
    "lat": (90_000_001, -90_000_001),
    "lon": (180_000_001, -180_000_001),
}
