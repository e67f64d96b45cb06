"""What programs are told: the core's verdict, the same in words, when it was given and how old the lists were.

docs/reference/api.md promises it.

The API and `khatm verify --json` answer with the same object. Every text is judged here: a seal as a license, a receipt as what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from published import Loaded
from seal import days, receipt, sentences, verify
from seal.catalogue import Language
from seal.receipt import Receipt, ReceiptVerdict
from seal.site import Fix
from seal.trust import TrustList, moment
from seal.verdict import Verdict, as_dict, worst

Judged = Verdict | ReceiptVerdict
LANGUAGES: tuple[Language, ...] = ("ar", "en")
#: A receipt is never valid: it allows nothing. What is read as one has a decision of its own.
_RECEIPT_DECISIONS = {"received": "receipt", "not_genuine": "invalid", "cannot_tell": "undecided"}
_RECEIPT_HEADLINES = {"received": "receipt_received", "not_genuine": "receipt_not_genuine", "cannot_tell": "decision_undecided"}
_GRAVITY = ("invalid", "undecided", "receipt")


def judge(text: str, *, lists: Loaded, hosts: Collection[str], now: datetime, fix: Fix | None, check_site: bool) -> Judged:
    """Return the verdict on a text. Never raises for any text; raises ValueError for a naive `now`."""
    if receipt.ours(text):
        return receipt.verify(text, trust=lists.trust, hosts=hosts, now=now)
    return verify.verify(text, trust=lists.trust, status=lists.status, hosts=hosts, now=now, fix=fix, check_site=check_site)


def worst_first(judged: Sequence[Judged]) -> list[Judged]:
    """Return verdicts with the one that counts in front: the worst license, for it is what somebody hangs up; else the worst receipt."""
    licenses = [one for one in judged if isinstance(one, Verdict)]
    receipts = sorted((one for one in judged if isinstance(one, ReceiptVerdict)), key=lambda one: _GRAVITY.index(decision(one)))
    left: list[Verdict] = []
    while licenses:
        left.append(worst(licenses))
        licenses.remove(left[-1])
    return [*left, *receipts]


def decision(judged: Judged) -> str:
    """Return what a verdict comes down to: a license's decision, or `receipt`, `invalid` or `undecided` for a receipt."""
    return judged.decision if isinstance(judged, Verdict) else _RECEIPT_DECISIONS[judged.state]


def headline(judged: Judged, language: Language) -> str:
    """Return the words at the head of a verdict."""
    if isinstance(judged, Verdict):
        return sentences.headline(judged, language)
    return sentences.say(_RECEIPT_HEADLINES[judged.state], language)


def sentence(judged: Judged, language: Language) -> str:
    """Return why, in one sentence."""
    if isinstance(judged, Verdict):
        return sentences.finding(judged.reason, language)
    return sentences.say("receipt_advice" if judged.state == "received" else judged.code, language)


def answer(judged: Sequence[Judged], *, lists: Loaded, now: datetime) -> dict[str, Any]:
    """Return the object for everything that one text or picture held: the verdict that counts, and the rest beside it.

    Raises ValueError for no verdict at all.
    """
    if not judged:
        raise ValueError("nothing was judged")
    first, *others = (_told(one, lists.trust, days.seconds_of(now)) for one in worst_first(judged))
    return {**first, "several_codes": bool(others), "others": others}


def _told(judged: Judged, trust: TrustList, now: int) -> dict[str, Any]:
    status_iat = judged.status_iat if isinstance(judged, Verdict) else 0
    own = {"kind": "license", **as_dict(judged)} if isinstance(judged, Verdict) else {"kind": "receipt", **_receipt(judged, trust)}
    return {
        **own,
        "headline": {language: headline(judged, language) for language in LANGUAGES},
        "sentence": {language: sentence(judged, language) for language in LANGUAGES},
        "checked_at": f"{moment(now):%Y-%m-%dT%H:%M:%SZ}",
        "lists": {
            "trust_list": {"sequence": trust.sequence, "age_s": now - trust.issued_at},
            "status_list": {"age_s": now - status_iat} if status_iat else None,
        },
    }


def _receipt(judged: ReceiptVerdict, trust: TrustList) -> dict[str, Any]:
    held = shown(judged)
    return {
        "decision": decision(judged),
        "state": judged.state,
        "reason": judged.code,
        "receipt": held
        and {
            "number": held.number,
            "service": held.service,
            "holder": held.holder,
            "authority": {"code": held.authority, **{language: authority(held.authority, trust, language) for language in LANGUAGES}},
            "received_at": f"{moment(held.iat):%Y-%m-%dT%H:%M:%SZ}",
        },
    }


def shown(judged: ReceiptVerdict) -> Receipt | None:
    """Return what a receipt says, None unless somebody vouches for it."""
    return judged.receipt if judged.key is not None and judged.state != "not_genuine" else None


def authority(code: str, trust: TrustList, language: Language) -> str:
    """Return the name that the trust list gives an authority, else its code."""
    return next((key.name[language] for key in trust.keys.values() if key.authority == code and "license" in key.roles), code)
