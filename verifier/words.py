"""What the page says beyond the sentences of the core: titles, labels, requests, refusals. Each in Arabic and English."""

from __future__ import annotations

from datetime import timedelta

from governorate.errors import SENTENCES as GOVERNORATE_SENTENCES
from maps.errors import SENTENCES as MAP_SENTENCES
from qr.errors import SENTENCES as PICTURE_SENTENCES
from seal.catalogue import Catalogue, Language
from seal.sentences import SENTENCES, WORDS
from web.faults import SENTENCES as SETTING_SENTENCES

#: Every text of the page by its code: our own, the core's, the phones', the picture reader's, and what keeps it from starting.
_BELOW = (MAP_SENTENCES, SETTING_SENTENCES, GOVERNORATE_SENTENCES, PICTURE_SENTENCES, WORDS, SENTENCES)
TABLE = Catalogue("verifier", "words.json", over=_BELOW)
say = TABLE.say


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
