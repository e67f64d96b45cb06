"""Languages, days and moments as pages write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from seal import days
from seal.catalogue import Language

MONTHS: Mapping[Language, tuple[str, ...]] = {
    "ar": ("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}


def language_of(asked: str | None) -> Language:
    """Return the language asked for; Arabic unless it is English, whatever the browser prefers."""
    return "en" if asked == "en" else "ar"


def day(value: date, language: Language) -> str:
    """Return a day as people write it."""
    return f"{value.day} {MONTHS[language][value.month - 1]} {value.year}"


def moment(seconds: int, language: Language) -> str:
    """Return an instant (seconds since 1970 UTC) as day and time in Cairo."""
    there = datetime.fromtimestamp(seconds, UTC).astimezone(days.cairo())
    return f"{day(there.date(), language)}{',' if language == 'en' else '،'} {there:%H:%M}"


def stamp(seconds: int | None) -> str:
    """Return an instant (seconds since 1970 UTC) as ISO 8601 with Cairo's offset, for tables; empty for none."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, days.cairo()).isoformat(timespec="seconds")
