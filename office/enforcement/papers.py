"""The paper of a notice: the facts of inspections, the names of the trust list, and what to do about it, in both languages."""

from __future__ import annotations

from collections.abc import Callable

from issuer.sentences import say
from maps import Underlay
from office.papers.notice import NoticePaper, Reason, notice_paper
from office.papers.notice_sheet import Words
from seal import days
from seal.trust import TrustList

from .records import Approved, Names
from .sealing import Paper
from .signing import NoticeSigner


def upon(ground: Underlay) -> Callable[[NoticeSigner], Paper]:
    """Return what makes papers by a trust list, with the place on its streets. They raise as `notice_paper`."""
    return lambda signer: lambda told, text: notice_paper(words(told, signer.trust), text, ground)


def words(told: Approved, trust: TrustList) -> NoticePaper:
    """Return all that a paper says beside its code."""
    whose = trust.governorate.name
    return NoticePaper(
        number=told.number,
        governorate=(whose["ar"], whose["en"]),
        authority=_authority(trust, told.authority),
        violation=_both(told.names),
        basis=_both(told.basis),
        reasons=tuple(Reason(each.ar, each.en, each.severity) for each in told.findings),
        place=told.place,
        reported_on=told.reported_on,
        approved_on=days.day_of(told.approved_at),
        pay=_said("notice_paper_pay"),
        object=_said("notice_paper_object"),
        sample=told.sample,
    )


def _authority(trust: TrustList, code: str) -> Words:
    """Return an authority's names as its key for licenses has them, its code where there is none."""
    name = next((key.name for key in trust.keys.values() if key.authority == code and "license" in key.roles), None)
    return (name["ar"], name["en"]) if name else (code, code)


def _both(names: Names) -> Words:
    return names.ar, names.en


def _said(code: str) -> Words:
    return say(code, "ar"), say(code, "en")
