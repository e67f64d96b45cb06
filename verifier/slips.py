"""The page of a slip: a receipt (received, not licensed) or a notice of a violation. Colour, shape and words are none of a license's."""

from __future__ import annotations

from typing import NamedTuple

from flask import render_template, request
from werkzeug.routing import BaseConverter

from seal import days, sentences, slips
from seal.catalogue import Language
from seal.notices import Notice
from seal.receipt import Receipt
from seal.trust import TrustList
from web.writing import moment

from . import answers, words
from .answers import SlipVerdict
from .context import VerifierContext
from .sheet import Row


class SlipConverter(BaseConverter):
    """A path that a slip may have: an R or N, a digit, then anything but a slash. What is wrong with it, the verdict says."""

    regex = "[NnRr][0-9٠-٩۰-۹][^/]*/?"


class SlipSheet(NamedTuple):
    """Everything that a page says about one slip. `rows` is empty unless the signature held, `portal` "" unless it leads there."""

    kind: str
    look: str
    state: str
    code: str
    headline: str
    reason: str
    rows: tuple[Row, ...]
    checked: str
    portal: str


def page(context: VerifierContext, text: str, language: Language) -> str:
    """Return the page of the slip `text`. Raises ProblemError `lists_missing`."""
    loaded, now = context.loaded(), context.now()
    verdict = answers.judge_slip(text, lists=loaded, hosts=context.hosts(loaded), now=now)
    portal = context.portal() if slips.letter_of(text) == "N" else ""
    shown = sheet(verdict, trust=loaded.trust, checked=days.seconds_of(now), language=language, portal=portal)
    return render_template("slip.html", lang=language, sheet=shown, codes=[text], by_path=request.method == "GET")


def sheet(verdict: SlipVerdict, *, trust: TrustList, checked: int, language: Language, portal: str = "") -> SlipSheet:
    """Return what the page says about `verdict`, checked at `checked` (seconds since 1970 UTC); `trust` names the authorities.

    `portal` is where people ask what became of a notice: nobody is sent there with one that is not genuine.
    """
    return SlipSheet(
        kind=answers.kind(verdict),
        look=answers.decision(verdict),
        state=verdict.state,
        code=verdict.code,
        headline=answers.headline(verdict, language),
        reason=answers.sentence(verdict, language),
        rows=tuple(_rows(answers.shown(verdict), trust, language)),
        checked=words.say("checked_at", language, moment=moment(checked, language)),
        portal=portal if verdict.state != "not_genuine" else "",
    )


def _rows(held: Receipt | Notice | None, trust: TrustList, language: Language) -> list[Row]:
    match held:
        case Receipt():
            return _receipt_rows(held, trust, language)
        case Notice():
            return _notice_rows(held, trust, language)
    return []


def _receipt_rows(held: Receipt, trust: TrustList, language: Language) -> list[Row]:
    return [
        Row(words.say("receipt_number", language), held.number, ltr=True),
        Row(words.say("receipt_service", language), _service(held.service, language)),
        Row(words.say("receipt_holder", language), held.holder),
        Row(words.say("receipt_authority", language), answers.authority(held.authority, trust, language)),
        Row(words.say("receipt_day", language), moment(held.iat, language)),
    ]


def _notice_rows(held: Notice, trust: TrustList, language: Language) -> list[Row]:
    def row(code: str, value: str, *, ltr: bool = False) -> Row:
        return Row(words.say(f"notice_{code}", language), value, ltr=ltr)

    days_ = {field: words.say("notice_working_days", language, number=getattr(held, field)) for field in ("objection_days", "payment_days")}
    return [
        row("number", held.number, ltr=True),
        row("holder", held.holder),
        row("amount", words.say("notice_pounds", language, pounds=f"{held.piastres // 100:,}.{held.piastres % 100:02}")),
        row("payment_days", days_["payment_days"]),
        row("objection_days", days_["objection_days"]),
        row("occurrence", words.say(f"notice_occurrence_{held.occurrence}", language)),
        row("violation", sentences.violation(held.violation, trust.violations, language)),
        row("license", held.license, ltr=True) if held.license else row("license", words.say("notice_no_license", language)),
        row("place", f"{held.point.latitude:.5f}, {held.point.longitude:.5f}", ltr=True),
        row("authority", answers.authority(held.authority, trust, language)),
        row("day", moment(held.iat, language)),
    ]


def _service(code: str, language: Language) -> str:
    """Return a service in words, where there are any: its type, and what is asked for."""
    known = words.TABLE
    parts = [f"receipt_{part}" for part in code.split(".")]
    return " · ".join(known[part][language] if part in known else part.removeprefix("receipt_") for part in parts)
