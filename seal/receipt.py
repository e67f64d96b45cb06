"""The receipt of an application: received, not licensed (docs/format.md §12).

    text    = "https://" HOST "/R1" digits, a slip (see slips.py)
    payload = {"authority", "iat", "number", "service", "holder"}

It says nothing of a site, for it allows nothing anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal, NamedTuple, NoReturn

from . import cbor, cose, slips
from .errors import FormatError
from .license import APPLICATION_PREFIX, AUTHORITY, FORBIDDEN, TEXT_LIMITS, check_character
from .status import NONE, StatusLists
from .trust import Key, TrustList
from .verdict import Outcome

TYP = "application/khatm-receipt+cose"
ROLE = "receipt"
_NUMBER = re.compile(rf"({APPLICATION_PREFIX}-([A-Z][A-Z0-9]{{1,3}})-2[0-9]{{3}}-[0-9]{{6,9}})-([0-9A-Z])").fullmatch
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
    return slips.write(_KIND, data, host)


def ours(text: str) -> bool:
    """Say whether `text` has the form of a receipt, under whatever host. A promise of nothing: only a verdict says more."""
    return slips.letter_of(text) == _KIND.letter


def verify(text: str, *, trust: TrustList, hosts: Collection[str], now: datetime, status: StatusLists = NONE) -> ReceiptVerdict:
    """Judge the text of a receipt's QR code at `now` (aware); of `status` only what it says of the time is looked at.

    Never raises for any text; raises ValueError for a naive `now`.
    """
    return ReceiptVerdict(*slips.judge(_KIND, text, trust=trust, hosts=hosts, now=now, status=status))


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
        or check_character(number[1]) != number[3]
        or number[2] != receipt.authority
        or not _SERVICE(receipt.service)
        or not 0 < len(receipt.holder) <= TEXT_LIMITS["holder"]
        or FORBIDDEN.search(receipt.holder)
        or not 0 <= receipt.iat < 1 << 53
    ):
        raise FormatError("limit_broken", "receipt")


_CODES = slips.Codes("receipt_received", "not_a_receipt", "key_not_for_receipts", "receipt_key_compromised")
_KIND = slips.Kind("R", TYP, ROLE, _CODES, _parse)
