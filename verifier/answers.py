"""What programs are told: the core's verdict, the same in words, when it was given and how old the lists were.

docs/reference/api.md promises it.

The API and `khatm verify --json` answer with the same object. Every text is judged here: a seal as a license, a slip (a receipt or a
notice) as what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from published import Loaded
from seal import days, notices, receipt, sentences, slips, verify
from seal.catalogue import Language
from seal.notices import Notice, NoticeVerdict
from seal.receipt import Receipt, ReceiptVerdict
from seal.site import Fix
from seal.trust import TrustList, moment
from seal.verdict import Verdict, as_dict, worst

SlipVerdict = ReceiptVerdict | NoticeVerdict
Judged = Verdict | SlipVerdict
LANGUAGES: tuple[Language, ...] = ("ar", "en")
#: A slip is never valid: it allows nothing. What is read as one has a decision of its own.
_SLIP_DECISIONS = {"received": "receipt", "notice": "notice", "not_genuine": "invalid", "cannot_tell": "undecided"}
_GRAVITY = ("invalid", "undecided", "notice", "receipt")


def judge(text: str, *, lists: Loaded, hosts: Collection[str], now: datetime, fix: Fix | None, check_site: bool) -> Judged:
    """Return the verdict on a text. Never raises for any text; raises ValueError for a naive `now`."""
    if slips.letter_of(text):
        return judge_slip(text, lists=lists, hosts=hosts, now=now)
    return verify.verify(text, trust=lists.trust, status=lists.status, hosts=hosts, now=now, fix=fix, check_site=check_site, log=lists.log)


def judge_slip(text: str, *, lists: Loaded, hosts: Collection[str], now: datetime) -> SlipVerdict:
    """Return the verdict on the text of a slip. Never raises for any text; raises ValueError for a naive `now`."""
    reader = notices.verify if notices.ours(text) else receipt.verify
    return reader(text, trust=lists.trust, status=lists.status, hosts=hosts, now=now)


def worst_first(judged: Sequence[Judged]) -> list[Judged]:
    """Return verdicts with the one that counts in front: the worst license, for it is what somebody hangs up; else the worst slip."""
    if len(judged) == 1:
        return list(judged)
    licenses = [one for one in judged if isinstance(one, Verdict)]
    others = sorted((one for one in judged if not isinstance(one, Verdict)), key=lambda one: _GRAVITY.index(decision(one)))
    left: list[Verdict] = []
    while licenses:
        left.append(worst(licenses))
        licenses.remove(left[-1])
    return [*left, *others]


def decision(judged: Judged) -> str:
    """Return what a verdict comes down to: a license's decision, or `receipt`, `notice`, `invalid` or `undecided` for a slip."""
    return judged.decision if isinstance(judged, Verdict) else _SLIP_DECISIONS[judged.state]


def kind(judged: Judged) -> str:
    """Return what was judged: `license`, `receipt` or `notice`."""
    return "license" if isinstance(judged, Verdict) else "notice" if isinstance(judged, NoticeVerdict) else "receipt"


def headline(judged: Judged, language: Language) -> str:
    """Return the words at the head of a verdict."""
    if isinstance(judged, Verdict):
        return sentences.headline(judged, language)
    headlines = {"not_genuine": f"{kind(judged)}_not_genuine", "cannot_tell": "decision_undecided"}
    return sentences.say(headlines.get(judged.state, judged.code), language)


def sentence(judged: Judged, language: Language) -> str:
    """Return why, in one sentence."""
    if isinstance(judged, Verdict):
        return sentences.finding(judged.reason, language)
    return sentences.say(f"{kind(judged)}_advice" if judged.outcome == "passed" else judged.code, language)


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
    return {
        "kind": kind(judged),
        **(as_dict(judged) if isinstance(judged, Verdict) else _slip(judged, trust)),
        **_words(judged),
        "checked_at": _stamp(now),
        "lists": {
            "trust_list": {"sequence": trust.sequence, "age_s": now - trust.issued_at},
            "status_list": {"age_s": now - status_iat} if status_iat else None,
        },
    }


@lru_cache(maxsize=64)  # of one second there may be many answers
def _stamp(seconds: int) -> str:
    return f"{moment(seconds):%Y-%m-%dT%H:%M:%SZ}"


def _words(judged: Judged) -> dict[str, dict[Language, str]]:
    """Return `headline` and `sentence` in both languages; of a license, what they say is found out once."""
    if isinstance(judged, Verdict):
        code, reason = sentences.headline_code(judged), judged.reason
        headlines = {language: sentences.say(code, language) for language in LANGUAGES}
        return {"headline": headlines, "sentence": {language: sentences.finding(reason, language) for language in LANGUAGES}}
    told = {"headline": headline, "sentence": sentence}
    return {name: {language: say(judged, language) for language in LANGUAGES} for name, say in told.items()}


def _slip(judged: SlipVerdict, trust: TrustList) -> dict[str, Any]:
    held = shown(judged)
    own = None
    if isinstance(held, Receipt):
        own = {"number": held.number, "service": held.service, "holder": held.holder, **_given(held, trust, "received_at")}
    elif isinstance(held, Notice):
        own = {**held._asdict(), **_given(held, trust, "signed_at"), "latitude": held.point.latitude, "longitude": held.point.longitude}
        own = {field: value for field, value in own.items() if field not in ("iat", "lat", "lon")}
        own["violation_name"] = dict(named) if (named := trust.violations.get(held.violation)) else None
    return {"decision": decision(judged), "state": judged.state, "reason": judged.code, kind(judged): own}


def _given(held: Receipt | Notice, trust: TrustList, at: str) -> dict[str, Any]:
    names = {language: authority(held.authority, trust, language) for language in LANGUAGES}
    return {"authority": {"code": held.authority, **names}, at: f"{moment(held.iat):%Y-%m-%dT%H:%M:%SZ}"}


def shown(judged: SlipVerdict) -> Receipt | Notice | None:
    """Return what a slip says, None unless somebody vouches for it."""
    held = judged.notice if isinstance(judged, NoticeVerdict) else judged.receipt
    return held if judged.key is not None and judged.state != "not_genuine" else None


def authority(code: str, trust: TrustList, language: Language) -> str:
    """Return the name that the trust list gives an authority, else its code."""
    return next((key.name[language] for key in trust.keys.values() if key.authority == code and "license" in key.roles), code)
