"""The receipt of an application: received, not licensed (docs/format.md §12).

    text    = "https://" HOST "/R" version-digit digits
    digits  = the untagged COSE_Sign1, octets read as a number in bijective base 256, as a seal's wire is
    payload = {"authority", "iat", "number", "service", "holder"}

It can be taken for a license by nobody: its path begins with a letter, which no reader of seals accepts; its `typ` is its own, which no
seal has; and its key has the role `receipt`, which seals nothing. It says nothing of a site, for it allows nothing anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal, NamedTuple, NoReturn

from cryptography.hazmat.primitives.asymmetric import ec

from . import cbor, cose, days, wire
from .errors import FormatError, SignatureError
from .license import AUTHORITY, FORBIDDEN, TEXT_LIMITS, check_character
from .trust import FRESH_SECONDS, Key, TrustList
from .verdict import Outcome

TYP = "application/khatm-receipt+cose"
ROLE = "receipt"
GOVERNORATE = "GOV"  # a key of the governorate signs receipts for every authority
VERSION = "1"
CLOCK_TOLERANCE = 600  # seconds
_PATH = f"R{VERSION}"
_DIGITS = re.compile(r"[1-9][0-9]{159,1249}").fullmatch
_NUMBER = re.compile(r"(APP-[A-Z][A-Z0-9]{1,3}-2[0-9]{3}-[0-9]{6,9})-([0-9A-Z])").fullmatch
_SERVICE = re.compile(r"[a-z][a-z_]{1,23}\.[a-z][a-z_]{1,23}").fullmatch
_FIELDS = {"authority", "iat", "number", "service", "holder"}

State = Literal["received", "not_genuine", "cannot_tell"]


class Receipt(NamedTuple):
    """What a receipt says: which authority received which application for which service, when (seconds since 1970 UTC) and from whom."""

    authority: str
    iat: int
    number: str
    service: str
    holder: str


class ReceiptVerdict(NamedTuple):
    """What checking a receipt leads to. `code` is the key of its sentence. What it says is kept only if the signature held."""

    outcome: Outcome
    code: str
    receipt: Receipt | None = None
    key: Key | None = None

    def __bool__(self) -> NoReturn:
        """Refuse: "if verdict:" would take a receipt for something."""
        raise TypeError("a verdict has no truth value: look at its state")

    @property
    def state(self) -> State:
        """Return whether the application was received. A receipt is never valid as a license, so it has no other good state."""
        states: dict[Outcome, State] = {"passed": "received", "failed": "not_genuine"}
        return states.get(self.outcome, "cannot_tell")


def to_bytes(receipt: Receipt) -> bytes:
    """Return the payload of a receipt."""
    return cbor.encode(receipt._asdict())


def sign(receipt: Receipt, kid: bytes, signer: cose.Signer) -> bytes:
    """Return the signed receipt, a tagged COSE_Sign1 with `typ` (RFC 9596). Raises FormatError `limit_broken`."""
    _check(receipt)
    return cose.sign(cose.protected(kid, TYP), to_bytes(receipt), signer).to_bytes()


def write(data: bytes, host: str) -> str:
    """Return the text of the QR code of a signed receipt at `host`. Raises FormatError `too_long`."""
    octets = data.removeprefix(cose.TAG)
    digits = str(wire.to_number(octets)) if len(octets) < wire.DIGITS_MAX * 2 // 5 else ""
    if not _DIGITS(digits):
        raise FormatError("too_long", f"{len(octets)} octets")
    return f"https://{host.upper()}/{_PATH}{digits}"


def ours(text: str) -> bool:
    """Say whether `text` has the form of a receipt, under whatever host. A promise of nothing: only a verdict says more."""
    return _take_apart(text) is not None


def octets(text: str) -> bytes | None:
    """Return the signed object in the text of a receipt, unverified; None for a text of another shape."""
    parts = _take_apart(text)
    return wire.from_number(int(parts[1])) if parts else None


def verify(text: str, *, trust: TrustList, hosts: Collection[str], now: datetime) -> ReceiptVerdict:
    """Judge the text of a receipt's QR code at `now` (aware). Never raises for any text; raises ValueError for a naive `now`."""
    seconds = days.seconds_of(now)
    # 1. Format: a receipt, of ours.
    parts = _take_apart(text)
    if parts is None:
        return ReceiptVerdict("failed", "not_a_receipt")
    host, digits = parts
    if host not in hosts:
        return ReceiptVerdict("failed", "foreign_host")
    keys: list[Key] = []
    try:
        # 2. Issuer and 3. signature: a key with the role, whose signature holds.
        data = wire.from_number(int(digits))
        held = _parse(cose.open_typed(data, TYP, lambda kid: _key(trust, kid, keys)))
    except SignatureError as error:
        unknown = error.code == "kid_unknown" and seconds - trust.issued_at > FRESH_SECONDS
        return ReceiptVerdict("unknown", "kid_not_in_old_list") if unknown else ReceiptVerdict("failed", error.code)
    except FormatError as error:
        return ReceiptVerdict("failed", error.code)
    return ReceiptVerdict(*_judged(held, keys[0], trust, seconds), held, keys[0])


def _judged(held: Receipt, key: Key, trust: TrustList, now: int) -> tuple[Outcome, str]:
    # 2.1 A signature proves no date, and nobody lists the receipts of a stolen key.
    if key.state == "compromised":
        return "unknown", "receipt_key_compromised"
    if not key.not_before <= held.iat < key.not_after:
        return "failed", "key_not_valid_then"
    # 4. Scope: in its own name, or the governorate's for all.
    if key.authority not in (held.authority, GOVERNORATE):
        return "failed", "authority_not_permitted"
    # 5. Dates.
    if held.iat > now + CLOCK_TOLERANCE:
        return "failed", "issued_in_future"
    if now >= trust.next_update:
        return "unknown", "trust_list_stale"
    return "passed", "receipt_received"


def _take_apart(text: str) -> tuple[str, str] | None:
    """Return host (lower-case) and digits, None for a text of another shape."""
    start, _, path = text[: wire.TEXT_MAX + 1].rpartition("/")
    host = wire.host_of(start)
    if host is None or not path.startswith(_PATH) or not _DIGITS(path[len(_PATH) :]):
        return None
    return host, path[len(_PATH) :]


def _key(trust: TrustList, kid: bytes, found: list[Key]) -> ec.EllipticCurvePublicKey:
    """Return the public key `kid`, which must have the role, and note it. Raises SignatureError."""
    key = trust.keys.get(kid)
    if key is None:
        raise SignatureError("kid_unknown")
    if ROLE not in key.roles:
        raise SignatureError("key_not_for_receipts")
    found.append(key)
    return key.public_key


def _parse(payload: Any) -> Receipt:
    if type(payload) is not dict or set(payload) != _FIELDS:
        raise FormatError("damaged", "receipt")
    receipt = Receipt(**payload)
    texts = (receipt.authority, receipt.number, receipt.service, receipt.holder)
    if type(receipt.iat) is not int or any(type(text) is not str for text in texts):
        raise FormatError("damaged", "receipt")
    _check(receipt)
    return receipt


def _check(receipt: Receipt) -> None:
    """Hold a receipt to its limits. Raises FormatError `limit_broken`."""
    number = _NUMBER(receipt.number)
    if (
        not AUTHORITY.fullmatch(receipt.authority)
        or number is None
        or check_character(number[1]) != number[2]
        or receipt.number.split("-")[1] != receipt.authority
        or not _SERVICE(receipt.service)
        or not 0 < len(receipt.holder) <= TEXT_LIMITS["holder"]
        or FORBIDDEN.search(receipt.holder)
        or not 0 <= receipt.iat < 1 << 53
    ):
        raise FormatError("limit_broken", "receipt")
