"""Words in the one spelling by which things are found: alef, ya and ta marbuta forms, hamza, diacritics, tatweel and digits of other
scripts do not count (issuer.intake.texts.skeleton), nor does the article in front of a word.
"""

from __future__ import annotations

import re

from issuer.intake.texts import skeleton, tidy

WORD_MAX = 40
_BETWEEN = re.compile(r"[\s،,.؛;:/\\|()\[\]«»\"'’‘–—_+*&-]+")
_ARTICLE = "ال"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def parts(text: str) -> list[str]:
    """Return the words of a text, each in the one spelling, without those of a single letter that is no digit."""
    found = [skeleton(part)[:WORD_MAX] for part in _BETWEEN.split(tidy(text)) if part]
    return [part for part in found if len(part) > 1 or part.isdigit()]


def bare(word: str) -> str:
    """Return a word without the article, where enough of it stays to be a word."""
    return word[2:] if word.startswith(_ARTICLE) and len(word) > 4 else word


def storable(text: str) -> str:
    """Return a text without what no database keeps: NUL and halves of surrogate pairs."""
    return _UNSTORABLE.sub("", text)
