"""How alike two names on boards are, as far as letters tell. Names in different scripts are not compared: nobody can tell from letters."""

from __future__ import annotations

import unicodedata

_ALIKE = str.maketrans("ىةؤئگک", "يهويكك")


def _letters(name: str) -> str:
    plain = "".join(each for each in unicodedata.normalize("NFKD", name).casefold() if each.isalnum())
    return plain.translate(_ALIKE)


def _pairs(letters: str) -> set[str]:
    return {letters[at : at + 2] for at in range(max(1, len(letters) - 1))}


def _arabic(letters: str) -> bool:
    return sum("\u0600" <= each <= "\u06ff" for each in letters) * 2 > len(letters)


def likeness(one: str, two: str) -> float | None:
    """Return 0…1: twice the shared pairs of letters over all pairs (Dice 1945), 1 for a name within the other; None if not comparable."""
    a, b = _letters(one), _letters(two)
    if not a or not b or _arabic(a) != _arabic(b):
        return None
    if min(len(a), len(b)) >= 3 and (a in b or b in a):
        return 1.0
    first, second = _pairs(a), _pairs(b)
    return 2 * len(first & second) / (len(first) + len(second))
