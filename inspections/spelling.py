"""Names as they are searched: one spelling for what people write for one another, in words.

Alef, ya and ta marbuta forms, hamza, diacritics, tatweel, digits of other scripts and case do not count, just as in the office's search
(tests/inspections/test_spelling.py holds the two together: this room sees nothing of the office).
"""

from __future__ import annotations

import re
import unicodedata

WORD_MAX = 40
_DIGITS = {zero + digit: str(digit) for zero in (0x660, 0x6F0) for digit in range(10)}
_ALIKE = str.maketrans({"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ـ": None, "ء": None} | _DIGITS)
_BETWEEN = re.compile(r"[\s،,.؛;:/\\|()\[\]«»\"'’‘–—_+*&-]+")
_ARTICLE = "ال"


def words(text: str) -> list[str]:
    """Return the words of a name in one spelling, each cut at `WORD_MAX`, without those of a single letter that is no digit."""
    found = [_folded(part)[:WORD_MAX] for part in _BETWEEN.split(text)]
    return [part for part in found if len(part) > 1 or part.isdigit()]


def folded(text: str) -> str:
    """Return a name in one spelling, with one space between its words."""
    return " ".join(filter(None, map(_folded, _BETWEEN.split(text))))


def bare(word: str) -> str:
    """Return a word without the article, where enough of it stays to be a word."""
    return word[2:] if word.startswith(_ARTICLE) and len(word) > 4 else word


def _folded(part: str) -> str:
    parts = unicodedata.normalize("NFKD", part).translate(_ALIKE).casefold()
    # What casefold made may decompose once more; a mark is no letter, and goes.
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", parts)))
