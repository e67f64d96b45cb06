"""What the pages say, in Arabic and English: their own words, then the issuer's sentences, those of accounts and of the core."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from accounts.errors import SENTENCES as ACCOUNT_SENTENCES
from accounts.web.words import WORDS as LOGIN_WORDS
from issuer.sentences import SENTENCES as ISSUER_SENTENCES
from office import mobiles, pounds
from office.licenses.wording import WORDS as LICENSE_WORDS
from office.privacy.words import WORDS as PRIVACY_WORDS
from seal.catalogue import Catalogue, Language
from seal.sentences import SENTENCES as CORE_SENTENCES
from web import writing

#: Every text of the pages by its code.
_BELOW = (PRIVACY_WORDS, CORE_SENTENCES, ACCOUNT_SENTENCES, LOGIN_WORDS, ISSUER_SENTENCES, LICENSE_WORDS)
TABLE = Catalogue("office.desk", "words.json", over=_BELOW)
say = TABLE.say


def names(kind: str) -> Mapping[str, Mapping[str, str]]:
    """Return the names of all codes of a kind, by code: `state` of an application, `channel`, `method` of payment, `message`."""
    return {code.removeprefix(f"{kind}_"): text for code, text in TABLE.items() if code.startswith(f"{kind}_")}


def known(code: str) -> bool:
    """Say whether `code` has words."""
    return code in TABLE


def day(value: date | str | None, language: Language) -> str:
    """Return a day (or its ISO text) as people write it, a dash for none."""
    if not value:
        return "—"
    held = date.fromisoformat(value) if isinstance(value, str) else value
    return writing.day(held, language)


def plain_date(text: str) -> bool:
    """Say whether `text` is an ISO day, or nothing: what a browser's own date field can hold."""
    try:
        return not text or bool(date.fromisoformat(text))
    except ValueError:
        return False


def moment(seconds: int | None, language: Language) -> str:
    """Return an instant (seconds since 1970 UTC) as day and time in Cairo, a dash for none."""
    return "—" if seconds is None else writing.moment(seconds, language)


def money(piastres: int, language: Language) -> Markup:
    """Return an amount in pounds, always with two digits: `1,234.50 EGP`."""
    return Markup('<bdi dir="ltr">{}</bdi> {}').format(pounds.grouped(piastres), say("currency", language))


def span(seconds: int | float | None, language: Language) -> str:
    """Return a length of time in the unit that fits: minutes, hours or days."""
    if seconds is None:
        return "—"
    if seconds < 5400:
        return say("span_minutes", language, number=max(1, round(seconds / 60)))
    if seconds < 2 * 86_400:
        return say("span_hours", language, number=round(seconds / 3600))
    return say("span_days", language, number=round(seconds / 86_400))


def isolated(text: Any) -> Markup:
    """Return a number or code that keeps its direction within Arabic text (UAX #9)."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def detail(text: str, language: Language) -> Markup:
    """Return what a refusal is about as the reader says it: days, sizes and statuses in words, numbers and codes from left to right.

    What is for whoever looks after the program (a kind of error) is nothing to a reader, and empty.
    """
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return escape(day(text, language))
    if match := re.fullmatch(r"(\d+) (MB|megapixels)", text):
        return escape(say("megabytes" if match[2] == "MB" else "megapixels", language, number=match[1]))
    if known(f"status_{text}"):
        return escape(say(f"status_{text}", language))
    return Markup() if re.fullmatch(r"[A-Za-z]+", text) else isolated(text)


def known_or_code(code: str, language: Language) -> str:
    """Return the words of a code that comes from elsewhere, or the code itself: better than no page."""
    return say(code, language) if known(code) else code


def named(name: Mapping[str, str], language: Language) -> str:
    """Return a name of the catalogue in one language."""
    return name[language]


def masked(mobile: str) -> Markup:
    """Return a mobile number (E.164) without its middle."""
    return isolated(mobiles.masked(mobile)) if mobile else escape("—")
