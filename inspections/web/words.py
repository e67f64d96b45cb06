"""What the pages say, in Arabic and English: their own words, then the sentences of inspections, accounts, pictures and the core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from accounts.web.words import WORDS as LOGIN_WORDS
from inspections.detection.words import WORDS as DETECTION_WORDS
from inspections.errors import SENTENCES
from seal.catalogue import Catalogue, Language
from web import writing

_PAGES = Catalogue("inspections.web.pages", "words.json")
TABLE = Catalogue("inspections.web", "words.json", over=(DETECTION_WORDS, LOGIN_WORDS, SENTENCES, _PAGES))


def speaker(language: Language) -> Callable[..., str]:
    """Return what says the text of a code in one language."""
    return lambda code, **gaps: TABLE.say(code, language, **gaps)


def moments(language: Language) -> Callable[[int | None], str]:
    """Return what says an instant (seconds since 1970 UTC) as day and time in Cairo, a dash for none."""
    return lambda seconds: "—" if seconds is None else writing.moment(seconds, language)


def isolated(text: Any) -> Markup:
    """Return a number or code that keeps its direction within Arabic text (UAX #9)."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def known_or_code(language: Language) -> Callable[[str], str]:
    """Return what says a code that comes from elsewhere, or the code itself: better than no page."""
    return lambda code: TABLE.say(code, language) if code in TABLE else code


def spans(language: Language) -> Callable[[int | float | None], str]:
    """Return what says a length of time (seconds) in the unit that fits: minutes, hours or days; a dash for none."""

    def said(seconds: int | float | None) -> str:
        if seconds is None:
            return "—"
        for unit, size, most in (("minutes", 60, 5400), ("hours", 3600, 2 * 86_400)):
            if seconds < most:
                return TABLE.say(f"span_{unit}", language, number=max(1, round(seconds / size)))
        return TABLE.say("span_days", language, number=round(seconds / 86_400))

    return said


def counted(_: Language) -> Callable[[int], str]:
    """Return what writes a count, its thousands set apart."""
    return lambda number: f"{number:,}"
