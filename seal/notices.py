"""The notice of a violation: a sum to pay or to object to, and no license (docs/format.md §16).

    text    = "https://" HOST "/N1" digits, a slip (see slips.py)
    payload = {"authority", "iat", "number", "violation", "holder", ? "license", "occurrence", "piastres", "objection_days",
               "payment_days", "lat", "lon"}

What became of it since (served, objected to, paid, cancelled) no code can say: that is the office's to tell.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal, NamedTuple, NoReturn

from . import cbor, cose, slips
from .errors import FormatError
from .license import AUTHORITY, FORBIDDEN, NOTICE_PREFIX, TEXT_LIMITS, YEARS, check_character, is_number
from .site import Point
from .status import NONE, StatusLists
from .trust import Key, TrustList
from .verdict import Outcome

TYP = "application/khatm-notice+cose"
ROLE = "notice"
PIASTRES_MAX = 99_999_999_999  # a little less than a billion pounds
DAYS_MAX = 366  # working days
SERIAL_MAX = 999_999_999
_MICRO = 1_000_000  # positions travel as whole millionths of a degree
_NUMBER = re.compile(rf"({NOTICE_PREFIX}-([A-Z][A-Z0-9]{{1,3}})-2[0-9]{{3}}-[0-9]{{6,9}})-([0-9A-Z])").fullmatch
_VIOLATION = re.compile(r"[a-z0-9_]{1,32}").fullmatch
_RANGES = {
    "iat": range(1 << 53),
    "occurrence": range(1, 4),
    "piastres": range(PIASTRES_MAX + 1),
    "objection_days": range(DAYS_MAX + 1),
    "payment_days": range(DAYS_MAX + 1),
    "lat": range(-90 * _MICRO, 90 * _MICRO + 1),
    "lon": range(-180 * _MICRO, 180 * _MICRO + 1),
}
_TEXTS = frozenset({"authority", "number", "violation", "holder"})
_FIELDS = _TEXTS | _RANGES.keys()

State = Literal["notice", "not_genuine", "cannot_tell"]


class Notice(NamedTuple):
    """What a notice says: who gave it, when (seconds since 1970 UTC), its number, the code of the violation, whom it is addressed to, the
    number of the license (None: there is none, or it is not known), the how-manieth time (3: third or later), the amount, the working days
    after serving for objecting and for paying, and where (millionths of a degree, WGS 84; see `micro`).
    """

    authority: str
    iat: int
    number: str
    violation: str
    holder: str
    license: str | None
    occurrence: int
    piastres: int
    objection_days: int
    payment_days: int
    lat: int
    lon: int

    @property
    def point(self) -> Point:
        """Return where it was, in degrees."""
        return Point(self.lat / _MICRO, self.lon / _MICRO)


class NoticeVerdict(NamedTuple):
    """What checking a notice leads to. `code` is the key of its sentence. What it says is kept only if the signature held."""

    outcome: Outcome
    code: str
    notice: Notice | None = None
    key: Key | None = None

    def __bool__(self) -> NoReturn:
        """Refuse: "if verdict:" would take a notice for something."""
        raise TypeError("a verdict has no truth value: look at its state")

    @property
    def state(self) -> State:
        """Return whether it is a notice of the authority's. It is never valid as a license, so it has no other good state."""
        states: dict[Outcome, State] = {"passed": "notice", "failed": "not_genuine"}
        return states.get(self.outcome, "cannot_tell")


def micro(degrees: float) -> int:
    """Return an angle in the unit of a notice, whole millionths of a degree."""
    return round(degrees * _MICRO)


def number(authority: str, year: int, serial: int) -> str:
    """Return the number `VIO-<authority>-<year>-<serial>-<check>` of a notice. Raises ValueError for what none can have."""
    if not AUTHORITY.fullmatch(authority) or year not in YEARS or not 0 < serial <= SERIAL_MAX:
        raise ValueError("outside the numbers of notices")
    body = f"{NOTICE_PREFIX}-{authority}-{year}-{serial:06d}"
    return f"{body}-{check_character(body)}"


def is_notice_number(text: str) -> bool:
    """Say whether `text` has the form of a notice's number and its check character is right."""
    match = _NUMBER(text)
    return match is not None and check_character(match[1]) == match[3]


def to_bytes(notice: Notice) -> bytes:
    """Return the payload of a notice."""
    return cbor.encode({field: value for field, value in notice._asdict().items() if value is not None})


def sign(notice: Notice, kid: bytes, signer: cose.Signer) -> bytes:
    """Return the signed notice, a tagged COSE_Sign1 with `typ` (RFC 9596). Raises FormatError `limit_broken`."""
    _check(notice)
    return cose.sign(cose.protected(kid, TYP), to_bytes(notice), signer).to_bytes()


def write(data: bytes, host: str) -> str:
    """Return the text of the QR code of a signed notice at `host`. Raises FormatError `too_long`."""
    return slips.write(_KIND, data, host)


def ours(text: str) -> bool:
    """Say whether `text` has the form of a notice, under whatever host. A promise of nothing: only a verdict says more."""
    return slips.letter_of(text) == _KIND.letter


def unverified(text: str) -> Notice:
    """Return what the text of a notice says, whoever made it: for whoever has just signed it. Raises FormatError."""
    if not ours(text):
        raise FormatError("not_a_notice")
    message = cose.from_bytes(slips.octets(text) or b"")
    return _parse(cbor.parse(message.payload))


def verify(text: str, *, trust: TrustList, hosts: Collection[str], now: datetime, status: StatusLists = NONE) -> NoticeVerdict:
    """Judge the text of a notice's QR code at `now` (aware); of `status` only what it says of the time is looked at.

    Never raises for any text; raises ValueError for a naive `now`.
    """
    return NoticeVerdict(*slips.judge(_KIND, text, trust=trust, hosts=hosts, now=now, status=status))


def _parse(payload: Any) -> Notice:
    if type(payload) is not dict or payload.keys() - {"license"} != _FIELDS:
        raise FormatError("damaged", "notice")
    numbers = all(type(payload[field]) is int for field in _RANGES)
    if not numbers or any(type(payload[field]) is not str for field in payload.keys() - _RANGES.keys()):
        raise FormatError("damaged", "notice")
    notice = Notice(**{"license": None, **payload})
    _check(notice)
    return notice


def _check(notice: Notice) -> None:
    """Hold a notice to its limits. Raises FormatError `limit_broken`."""
    written = _NUMBER(notice.number)
    if (
        not AUTHORITY.fullmatch(notice.authority)
        or written is None
        or written[2] != notice.authority
        or not is_notice_number(notice.number)
        or not _VIOLATION(notice.violation)
        or not 0 < len(notice.holder) <= TEXT_LIMITS["holder"]
        or FORBIDDEN.search(notice.holder)
        or (notice.license is not None and not is_number(notice.license))
        or any(getattr(notice, field) not in allowed for field, allowed in _RANGES.items())
    ):
        raise FormatError("limit_broken", "notice")


_CODES = slips.Codes("notice_genuine", "not_a_notice", "key_not_for_notices", "notice_key_compromised")
_KIND = slips.Kind("N", TYP, ROLE, _CODES, _parse)
