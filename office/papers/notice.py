"""The notice of a violation on paper: what its code says, and the words that no code has room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import qr.write
from issuer.errors import IssuerError
from maps import Underlay
from office import pounds
from seal import cose, days, notices, sentences, slips
from seal.notices import Notice

from . import press, siteplan
from .notice_sheet import NoticeSheet, Words
from .sheet import LEVEL, Row

Severity = Literal["minor", "serious", "critical"]
SEVERITIES: dict[Severity, Words] = {"minor": ("بسيطة", "Minor"), "serious": ("جسيمة", "Serious"), "critical": ("خطيرة", "Critical")}
FINDINGS_MOST = 100  # of an inspection, docs/format.md §14.2


class Reason(NamedTuple):
    """What was found bad, in both languages, and how bad it is."""

    ar: str
    en: str
    severity: Severity


@dataclass(frozen=True)
class NoticePaper:
    """The words of a notice beyond its code: whose it is, what for, and what to do. `place` is None where nobody described it.

    `pay` and `object` say how and where; amount, days, addressee, license and position are the code's own, so that no paper can say
    other ones. `sample` says that the amounts are of no official schedule.
    """

    number: str
    governorate: Words
    authority: Words
    violation: Words
    basis: Words
    reasons: tuple[Reason, ...]
    place: str | None
    reported_on: date
    approved_on: date
    pay: Words
    object: Words
    sample: bool


def notice_paper(facts: NoticePaper, text: str, ground: Underlay | None = None) -> bytes:
    """Return the notice whose code has the text `text`, as PDF/A-3a on A4, with the signed object attached.

    `ground` are the streets for a plan of the place.

    The signature is not looked at: whoever prints has just made it. Raises FormatError for a text that is no notice's, IssuerError
    `paper_differs` if it is another notice's, `paper_too_full`, `paper_busy`, `paper_failed`.
    """
    return press.shared().render(of(facts, text, ground))


def of(facts: NoticePaper, text: str, ground: Underlay | None = None) -> NoticeSheet:
    """Return the paper of a notice. Raises FormatError, and IssuerError `paper_differs` or `paper_too_full`."""
    held = notices.unverified(text)
    if held.number != facts.number:
        raise IssuerError("paper_differs", f"{held.number}, {facts.number}")
    if len(facts.reasons) > FINDINGS_MOST:
        raise IssuerError("paper_too_full", facts.number)
    code = qr.write.encode(text, level=LEVEL)
    return NoticeSheet(
        number=held.number,
        governorate=facts.governorate,
        authority=facts.authority,
        rows=tuple(_rows(held, facts)),
        amount=pounds.grouped(held.piastres),
        reasons=tuple(((reason.ar, reason.en), SEVERITIES[reason.severity]) for reason in facts.reasons),
        pay=facts.pay,
        pay_until=_working_days(held.payment_days),
        object=facts.object,
        object_until=_working_days(held.objection_days),
        sample=facts.sample,
        host=text.split("/")[2].lower(),
        path=code.path,
        side=code.side,
        token=cose.TAG + (slips.octets(text) or b""),
        at=held.iat,
        day=days.day_of(held.iat).isoformat(),
        plan=siteplan.of(ground, held.point),
    )


def _rows(held: Notice, facts: NoticePaper) -> Iterator[Row]:
    yield Row(*_both("notice_holder"), held.holder)
    if held.license:
        yield Row(*_both("notice_license"), held.license, numeric=True)
    else:
        yield Row(*_both("notice_license"), *_both("notice_no_license"))
    yield Row("المخالفة", "Violation", *facts.violation)
    yield Row("السند القانوني", "Legal basis", *facts.basis)
    yield Row(*_both("notice_occurrence"), *_both(f"notice_occurrence_{held.occurrence}"))
    if facts.place:
        yield Row(*_both("notice_place"), facts.place)
    position = f"{held.point.latitude:.5f}, {held.point.longitude:.5f}"
    yield Row("الموقع على الخريطة", "Position", position, numeric=True)
    yield Row("حُرر في", "Reported", facts.reported_on.isoformat(), numeric=True, short=True)
    yield Row("اعتُمد في", "Approved", facts.approved_on.isoformat(), numeric=True, short=True)


def _both(code: str) -> Words:
    return sentences.say(code, "ar"), sentences.say(code, "en")


def _working_days(count: int) -> Words:
    return tuple(sentences.say("notice_working_days", language, {"number": count}) for language in ("ar", "en"))  # type: ignore[return-value]
