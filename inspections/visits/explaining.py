"""A difference between two verdicts as people read it."""

from __future__ import annotations

from collections.abc import Mapping

from inspections.errors import SENTENCES
from seal.catalogue import Language


def sentence(difference: str, detail: Mapping[str, int | str], language: Language) -> str:
    """Return the sentence of a difference, its gaps in words. Raises KeyError for a difference that has none."""
    gaps: dict[str, object] = {name: _told(value, language) for name, value in detail.items() if isinstance(value, str)}
    if isinstance(seconds := detail.get("seconds"), int):
        gaps["span"] = span(seconds, language)
    return SENTENCES.say(f"evaluation_{difference}", language, **gaps)


def span(seconds: int, language: Language) -> str:
    """Return a length of time in the largest unit that it fills: minutes, hours or days, rounded down."""
    for code, unit in (("span_days", 86_400), ("span_hours", 3600)):
        if seconds >= unit:
            return SENTENCES.say(code, language, number=seconds // unit)
    return SENTENCES.say("span_minutes", language, number=max(1, seconds // 60))


def _told(code: str, language: Language) -> str:
    """Return a code's words: of a place, of a reason in brief (the core's sentence has gaps), or the core's own."""
    for name in (f"place_{code}", f"brief_{code}", code):
        if name in SENTENCES:
            return SENTENCES[name][language]
    return code
