"""The key that a device signs with, and its request to be enrolled (docs/format.md §14.1)."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from . import cbor, cose
from .errors import FormatError
from .license import FORBIDDEN
from .trust import coordinates, public_key

TYP: Final = "application/khatm-enrolment+cose"
PROTOCOL: Final = 1
KID_BYTES: Final = 16
APP_MAX: Final = 40
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{10}").fullmatch  # Crockford's alphabet: no I, L, O, U
_FIELDS = {6, "app", "code", "key", "protocol"}


class Enrolment(NamedTuple):
    """What a device asks for: to be known by `key`, with a code that somebody showed it. `iat` is its own clock, seconds since 1970 UTC."""

    code: str
    key: ec.EllipticCurvePublicKey
    app: str
    protocol: int
    iat: int


def cose_key(key: ec.EllipticCurvePublicKey) -> dict[int, Any]:
    """Return a public key on P-256 as a COSE_Key with what identifies it and nothing else (RFC 9053 §7.1.1)."""
    x, y = coordinates(key)
    return {1: 2, -1: 1, -2: x, -3: y}


def thumbprint(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the COSE Key Thumbprint (RFC 9679), SHA-256, 32 octets."""
    return hashlib.sha256(cbor.encode(cose_key(key))).digest()


def kid_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the name of a device: the first 16 octets of its key's thumbprint."""
    return thumbprint(key)[:KID_BYTES]


def from_cose_key(value: Any) -> ec.EllipticCurvePublicKey:
    """Return the key of a COSE_Key as `cose_key` makes it. Raises FormatError `damaged`."""
    match value:
        case {1: 2, -1: 1, -2: bytes() as x, -3: bytes() as y} if len(value) == 4:
            return public_key(x, y)
        case _:
            raise FormatError("damaged", "COSE_Key")


def sign_enrolment(wanted: Enrolment, signer: cose.Signer) -> bytes:
    """Return the request, signed by the key that it asks for: a proof that the device has it. Raises FormatError `limit_broken`."""
    _check(wanted)
    payload = {6: wanted.iat, "app": wanted.app, "code": wanted.code, "key": cose_key(wanted.key), "protocol": wanted.protocol}
    header = cose.protected(kid_of(wanted.key), TYP, cose.ESP256)
    return cose.sign(header, cbor.encode(payload), cose.low_signer(signer)).to_bytes()


def open_enrolment(data: bytes) -> Enrolment:
    """Return a request whose signature its own key made. Raises FormatError, also `protocol_unknown`, or SignatureError."""
    wanted = _parse(cbor.parse(cose.from_bytes(data).payload))
    cose.open_typed(data, TYP, lambda kid: _own(kid, wanted.key), cose.ESP256)
    return wanted


def _own(kid: bytes, key: ec.EllipticCurvePublicKey) -> ec.EllipticCurvePublicKey:
    if kid != kid_of(key):
        raise FormatError("damaged", "kid")
    return key


def _parse(payload: Any) -> Enrolment:
    if type(payload) is dict and type(payload.get("protocol")) is int and payload["protocol"] != PROTOCOL:
        raise FormatError("protocol_unknown", str(payload["protocol"])[:20])
    if type(payload) is not dict or set(payload) != _FIELDS:
        raise FormatError("damaged", "enrolment")
    code, app, iat = payload["code"], payload["app"], payload[6]
    if type(code) is not str or type(app) is not str or type(iat) is not int or type(payload["protocol"]) is not int:
        raise FormatError("damaged", "enrolment")
    wanted = Enrolment(code, from_cose_key(payload["key"]), app, payload["protocol"], iat)
    _check(wanted)
    return wanted


def _check(wanted: Enrolment) -> None:
    named = 0 < len(wanted.app) <= APP_MAX and not FORBIDDEN.search(wanted.app)
    if not _CODE(wanted.code) or not named or wanted.protocol != PROTOCOL or not 0 <= wanted.iat < 1 << 53:
        raise FormatError("limit_broken", "enrolment")
