"""Names in one spelling, to find them by and to compare them: what people write for one another is one letter. Pure.

Alef, ya and ta marbuta forms, hamza, diacritics, tatweel, digits of other scripts and case do not count.
"""

from __future__ import annotations

import re
import unicodedata

WORD_MAX = 40
#: Arabic-Indic and Persian digits, as 0-9.
DIGITS = {zero + digit: str(digit) for zero in (0x660, 0x6F0) for digit in range(10)}
ARTICLE = "ال"
_ALIKE = str.maketrans({"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ـ": None, "ء": None} | DIGITS)
_BETWEEN = re.compile(r"[\s،,.؛;:/\\|()\[\]«»\"'’‘–—_+*&-]+")


def letters(text: str) -> str:
    """Return letters and digits of a text, joined, in one form for those often mixed up; "" for one that has none."""
    parts = unicodedata.normalize("NFKD", text).translate(_ALIKE).casefold()
    # What casefold made (a final sigma, an expanded ligature) may decompose once more; a mark is no letter, and goes.
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", parts)))


def words(text: str) -> list[str]:
    """Return the words of a name in one spelling, each cut at `WORD_MAX`, without those of a single letter that is no digit."""
    found = [letters(part)[:WORD_MAX] for part in _BETWEEN.split(text)]
    return [part for part in found if len(part) > 1 or part.isdigit()]


def folded(text: str) -> str:
    """Return a name in one spelling, with one space between its words."""
    return " ".join(filter(None, map(letters, _BETWEEN.split(text))))


def bare(word: str) -> str:
    """Return a word of such letters without the article, where enough of it stays to be a word."""
    return word[2:] if word.startswith(ARTICLE) and len(word) > 4 else word
