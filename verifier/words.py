"""What the page says beyond the sentences of the core: titles, labels, requests, refusals. Each in Arabic and English."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files

from qr.errors import SENTENCES as PICTURE_SENTENCES
from seal import days
from seal.sentences import Language, sentences
from seal.sentences import words as shared

LANGUAGES: tuple[Language, Language] = ("ar", "en")
MONTHS: Mapping[Language, tuple[str, ...]] = {
    "ar": ("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Return every text of the page by its code, {"ar": …, "en": …}: our own, the core's, the phones', the picture reader's."""
    own: dict[str, dict[str, str]] = json.loads(files(__package__).joinpath("data/words.json").read_text("utf-8"))
    return {**PICTURE_SENTENCES, **shared(), **sentences(), **own}


def say(code: str, language: Language, **gaps: object) -> str:
    """Return the words of `code`. Raises KeyError for a code without any."""
    template = table()[code][language]
    return template.format(**gaps) if gaps else template


def language_of(asked: str | None) -> Language:
    """Return the language asked for; Arabic unless it is English, whatever the browser prefers."""
    return "en" if asked == "en" else "ar"


def day(value: date, language: Language) -> str:
    """Return a day as people write it."""
    return f"{value.day} {MONTHS[language][value.month - 1]} {value.year}"


def moment(seconds: int, language: Language) -> str:
    """Return an instant (seconds since 1970 UTC) as day and time in Cairo."""
    there = datetime.fromtimestamp(seconds, UTC).astimezone(days.cairo())
    return f"{day(there.date(), language)}, {there:%H:%M}" if language == "en" else f"{day(there.date(), language)}، {there:%H:%M}"


def age(seconds: int, language: Language) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    passed = timedelta(seconds=max(0, seconds))
    if passed < timedelta(minutes=2):
        return say("age_now", language)
    if passed < timedelta(hours=2):
        return say("age_minutes", language, number=int(passed / timedelta(minutes=1)))
    if passed < timedelta(days=2):
        return say("age_hours", language, number=int(passed / timedelta(hours=1)))
    return say("age_days", language, number=passed.days)
