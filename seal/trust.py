"""The trust list: which key may seal what, where and when, signed by the offline root (docs/format.md §6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from . import cbor, cose
from .area import Area
from .errors import FormatError, ListError, SignatureError
from .license import FORBIDDEN, PREFIX
from .payloads import array, text, uint
from .site import Point

TYP = "application/khatm-trust-list+cose"
STATES = ("active", "retired", "compromised")
ROLES = ("license", "status", "receipt")  # every reader knows these; each later one travels as one of `more_roles` (docs/adr/0042)
FRESH_SECONDS = 24 * 3600
_MICRO = 1_000_000  # areas travel as whole millionths of a degree
_LATITUDE, _LONGITUDE = 90 * _MICRO, 180 * _MICRO

Name = Mapping[str, str]  # {"ar": …, "en": …}


class Governorate(NamedTuple):
    """Whose licenses these are: what stands before their numbers, and its name."""

    prefix: str
    name: Name


#: What a trust list without the member means: those before it had one were all of Alexandria (docs/format.md §6).
UNNAMED = Governorate("ALX", MappingProxyType({"ar": "محافظة الإسكندرية", "en": "Alexandria Governorate"}))
NAME_MAX = 80  # code points of a governorate's name
LOG_KEYS_MAX = 16
WITNESSES_MAX = 64
APPROVERS_MAX = 9
VOIDED_MAX = 64  # ranges of a key
ORIGIN = re.compile("[a-z0-9.:-]{1,60}(/[a-z0-9_-]{1,30}){1,3}")
#: The shape of a key as C2SP signed-note writes it in a line: name+id+base64. What kind of key it is, `transparency` reads.
VKEY = re.compile("[^\\0- +]{1,255}\\+[0-9a-f]{8}\\+[A-Za-z0-9+/=]{1,1800}")


class LogTerms(NamedTuple):
    """By what a log is known, of seals or of acts: its origin, keys of its own (one suffices), witnesses, and how many a head needs.

    Keys are texts (C2SP signed-note, "Verifier keys"); only their shape was looked at.
    """

    origin: str
    keys: tuple[str, ...]
    witnesses: tuple[str, ...]
    threshold: int


class Key(NamedTuple):
    """One key of an authority and what it may do. Times are seconds since 1970 UTC; a longest validity is in days, None is open-ended.

    `stolen_at`, of a compromised key: how many seals the log had when the key was stopped. None: nobody says. `voided`: closed ranges of
    the numbers of status lists that it signed and that count for nothing; a list without a number has 0.
    """

    kid: bytes
    public_key: ec.EllipticCurvePublicKey
    roles: tuple[str, ...]
    authority: str
    name: Name
    types: Mapping[str, int | None]
    area: Area | None
    not_before: int
    not_after: int
    state: str
    stolen_at: int | None = None
    voided: tuple[tuple[int, int], ...] = ()

    def voids(self, number: int) -> bool:
        """Say whether a status list that this key signed under a number is void."""
        return any(first <= number <= last for first, last in self.voided)


class TrustList(NamedTuple):
    """A verified trust list. `log` (of seals) and `acts` (the log of acts) are None where none is published.

    `lists_proven`: a status list counts only with a proof that it stands in the act log (docs/format.md §7). `approvers`: how many people
    have to sign a decision with their passkeys; 0: none, whoever is signed in decides.
    """

    sequence: int
    issued_at: int
    next_update: int
    hosts: frozenset[str]
    types: Mapping[str, Name]
    activities: Mapping[str, Name]
    keys: Mapping[bytes, Key]
    governorate: Governorate = UNNAMED
    violations: Mapping[str, Name] = MappingProxyType({})  # what notices name by a code (§16)
    log: LogTerms | None = None
    acts: LogTerms | None = None
    lists_proven: bool = False
    approvers: int = 0


class Pinned(Protocol):
    """What a verifier goes by: one key (Root), or a document of several holders (roots.RootDocument)."""

    @property
    def floor_sequence(self) -> int:
        """The lowest sequence of a trust list that is taken."""

    @property
    def expires(self) -> int | None:
        """From when on nothing counts that it signed, seconds since 1970 UTC; None: it has no end."""

    @property
    def prefix(self) -> str | None:
        """Whose licenses it is for; None: it does not say."""

    def open(self, data: bytes, typ: str) -> Any:
        """Return the payload, decoded, of what it signed. Raises FormatError, SignatureError."""

    def payload(self, data: bytes) -> bytes:
        """Return what was signed in an object that `open` took, as octets."""

    def deployment_of(self, prefix: str) -> str:
        """Return what a deployment is called in what people sign: whose licenses, and under which root."""


class Root(NamedTuple):
    """A pinned root that is one key: its public key, its kid, and the lowest sequence a verifier takes."""

    kid: bytes
    public_key: ec.EllipticCurvePublicKey
    floor_sequence: int = 1

    @property
    def expires(self) -> None:
        """It has no end."""

    @property
    def prefix(self) -> None:
        """It does not say whose licenses it is for."""

    def open(self, data: bytes, typ: str) -> Any:
        """Return the payload, decoded, of what the key signed. Raises FormatError, SignatureError."""
        return cose.open_typed(data, typ, self._key)

    def payload(self, data: bytes) -> bytes:
        """Return what was signed in an object that `open` took, as octets."""
        return cose.from_bytes(data).payload

    def _key(self, kid: bytes) -> ec.EllipticCurvePublicKey:
        if kid != self.kid:
            raise SignatureError("signature_invalid", "kid")
        return self.public_key

    def deployment_of(self, prefix: str) -> str:
        """Return what a deployment is called in what people sign; a trial with other keys is another."""
        return f"{prefix}-{sha256(b''.join(coordinates(self.public_key))).hexdigest()[:16]}"


def public_key(x: bytes, y: bytes) -> ec.EllipticCurvePublicKey:
    """Return the P-256 key with these coordinates, 32 bytes each. Raises FormatError."""
    if len(x) != 32 or len(y) != 32:
        raise FormatError("damaged", "public key")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + x + y)
    except ValueError as error:
        raise FormatError("damaged", "public key") from error


def coordinates(key: ec.EllipticCurvePublicKey) -> tuple[bytes, bytes]:
    """Return x and y of a P-256 key, 32 bytes each. Raises ValueError for another curve."""
    if not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a P-256 key")
    numbers = key.public_numbers()
    return numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")


def to_bytes(trust: TrustList) -> bytes:
    """Return the payload of a trust list."""
    return cbor.encode(
        {
            "sequence": trust.sequence,
            "issued_at": trust.issued_at,
            "next_update": trust.next_update,
            "hosts": sorted(trust.hosts),
            "types": {code: dict(name) for code, name in trust.types.items()},
            "activities": {code: dict(name) for code, name in trust.activities.items()},
            "governorate": {"prefix": trust.governorate.prefix, "name": dict(trust.governorate.name)},
            "keys": [_key_map(key) for key in sorted(trust.keys.values(), key=lambda key: key.kid)],
            **({"violations": {code: dict(name) for code, name in trust.violations.items()}} if trust.violations else {}),
            **({"log": _log_map(trust.log)} if trust.log else {}),
            **({"acts": _log_map(trust.acts)} if trust.acts else {}),
            **({"lists_proven": True} if trust.lists_proven else {}),
            **({"approvals": {"mode": "passkey", "people": trust.approvers}} if trust.approvers else {}),
        }
    )


def _log_map(log: LogTerms) -> dict[str, object]:
    return {"origin": log.origin, "keys": list(log.keys), "witnesses": list(log.witnesses), "threshold": log.threshold}


def _key_map(key: Key) -> dict[str, object]:
    x, y = coordinates(key.public_key)
    ring = key.area.ring if key.area else ()
    more = [role for role in key.roles if role not in ROLES]
    return {
        "kid": key.kid,
        "x": x,
        "y": y,
        "roles": [role for role in key.roles if role in ROLES],
        **({"more_roles": more} if more else {}),
        "authority": key.authority,
        "name": dict(key.name),
        "types": dict(key.types),
        "area": [[round(point.latitude * _MICRO), round(point.longitude * _MICRO)] for point in ring],
        "not_before": key.not_before,
        "not_after": key.not_after,
        "state": key.state,
        **({} if key.stolen_at is None else {"stolen_at": key.stolen_at}),
        **({"voided": [list(each) for each in key.voided]} if key.voided else {}),
    }


def sign(trust: TrustList, kid: bytes, signer: cose.Signer) -> bytes:
    """Return the signed trust list, a tagged COSE_Sign1 with `typ` (RFC 9596)."""
    return cose.sign(cose.protected(kid, TYP), to_bytes(trust), signer).to_bytes()


def from_bytes(payload: bytes) -> TrustList:
    """Return the trust list that a payload would be once it is signed; nothing vouches for it. Raises ListError `trust_list_corrupt`."""
    try:
        return _parse(cbor.parse(payload))
    except (FormatError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ListError("trust_list_corrupt", str(error)) from error


def verify(data: bytes, *, root: Pinned, seen_sequence: int = 0) -> TrustList:
    """Return the trust list in `data`, signed by `root` and not older than one already seen. It counts no longer than the root does.

    Raises ListError: `trust_list_corrupt`, `trust_list_wrong_root`, `trust_list_older`.
    """
    try:
        trust = _parse(root.open(data, TYP))
    except SignatureError as error:
        unknown = error.code == "root_algorithm_unsupported"  # not wrong: nobody here can tell
        raise ListError(error.code if unknown else "trust_list_wrong_root", error.detail or "the signature does not hold") from error
    except (FormatError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ListError("trust_list_corrupt", str(error)) from error
    if root.prefix not in (None, trust.governorate.prefix):
        raise ListError("trust_list_wrong_root", f"of {trust.governorate.prefix}, not of {root.prefix}")
    if trust.sequence < max(root.floor_sequence, seen_sequence):
        raise ListError("trust_list_older", f"sequence {trust.sequence}")
    return trust if root.expires is None else trust._replace(next_update=min(trust.next_update, root.expires))


def _parse(payload: Any) -> TrustList:
    keys = [_parse_key(entry) for entry in array(payload["keys"])]
    by_kid = {key.kid: key for key in keys}
    if len(by_kid) != len(keys):
        raise FormatError("damaged", "a kid twice")
    acts, lists_proven = (_parse_log(payload["acts"]) if "acts" in payload else None), payload.get("lists_proven", False)
    if type(lists_proven) is not bool or (lists_proven and acts is None):
        raise FormatError("damaged", "lists_proven")
    return TrustList(
        sequence=uint(payload["sequence"]),
        issued_at=uint(payload["issued_at"]),
        next_update=uint(payload["next_update"]),
        hosts=frozenset(text(host) for host in array(payload["hosts"])),
        types=_names(payload["types"]),
        activities=_names(payload["activities"]),
        keys=by_kid,
        governorate=_parse_governorate(payload["governorate"]) if "governorate" in payload else UNNAMED,
        violations=_names(payload["violations"]) if "violations" in payload else MappingProxyType({}),
        log=_parse_log(payload["log"]) if "log" in payload else None,
        acts=acts,
        lists_proven=lists_proven,
        approvers=_parse_approvals(payload["approvals"]) if "approvals" in payload else 0,
    )


def _parse_governorate(value: Any) -> Governorate:
    governorate = Governorate(text(value["prefix"]), _name(value["name"]))
    if fault := governorate_fault(governorate):
        raise FormatError("damaged", fault)
    return governorate


def governorate_fault(governorate: Governorate) -> str:
    """Return what is wrong with a governorate, `prefix_invalid` or `governorate_name_invalid`; "" if its limits hold."""
    if not PREFIX.fullmatch(governorate.prefix):
        return "prefix_invalid"
    fine = all(0 < len(name) <= NAME_MAX and not FORBIDDEN.search(name) and name.strip() == name for name in governorate.name.values())
    return "" if fine else "governorate_name_invalid"


def _parse_approvals(value: Any) -> int:
    """Return how many people sign a decision, 0 under the mode `session`. A mode that nobody here knows is refused, not taken for less."""
    if value["mode"] == "session":
        return 0
    people = uint(value["people"])
    if value["mode"] != "passkey" or not 1 <= people <= APPROVERS_MAX:
        raise FormatError("damaged", "approvals")
    return people


def _parse_log(value: Any) -> LogTerms:
    keys, witnesses = (tuple(map(text, array(value[member]))) for member in ("keys", "witnesses"))
    log = LogTerms(text(value["origin"]), keys, witnesses, uint(value["threshold"]))
    if not log_holds(log):
        raise FormatError("damaged", "log")
    return log


def log_holds(log: LogTerms) -> bool:
    """Say whether the shape and the limits of a log's terms hold."""
    return (
        ORIGIN.fullmatch(log.origin) is not None
        and 1 <= len(log.keys) <= LOG_KEYS_MAX
        and len(log.witnesses) <= WITNESSES_MAX
        and 0 <= log.threshold <= len(log.witnesses)
        and all(VKEY.fullmatch(key) for key in (*log.keys, *log.witnesses))
    )


def _parse_key(entry: Any) -> Key:
    kid, state, roles = entry["kid"], entry["state"], tuple(array(entry["roles"]))
    more = tuple(text(role) for role in array(entry.get("more_roles", [])))
    if type(kid) is not bytes or not 1 <= len(kid) <= 2 or state not in STATES or not set(roles) <= set(ROLES) or set(more) & set(ROLES):
        raise FormatError("damaged", "key")
    types = {text(code): None if days is None else uint(days) for code, days in entry["types"].items()}
    ring = [_corner(corner) for corner in array(entry["area"])]
    return Key(
        kid=kid,
        public_key=public_key(entry["x"], entry["y"]),
        roles=roles + more,
        authority=text(entry["authority"]),
        name=_name(entry["name"]),
        types=types,
        area=Area(ring) if ring else None,
        not_before=uint(entry["not_before"]),
        not_after=uint(entry["not_after"]),
        state=state,
        stolen_at=uint(entry["stolen_at"]) if "stolen_at" in entry else None,
        voided=_parse_voided(entry["voided"]) if "voided" in entry else (),
    )


def _parse_voided(value: Any) -> tuple[tuple[int, int], ...]:
    ranges = [tuple(map(uint, array(each))) for each in array(value)]
    if len(ranges) > VOIDED_MAX or not all(len(each) == 2 and each[0] <= each[1] for each in ranges):
        raise FormatError("damaged", "voided")
    return tuple((first, last) for first, last in ranges)


def _names(value: Any) -> Mapping[str, Name]:
    return {text(code): _name(name) for code, name in value.items()}


def _name(value: Any) -> Name:
    return {"ar": text(value["ar"]), "en": text(value["en"])}


def _corner(value: Any) -> Point:
    latitude, longitude = array(value)
    whole = type(latitude) is type(longitude) is int
    if not (whole and -_LATITUDE <= latitude <= _LATITUDE and -_LONGITUDE <= longitude <= _LONGITUDE):
        raise FormatError("damaged", "corner expected")
    return Point(latitude / _MICRO, longitude / _MICRO)


def of_role(keys: Iterable[Key], role: str) -> dict[bytes, Key]:
    """Return the keys that may be used in `role` today: not compromised."""
    return {key.kid: key for key in keys if role in key.roles and key.state != "compromised"}


def moment(seconds: int) -> datetime:
    """Return seconds since 1970 as an aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)
