"""Text into lines that fit. SVG breaks no lines, and the fonts of whoever prints the card are not ours to know.

Widths are therefore estimates on the wide side: those of DejaVu Sans Bold, the widest of the usual fonts.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from seal.catalogue import Language

_EMS = {"W": 1.12, "M": 1.0, "m": 1.05, "w": 0.93, "@": 1.0, "%": 1.0, " ": 0.36, "…": 1.0}
_ARABIC, _CAPITAL, _OTHER, _FULL = 0.56, 0.85, 0.72, 1.05
_BROAD = frozenset({0xFDFA, 0xFDFB, 0xFDFD})  # ligatures of whole phrases


class Setting(NamedTuple):
    """Lines, and the size (in the unit of the width) at which each of them fits."""

    lines: tuple[str, ...]
    size: float


def width(text: str) -> float:
    """Return about how wide `text` is, in ems; rather too wide than too narrow."""
    return sum(map(_em, text))


def _em(character: str) -> float:
    if character in _EMS:
        return _EMS[character]
    if unicodedata.combining(character):
        return 0.0
    if ord(character) in _BROAD:
        return 8.0
    if unicodedata.bidirectional(character) in ("AL", "R"):
        return _ARABIC
    if unicodedata.east_asian_width(character) in ("W", "F") or ord(character) > 0x2FFF:
        return _FULL
    return _CAPITAL if character.isupper() else _OTHER


def fit(text: str, within: float, *, sizes: tuple[float, ...], most_lines: int) -> Setting:
    """Return `text` in as few lines as sizes allow: one if a size is large enough, else more. The last size takes what it needs."""
    for count in range(1, most_lines + 1):
        for size in sizes if count > 1 else sizes[:2]:  # rather two lines than a much smaller one
            lines = broken(text, within / size)
            if len(lines) <= count:
                return Setting(lines, size)
    return Setting(broken(text, within / sizes[-1]), sizes[-1])


def broken(text: str, ems: float) -> tuple[str, ...]:
    """Return `text` in lines of at most `ems`, broken between words; a word that is too long is broken within."""
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width(joined) <= ems:
            line = joined
            continue
        lines += [line] if line else []
        line = word
        while width(line) > ems:
            kept = next(end for end in range(len(line), 0, -1) if end == 1 or width(line[:end]) <= ems)
            lines.append(line[:kept])
            line = line[kept:]
    return tuple([*lines, line] if line or not lines else lines)


def direction(text: str) -> Language:
    """Return the language whose direction `text` has: that of its first letter (Unicode UAX #9, rules P2 and P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            return "en" if kind == "L" else "ar"
    return "ar"
