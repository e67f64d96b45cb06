"""How alike two names on boards are, as far as letters tell. Names in different scripts are not compared: nobody can tell from letters."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher

_ALIKE = str.maketrans("ىةؤئگک", "يهويكك")


def _letters(name: str) -> str:
    plain = "".join(each for each in unicodedata.normalize("NFKD", name).casefold() if each.isalnum())
    return plain.translate(_ALIKE)


def _arabic(letters: str) -> bool:
    return sum("\u0600" <= each <= "\u06ff" for each in letters) * 2 > len(letters)


def in_arabic(name: str) -> bool:
    """Say whether most letters of a name are Arabic: boards that carry both scripts are read in either."""
    return _arabic(_letters(name))


def likeness(one: str, two: str) -> float | None:
    """Return 0…1: twice the letters of common stretches over all letters (Ratcliff and Obershelp 1988); None if not comparable.

    1 for a name within the other: boards leave words out. Two different names of Alexandria reach 0.5 in 3 % of pairs, 0.65 in 0.3 %.
    """
    a, b = _letters(one), _letters(two)
    if not a or not b or _arabic(a) != _arabic(b):
        return None
    if min(len(a), len(b)) >= 3 and (a in b or b in a):
        return 1.0
    first, second = sorted((a, b))  # the ratio is not symmetric
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
