"""One application as a laptop files it: a signed parcel (COSE_Sign1, ESP256), which names the one before it by its hash.

Signed means frozen. What was mended is another parcel of the same name, further on in the chain. Times are the laptop's own word. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from seal import cbor, cose
from seal.device import kid_of
from seal.errors import SealError

from . import references
from .errors import VanError

TYP: Final = "application/khatm-van-parcel+cose"
FORMAT: Final = 1
OCTETS_MAX: Final = 512 * 1024
DOCUMENTS_MAX: Final = 30
_FIELDS_MAX, _TEXT_MAX, _CODE_MAX = 80, 4_000, 48
_SEQUENCE_MAX: Final = 999_999_999
_KEYS: Final = {6, "format", "device", "sequence", "previous", "name", "reference", "pack"} | {
    *("service", "authority", "mobile", "clerk", "fields", "applicant", "documents"),
}
_MOBILE = re.compile(r"(\+20[0-9]{10})?").fullmatch


class Document(NamedTuple):
    """A document by SHA-256 of its octets; `place` is where a photograph says that it was taken: "latitude,longitude" in degrees, or ""."""

    code: str
    filename: str
    digest: bytes
    size: int
    place: str = ""


class Parcel(NamedTuple):
    """An application as it was entered away from the office. `claimed_at` and `pack_at` are seconds since 1970 UTC by the laptop's word."""

    device: int
    sequence: int
    previous: bytes  # SHA-256 of the parcel before it, empty for the first
    name: bytes
    reference: str
    claimed_at: int
    pack_at: int
    clerk: str
    service: str
    authority: str
    mobile: str
    fields: Mapping[str, str]
    applicant: Mapping[str, str]
    documents: tuple[Document, ...]


def digest(data: bytes) -> bytes:
    """Return the hash by which the next parcel names this one."""
    return hashlib.sha256(data).digest()


def sign(parcel: Parcel, key: ec.EllipticCurvePublicKey, signer: cose.Signer) -> bytes:
    """Return the parcel, signed by its laptop's key. Raises VanError `van_parcel_damaged` for what would not be taken."""
    payload = {
        6: parcel.claimed_at,
        "format": FORMAT,
        "device": parcel.device,
        "sequence": parcel.sequence,
        "previous": parcel.previous,
        "name": parcel.name,
        "reference": parcel.reference,
        "pack": parcel.pack_at,
        "service": parcel.service,
        "authority": parcel.authority,
        "mobile": parcel.mobile,
        "clerk": parcel.clerk,
        "fields": dict(parcel.fields),
        "applicant": dict(parcel.applicant),
        "documents": [[each.code, each.filename, each.digest, each.size, each.place] for each in parcel.documents],
    }
    _read(payload)
    header = cose.protected(kid_of(key), TYP, cose.ESP256)
    signed = cose.sign(header, cbor.encode(payload), cose.low_signer(signer)).to_bytes()
    if len(signed) > OCTETS_MAX:
        raise VanError("van_parcel_damaged", "size")
    return signed


def open_(data: bytes, key: ec.EllipticCurvePublicKey) -> Parcel:
    """Return a parcel whose signature `key` made. Raises VanError `van_parcel_damaged`, `van_parcel_other` (another laptop's)."""
    if len(data) > OCTETS_MAX:
        raise VanError("van_parcel_damaged", "size")

    def key_for(kid: bytes) -> ec.EllipticCurvePublicKey:
        if kid != kid_of(key):
            raise VanError("van_parcel_other")
        return key

    try:
        payload = cose.open_typed(data, TYP, key_for, cose.ESP256)
    except SealError as error:
        raise VanError("van_parcel_damaged", error.code) from error
    return _read(payload)


def _read(payload: Any) -> Parcel:
    if type(payload) is not dict or set(payload) != _KEYS or payload["format"] != FORMAT:
        raise VanError("van_parcel_damaged", "form")
    parcel = Parcel(
        _number(payload["device"], 1, 1 << 53),
        _number(payload["sequence"], 1, _SEQUENCE_MAX),
        _octets(payload["previous"], 0, 32),
        _octets(payload["name"], 16),
        _text(payload["reference"], 24),
        _number(payload[6], 0, 1 << 53),
        _number(payload["pack"], 0, 1 << 53),
        _text(payload["clerk"], 64),
        _text(payload["service"], _CODE_MAX),
        _text(payload["authority"], 4),
        _text(payload["mobile"], 16),
        _texts(payload["fields"]),
        _texts(payload["applicant"]),
        _documents(payload["documents"]),
    )
    named = references.parse(parcel.reference) == parcel.reference and references.device_of(parcel.reference) == parcel.device
    if not named or not _MOBILE(parcel.mobile) or (len(parcel.previous) == 0) != (parcel.sequence == 1):
        raise VanError("van_parcel_damaged", "form")
    return parcel


def _documents(value: Any) -> tuple[Document, ...]:
    if type(value) is not list or len(value) > DOCUMENTS_MAX:
        raise VanError("van_parcel_damaged", "documents")
    return tuple(_each(value, _document))


def _each(value: list[Any], read: Callable[[Any], Document]) -> list[Document]:
    return [read(item) for item in value]


def _document(value: Any) -> Document:
    if type(value) is not list or len(value) != 5:
        raise VanError("van_parcel_damaged", "documents")
    code, filename, octets, size, place = value
    return Document(_text(code, _CODE_MAX), _text(filename, 120), _octets(octets, 32), _number(size, 1, 64 << 20), _text(place, 40))


def _number(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise VanError("van_parcel_damaged", "number")
    return value


def _octets(value: Any, *lengths: int) -> bytes:
    if type(value) is not bytes or len(value) not in lengths:
        raise VanError("van_parcel_damaged", "octets")
    return value


def _text(value: Any, most: int) -> str:
    if type(value) is not str or len(value) > most:
        raise VanError("van_parcel_damaged", "text")
    return value


def _texts(value: Any) -> dict[str, str]:
    if type(value) is not dict or len(value) > _FIELDS_MAX:
        raise VanError("van_parcel_damaged", "fields")
    return {_text(code, _CODE_MAX): _text(text, _TEXT_MAX) for code, text in value.items()}
