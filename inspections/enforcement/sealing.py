"""The seal of a notice, taken in from the office: only one that is genuine, and says just what was approved."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from inspections.errors import InspectionError
from published import Loaded
from seal import notices
from seal.notices import Notice

from . import steps
from .records import OFFICE, State, Violation
from .tables import violation_papers

PDF_MAX = 1 << 20  # octets
TEXT_MAX = 4_296  # characters of the largest QR code
_CLOCKS_SECONDS = 300  # by which the office's clock may be behind


def seal(connection: Connection, violation: Violation, text: str, pdf: bytes, kid: bytes, lists: Loaded, *, now: int) -> State:
    """Keep a seal with its paper and return the state. The same text again changes nothing.

    Raises InspectionError `notice_sealed_otherwise`, `notice_state` (it does not wait for one), `notice_differs` (`detail` is the field),
    `notice_paper`, `violation_changed`.
    """
    if violation.text is not None:
        if violation.text != text:
            raise InspectionError("notice_sealed_otherwise")
        return violation.state
    if violation.state != "approved":
        raise InspectionError("notice_state")
    if field := differing(violation, text, kid, lists, now=now):
        raise InspectionError("notice_differs", field)
    if not pdf.startswith(b"%PDF-") or len(pdf) > PDF_MAX:
        raise InspectionError("notice_paper")
    connection.execute(violation_papers.insert().values(violation_id=violation.id, pdf=pdf))
    steps.move(connection, violation, "sealed", OFFICE, now=now, facts={"kid": kid.hex()}, text=text, kid=kid, sealed_at=now)
    return "sealed"


def facts(violation: Violation) -> Notice:
    """Return what a notice must say. When it was sealed is not ours to say: `iat` is when it was approved, the earliest."""
    if violation.number is None or violation.occurrence is None or violation.piastres is None or violation.approved_at is None:
        raise InspectionError("notice_state")
    terms = violation.terms
    who = violation.authority, violation.approved_at, violation.number, violation.code, violation.holder, violation.license
    sums = violation.occurrence, violation.piastres, terms.objection_days, terms.payment_days
    return Notice(*who, *sums, violation.lat, violation.lon)


def differing(violation: Violation, text: str, kid: bytes, lists: Loaded, *, now: int) -> str:
    """Return the first field in which a seal is not what was approved, empty if it is: `text` where it is no genuine notice."""
    trust, wanted = lists.trust, facts(violation)
    verdict = notices.verify(text, trust=trust, hosts=trust.hosts, now=datetime.fromtimestamp(now, UTC))
    held = verdict.notice
    if verdict.state != "notice" or held is None or verdict.key is None:
        return "text"
    if verdict.key.kid != kid:
        return "kid"
    if held.iat < wanted.iat - _CLOCKS_SECONDS:
        return "iat"
    return next((name for name in Notice._fields if name != "iat" and getattr(held, name) != getattr(wanted, name)), "")
