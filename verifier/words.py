"""What the page says beyond the sentences of the core: titles, labels, requests, refusals. Each in Arabic and English."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files

from qr.errors import SENTENCES as PICTURE_SENTENCES
from seal.sentences import Language, filled, sentences
from seal.sentences import words as shared


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Return every text of the page by its code, {"ar": …, "en": …}: our own, the core's, the phones', the picture reader's."""
    own: dict[str, dict[str, str]] = json.loads(files(__package__).joinpath("data/words.json").read_text("utf-8"))
    return {**PICTURE_SENTENCES, **shared(), **sentences(), **own}


def say(code: str, language: Language, **gaps: object) -> str:
    """Return the words of `code`. Raises KeyError for a code without any."""
    template = table()[code][language]
    return filled(template, gaps, language) if gaps else template


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
