"""From a license to a text, step by step, so that a vector can break any step."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from geographiclib.geodesic import Geodesic

from seal import claims, cose, fold, wire
from seal.claims import Claims
from seal.cose import Sign1
from seal.license import License, identifier
from seal.site import Point, Site

from . import fixed

SITE = Site(claims.rounded(Point(31.2755, 30.0125)), 40)
Expect = Mapping[str, tuple[str, str]]


@dataclass
class Vector:
    """One text, its circumstances, and what a verdict must say. `expect` names only the checks that do not just pass."""

    name: str
    why: str
    text: str
    expect: Expect = field(default_factory=dict)
    now: int = fixed.NOW
    trust: str = "main"
    status: tuple[str, ...] = ("main",)
    log: str | None = None
    hosts: tuple[str, ...] | None = None
    fix: Mapping[str, Any] | None = None
    check_site: bool = True
    dates: Mapping[str, Any] | None = None  # what is known of the time, and of lists that are not there yet (docs/format.md §7)


def license_(**changes: Any) -> License:
    """A bakery in Montaza, but for `changes`."""
    usual = License(
        authority="MN1",
        type="shop",
        activity="bakery",
        trade_name="مخبز النور",
        holder="سامي فؤاد حسن",
        address="شارع 12، عقار 7",
        site=SITE,
        details={},
        first_day=date(2026, 3, 1),
        last_day=date(2028, 2, 29),
    )
    return usual._replace(**changes)


def held(
    changes: Mapping[str, Any] | None = None,
    /,
    *,
    iat: int = fixed.SEALED,
    serial: int = 1,
    edition: int = 0,
    idx: int = 401,
    uri: str = fixed.URI,
) -> Claims:
    """The claims of a license; `changes` to the license."""
    return claims.of_license(license_(**(changes or {})), iat=iat, cti=identifier(2026, serial, edition), idx=idx, uri=uri)


def token(payload: bytes | Claims, kid: bytes = b"\x01", *, protected: bytes | None = None, by: str | None = None) -> Sign1:
    """A signed token; `protected` another header, `by` another key than the kid's."""
    data = claims.to_bytes(payload) if isinstance(payload, Claims) else payload
    header = cose.protected(kid) if protected is None else protected
    return cose.sign(header, data, fixed.signer(by or fixed.SIGNERS[kid]))


def text(message: Sign1 | bytes | str, host: str = "KHATM.EXAMPLE", version: str = "1", scheme: str = "https") -> str:
    """The text of a token, of a wire (octets), or of digits."""
    if isinstance(message, Sign1):
        message = wire.to_digits(message)
    if isinstance(message, bytes):
        message = str(wire.to_number(message))
    return f"{scheme}://{host}/{version}{message}"


def seal(changes: Mapping[str, Any] | None = None, /, kid: bytes = b"\x01", **circumstances: Any) -> str:
    """The text of a good seal."""
    return text(token(held(changes, **circumstances), kid))


def folded_of(message: Sign1) -> bytes:
    return fold.fold(message.protected, message.payload)


def deflate(folded: bytes, *, level: int = 9, strategy: int = zlib.Z_FIXED, preset: bool = True) -> bytes:
    if preset:
        packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy, wire.dictionary("1"))
    else:
        packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return packer.compress(folded) + packer.flush()


def rewired(message: Sign1, folded: bytes | None = None) -> bytes:
    """The wire of a token, with another folded form if one is given."""
    return message.signature + deflate(folded_of(message) if folded is None else folded)


def swapped(data: bytes, old: bytes, new: bytes) -> bytes:
    """`data` with its one `old` replaced."""
    if data.count(old) != 1:
        raise ValueError(f"{old.hex()} occurs {data.count(old)} times")
    return data.replace(old, new)


def flipped(data: bytes, place: int, bit: int = 0) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1 << bit
    return bytes(changed)


def fix(
    metres: float = 0.0,
    towards: float = 0.0,
    *,
    origin: Point = SITE.point,
    accuracy_m: float = 5.0,
    age: int = 0,
    now: int = fixed.NOW,
    confidence: int = 68,
) -> dict[str, Any]:
    """A position `metres` from a point, by an independent geodesic (Karney), nine digits of a degree."""
    end = Geodesic.WGS84.Direct(origin.latitude, origin.longitude, towards, metres)
    return {
        "latitude": round(end["lat2"], 9),
        "longitude": round(end["lon2"], 9),
        "accuracy_m": accuracy_m,
        "confidence": confidence,
        "measured_at": fixed.iso(now - age),
    }


def failed(check: str, code: str) -> Expect:
    return {check: ("failed", code)}


def no_license(code: str) -> Expect:
    return {"format": ("not_license", code)}


def unknown(check: str, code: str) -> Expect:
    return {check: ("unknown", code)}
