"""The page of an application's receipt: received, not licensed. Its colour, its shape and its words are none of a license's."""

from __future__ import annotations

from typing import NamedTuple

from flask import render_template, request
from werkzeug.routing import BaseConverter

from seal import days, receipt
from seal.catalogue import Language
from seal.receipt import ReceiptVerdict
from seal.trust import TrustList
from web.writing import moment

from . import answers, words
from .context import VerifierContext
from .sheet import Row


class ReceiptConverter(BaseConverter):
    """A path that a receipt may have: an R, a digit, then anything but a slash. What is wrong with it, the verdict says."""

    regex = "[Rr][0-9٠-٩۰-۹][^/]*/?"


class ReceiptSheet(NamedTuple):
    """Everything that a page says about one receipt. `rows` is empty unless the signature held."""

    state: str
    code: str
    headline: str
    reason: str
    rows: tuple[Row, ...]
    checked: str


def page(context: VerifierContext, text: str, language: Language) -> str:
    """Return the page of the receipt `text`. Raises ProblemError `lists_missing`."""
    loaded, now = context.loaded(), context.now()
    verdict = receipt.verify(text, trust=loaded.trust, hosts=context.hosts(loaded), now=now)
    shown = sheet(verdict, trust=loaded.trust, checked=days.seconds_of(now), language=language)
    return render_template("receipt.html", lang=language, sheet=shown, codes=[text], by_path=request.method == "GET")


def sheet(verdict: ReceiptVerdict, *, trust: TrustList, checked: int, language: Language) -> ReceiptSheet:
    """Return what the page says about `verdict`, checked at `checked` (seconds since 1970 UTC); `trust` names the authorities."""
    return ReceiptSheet(
        state=verdict.state,
        code=verdict.code,
        headline=answers.headline(verdict, language),
        reason=answers.sentence(verdict, language),
        rows=tuple(_rows(verdict, trust, language)),
        checked=words.say("checked_at", language, moment=moment(checked, language)),
    )


def _rows(verdict: ReceiptVerdict, trust: TrustList, language: Language) -> list[Row]:
    held = answers.shown(verdict)
    if held is None:
        return []
    return [
        Row(words.say("receipt_number", language), held.number, ltr=True),
        Row(words.say("receipt_service", language), _service(held.service, language)),
        Row(words.say("receipt_holder", language), held.holder),
        Row(words.say("receipt_authority", language), answers.authority(held.authority, trust, language)),
        Row(words.say("receipt_day", language), moment(held.iat, language)),
    ]


def _service(code: str, language: Language) -> str:
    """Return a service in words, where there are any: its type, and what is asked for."""
    known = words.TABLE
    parts = [f"receipt_{part}" for part in code.split(".")]
    return " · ".join(known[part][language] if part in known else part.removeprefix("receipt_") for part in parts)
