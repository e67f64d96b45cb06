"""An inspection as a device signs it: what was seen, where, when and by whom (docs/format.md §14.2).

Signed means frozen: an inspection is never changed, and each names the one before it by its hash (seal/chain.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, get_args

from cryptography.hazmat.primitives.asymmetric import ec

from . import cbor, cose
from .errors import FormatError
from .inspection_fields import Shape, code, exactly, line, lines, list_of, number, octets, one_of, real, table, text

TYP: Final = "application/khatm-inspection+cwt"
LENGTH_MAX: Final = 65_536  # octets of the whole message
ID_BYTES: Final = 16
DIGEST_BYTES: Final = 32
PHOTOGRAPH_MAX: Final = 2 << 20  # octets
PHOTOGRAPHS_MAX, FINDINGS_MAX, MEASURES_MAX = 12, 100, 20
SEQUENCE_MAX: Final = (1 << 32) - 1
SIZE_MAX: Final = 100_000  # centimetres: a kilometre

Kind = Literal["license", "unlicensed"]
Result = Literal["in_order", "violation", "cannot_tell"]
Answer = Literal["ok", "bad", "not_applicable"]
Severity = Literal["minor", "serious", "critical"]


class Told(NamedTuple):
    """The verdict that the device showed; distances in decimetres, None where there was no fix to compare."""

    decision: str
    seal: str
    place: str
    reason: str
    distance_dm: int | None = None
    uncertainty_dm: int | None = None


class Lists(NamedTuple):
    """What the verdict was made with: sequence of the trust list, time of the newest status list (seconds UTC), size of the log's head."""

    trust: int | None = None
    status: int | None = None
    log: int | None = None


class Location(NamedTuple):
    """A fix as RFC 9711 §4.2.10 has it: WGS 84 degrees, metres (accuracies at 68 %), metres a second, seconds UTC, seconds of age."""

    latitude: float
    longitude: float
    accuracy: float
    timestamp: int
    age: int
    altitude: float | None = None
    altitude_accuracy: float | None = None
    speed: float | None = None


class Finding(NamedTuple):
    """One line of the checklist. Only what is bad has a severity."""

    item: str
    answer: Answer
    severity: Severity | None = None
    note: str = ""


class Photograph(NamedTuple):
    """A photograph by SHA-256 of its file, 32 octets, and its size in octets."""

    digest: bytes
    size: int


class Inspection(NamedTuple):
    """What a device signed.

    `id` is made on the phone, 16 octets. `sequence` counts from 1; `previous` is the SHA-256 of the message before, None for the first.
    `scanned_at` is when the code was read, `signed_at` when the inspection was finished, seconds since 1970 UTC by the device's clock.
    `code` is the text of the QR code; `seen_type` and `seen_name` are what stands there; `measured` is in centimetres. Without a `location`
    `no_fix` says why.
    """

    id: bytes
    sequence: int
    previous: bytes | None
    officer: str
    scanned_at: int
    signed_at: int
    app: str
    kind: Kind
    result: Result
    code: str | None = None
    verdict: Told | None = None
    lists: Lists = Lists()
    location: Location | None = None
    no_fix: str | None = None
    seen_type: str = ""
    seen_name: str = ""
    checklist: tuple[str, int] | None = None
    findings: tuple[Finding, ...] = ()
    measured: tuple[tuple[str, int], ...] = ()
    note: str = ""
    photographs: tuple[Photograph, ...] = ()


def to_bytes(held: Inspection) -> bytes:
    """Return the payload. Raises FormatError `limit_broken`, also for what contradicts itself."""
    payload = {
        6: held.signed_at,
        7: held.id,
        264: _map(held.location, _LOCATION_KEYS) if held.location else None,
        "app": held.app,
        "checklist": list(held.checklist) if held.checklist else None,
        "code": held.code,
        "findings": [_map(finding, _same(Finding), drop=("", None)) for finding in held.findings],
        "kind": held.kind,
        "lists": _map(held.lists, _same(Lists)),
        "measured": dict(held.measured),
        "no_fix": held.no_fix,
        "note": held.note,
        "officer": held.officer,
        "photos": [[photograph.digest, photograph.size] for photograph in held.photographs],
        "prev": held.previous,
        "result": held.result,
        "scanned": held.scanned_at,
        "seen": {"name": held.seen_name, "type": held.seen_type},
        "seq": held.sequence,
        "verdict": _map(held.verdict, _same(Told)) if held.verdict else None,
    }
    data = cbor.encode({key: value for key, value in payload.items() if value is not None})
    if from_bytes(data) != held._replace(measured=tuple(sorted(dict(held.measured).items(), key=_place))):
        raise FormatError("limit_broken", "inspection")
    return data


def sign(held: Inspection, kid: bytes, signer: cose.Signer) -> bytes:
    """Return the signed inspection, a tagged COSE_Sign1. Raises FormatError `limit_broken`, `too_long`."""
    header = cose.protected(kid, TYP, cose.ESP256)
    data = cose.sign(header, to_bytes(held), cose.low_signer(signer)).to_bytes()
    if len(data) > LENGTH_MAX:
        raise FormatError("too_long", f"{len(data)} octets")
    return data


def open_inspection(data: bytes, key_for: Callable[[bytes], ec.EllipticCurvePublicKey]) -> Inspection:
    """Verify a signed inspection and return what it says.

    `key_for(kid)` returns the key of the device of that name, or raises. Raises FormatError (`too_long` before anything is read) or
    SignatureError.
    """
    if len(data) > LENGTH_MAX:
        raise FormatError("too_long", f"{len(data)} octets")
    if not data.startswith(cose.TAG):
        raise FormatError("damaged", "COSE_Sign1")  # with the tag or without it there would be two forms of one message
    return _parse(cose.open_typed(data, TYP, key_for, cose.ESP256))


def from_bytes(payload: bytes) -> Inspection:
    """Return what a payload says. Raises FormatError."""
    return _parse(cbor.parse(payload))


def digest(data: bytes) -> bytes:
    """Return what the next inspection calls this message: SHA-256 of all its octets."""
    return hashlib.sha256(data).digest()


def is_photograph(held: Inspection, file: bytes) -> bool:
    """Say whether a file is one of the photographs that were signed."""
    return Photograph(hashlib.sha256(file).digest(), len(file)) in held.photographs


_LOCATION_KEYS: Final = {
    "latitude": 1, "longitude": 2, "altitude": 3, "accuracy": 4, "altitude_accuracy": 5, "speed": 7, "timestamp": 8, "age": 9,
}  # fmt: skip
_time = number(0, (1 << 53) - 1)
_LOCATION: Final = Shape(
    {1: real(-90, 90), 2: real(-180, 180), 4: real(0, 1e7), 8: _time, 9: number(0, 1 << 31)},
    {3: real(-1e5, 1e6), 5: real(0, 1e7), 7: real(0, 1e5)},
)
_decimetres = number(0, 10**9)
_TOLD: Final = Shape(
    {
        "decision": one_of("valid", "invalid", "undecided"),
        "seal": one_of("genuine", "not_valid", "not_license", "cannot_tell"),
        "place": one_of("here", "elsewhere", "cannot_tell", "not_checked"),
        "reason": code,
    },
    {"distance_dm": _decimetres, "uncertainty_dm": _decimetres},
)
_LISTS: Final = Shape({}, {"trust": _time, "status": _time, "log": _time})
_FINDING: Final = Shape({"item": code, "answer": one_of(*get_args(Answer))}, {"severity": one_of(*get_args(Severity)), "note": line(500)})
_INSPECTION: Final = Shape(
    {
        6: _time,
        7: octets(ID_BYTES),
        "app": line(40),
        "findings": list_of(_FINDING, FINDINGS_MAX),
        "kind": one_of(*get_args(Kind)),
        "lists": _LISTS,
        "measured": table(code, number(0, SIZE_MAX), MEASURES_MAX),
        "note": lines(2000),
        "officer": line(32),
        "photos": list_of(exactly(octets(DIGEST_BYTES), number(1, PHOTOGRAPH_MAX)), PHOTOGRAPHS_MAX),
        "result": one_of(*get_args(Result)),
        "scanned": _time,
        "seen": Shape({"name": text(80), "type": text(24)}),
        "seq": number(1, SEQUENCE_MAX),
    },
    {
        264: _LOCATION,
        "checklist": exactly(code, number(1, SEQUENCE_MAX)),
        "code": line(1401),
        "no_fix": code,
        "prev": octets(DIGEST_BYTES),
        "verdict": _TOLD,
    },
)


def _parse(payload: Any) -> Inspection:
    """Return a payload as a record. Raises FormatError `damaged` for another shape, `limit_broken`."""
    _INSPECTION(payload)
    held = Inspection(
        id=payload[7],
        sequence=payload["seq"],
        previous=payload.get("prev"),
        officer=payload["officer"],
        scanned_at=payload["scanned"],
        signed_at=payload[6],
        app=payload["app"],
        kind=payload["kind"],
        result=payload["result"],
        code=payload.get("code"),
        verdict=Told(**payload["verdict"]) if "verdict" in payload else None,
        lists=Lists(**payload["lists"]),
        location=Location(**{name: payload[264].get(key) for name, key in _LOCATION_KEYS.items()}) if 264 in payload else None,
        no_fix=payload.get("no_fix"),
        seen_type=payload["seen"]["type"],
        seen_name=payload["seen"]["name"],
        checklist=tuple(payload["checklist"]) if "checklist" in payload else None,
        findings=tuple(Finding(**finding) for finding in payload["findings"]),
        measured=tuple(payload["measured"].items()),
        note=payload["note"],
        photographs=tuple(Photograph(*photograph) for photograph in payload["photos"]),
    )
    if _contradicts(held):
        raise FormatError("limit_broken", "inspection")
    return held


def _contradicts(held: Inspection) -> bool:
    return (
        (held.sequence == 1) != (held.previous is None)
        or (held.location is None) == (held.no_fix is None)
        or (held.kind == "license") != (held.code is not None)
        or (held.verdict is not None and held.code is None)
        or (held.kind == "unlicensed" and (held.result == "in_order" or not held.seen_type))
        or any((finding.answer == "bad") != (finding.severity is not None) for finding in held.findings)
        or len({finding.item for finding in held.findings}) != len(held.findings)
        or len(set(held.photographs)) != len(held.photographs)
        or held.signed_at < held.scanned_at
    )


def _place(measure: tuple[str, int]) -> bytes:
    return cbor.encode(measure[0])


def _map(record: Any, keys: dict[str, Any], drop: tuple[object, ...] = (None,)) -> dict[Any, Any]:
    return {key: value for name, key in keys.items() if (value := getattr(record, name)) not in drop}


def _same(record: type[Any]) -> dict[str, Any]:
    return {name: name for name in record._fields}
