"""Slips: signed papers that are no licenses, each kind with a code of its own (docs/format.md §12, §16).

    text   = "https://" HOST "/" letter version-digit digits
    digits = the untagged COSE_Sign1, octets read as a number in bijective base 256, as a seal's wire is

A slip can be taken for a license by nobody: its path begins with a letter, which no reader of seals accepts; its `typ` is its own, which
no seal has; and its key has a role of its own, which seals nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec

from . import cose, days, wire
from .dating import CLOCK_TOLERANCE
from .errors import FormatError, SignatureError
from .status import NONE, StatusLists
from .trust import FRESH_SECONDS, Key, TrustList
from .verdict import Outcome

GOVERNORATE = "GOV"  # a key of the governorate signs slips for every authority
VERSION = "1"
_PATH = re.compile(rf"([RN]){VERSION}([1-9][0-9]{{159,1249}})").fullmatch


class Dated(Protocol):
    """What every slip says: whose it is, and when it was signed (seconds since 1970 UTC)."""

    @property
    def authority(self) -> str: ...
    @property
    def iat(self) -> int: ...


Held = TypeVar("Held", bound=Dated)


class Codes(NamedTuple):
    """What is said of a kind of slips: that one is good, that a text is none, that the key is of another role, or was stolen."""

    good: str
    other: str
    other_key: str
    stolen: str


class Kind(NamedTuple, Generic[Held]):
    """A kind of slips. `parse` takes a decoded payload and raises FormatError."""

    letter: str
    typ: str
    role: str
    codes: Codes
    parse: Callable[[Any], Held]


class Judged(NamedTuple, Generic[Held]):
    """What checking a slip leads to. What it says, and the key, are there only if the signature held."""

    outcome: Outcome
    code: str
    held: Held | None = None
    key: Key | None = None


class _Parts(NamedTuple):
    host: str
    letter: str
    digits: str


def letter_of(text: str) -> str | None:
    """Return the letter of the kind whose form `text` has, under whatever host; None for no slip. A promise of nothing."""
    parts = _take_apart(text)
    return parts.letter if parts else None


def octets(text: str) -> bytes | None:
    """Return the signed object in the text of a slip of whatever kind, unverified; None for a text of another shape."""
    parts = _take_apart(text)
    return wire.from_number(int(parts.digits)) if parts else None


def write(kind: Kind[Any], data: bytes, host: str) -> str:
    """Return the text of the QR code of a signed slip at `host`. Raises FormatError `too_long`."""
    untagged = data.removeprefix(cose.TAG)
    path = f"{kind.letter}{VERSION}{wire.to_number(untagged)}" if len(untagged) < wire.DIGITS_MAX * 2 // 5 else ""
    if not _PATH(path):
        raise FormatError("too_long", f"{len(untagged)} octets")
    return f"https://{host.upper()}/{path}"


def judge(
    kind: Kind[Held], text: str, *, trust: TrustList, hosts: Collection[str], now: datetime, status: StatusLists = NONE
) -> Judged[Held]:
    """Judge the text of a slip's QR code at `now` (aware); of `status` only what it says of the time is looked at.

    Never raises for any text; raises ValueError for a naive `now`.
    """
    seconds = days.seconds_of(now)
    # 1. Format: a slip of this kind, of ours.
    parts = _take_apart(text)
    if parts is None or parts.letter != kind.letter:
        return Judged("failed", kind.codes.other)
    if parts.host not in hosts:
        return Judged("failed", "foreign_host")
    keys: list[Key] = []
    try:
        # 2. Issuer and 3. signature: a key with the role, whose signature holds.
        data = wire.from_number(int(parts.digits))
        held = kind.parse(cose.open_typed(data, kind.typ, lambda kid: _key(kind, trust, kid, keys)))
    except SignatureError as error:
        unknown = error.code == "kid_unknown" and seconds - trust.issued_at > FRESH_SECONDS
        return Judged("unknown", "kid_not_in_old_list") if unknown else Judged("failed", error.code)
    except FormatError as error:
        return Judged("failed", error.code)
    dated = max(trust.issued_at, status.newest, status.dated)
    return Judged(*_judged(kind.codes, held, keys[0], trust, seconds, dated), held, keys[0])


def _judged(codes: Codes, held: Dated, key: Key, trust: TrustList, now: int, dated: int) -> tuple[Outcome, str]:
    # 2.1 A signature proves no date, and nobody lists the slips of a stolen key.
    if key.state == "compromised":
        return "unknown", codes.stolen
    if not key.not_before <= held.iat < key.not_after:
        return "failed", "key_not_valid_then"
    # 4. Scope: in its own name, or the governorate's for all.
    if key.authority not in (held.authority, GOVERNORATE):
        return "failed", "authority_not_permitted"
    # 5. Dates.
    if held.iat > now + CLOCK_TOLERANCE:
        return ("unknown", "clock_disagrees") if dated > now + CLOCK_TOLERANCE else ("failed", "issued_in_future")
    if now >= trust.next_update:
        return "unknown", "trust_list_stale"
    return "passed", codes.good


def _take_apart(text: str) -> _Parts | None:
    """Return host (lower-case), letter and digits, None for a text of another shape."""
    start, _, path = text[: wire.TEXT_MAX + 1].rpartition("/")
    host, match = wire.host_of(start), _PATH(path)
    return None if host is None or match is None else _Parts(host, match[1], match[2])


def _key(kind: Kind[Any], trust: TrustList, kid: bytes, found: list[Key]) -> ec.EllipticCurvePublicKey:
    """Return the public key `kid`, which must have the role, and note it. Raises SignatureError."""
    key = trust.keys.get(kid)
    if key is None:
        raise SignatureError("kid_unknown")
    if kind.role not in key.roles:
        raise SignatureError(kind.codes.other_key)
    found.append(key)
    return key.public_key
