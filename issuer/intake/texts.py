"""Texts as a person reads them: one spelling for what looks the same, and nothing that hides or reorders letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from seal.errors import LicenseError
from seal.license import FORBIDDEN, TEXT_LIMITS

#: Longer than any text of a license after NFKC, which may shorten it; what is longer is not worth normalising.
RAW_MAX = 1_000
# Most cells hold nothing but these; such a text is NFKC already, so one search decides that it stays as it is.
_UNUSUAL = re.compile("[^ !-~\u0621-\u063a\u0641-\u064a\u060c\u0660-\u0669]|  |^ | $").search
# Invisible, and without them the text reads the same: soft hyphen, Arabic letter mark, zero-width space and joiners,
# left-to-right and right-to-left marks, word joiner, byte order mark.
_MARKS = re.compile("[\xad\u061c\u200b-\u200f\u2060\ufeff]")
_SPACES = re.compile("[\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_DIRECTION = re.compile(f"[{_DIRECTIONS}]").search
_EDGES = _DIRECTIONS + " "
_DIGITS = {zero + digit: str(digit) for zero in (0x660, 0x6F0) for digit in range(10)}
#: What a spreadsheet writes where a formula failed.
CELL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"})

_ALIKE = str.maketrans({"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ـ": None, "ء": None} | _DIGITS)
_NEAR_LETTERS = 6


def tidy(text: str) -> str:
    """Return `text` in NFKC, white space collapsed, without harmless invisible marks and without direction controls at its edges."""
    if not _UNUSUAL(text):
        return text
    text = unicodedata.normalize("NFKC", _MARKS.sub("", text))
    # Real data ends in a stray U+202D: at the very edge it reorders nothing.
    return _SPACES.sub(" ", text).strip(_EDGES)


def figures(text: str) -> str:
    """Return a cell that should hold numbers: without invisible marks, white space collapsed, with Arabic-Indic and Persian digits as 0–9.

    Never NFKC: it would make 31.2 with a footnote mark ² into 31.22.
    """
    if text.isascii() and not _UNUSUAL(text):
        return text
    return _SPACES.sub(" ", _MARKS.sub("", text)).strip(_EDGES).translate(_DIGITS)


def parse(text: str, field: str) -> str:
    """Return a text of a license, tidied. It is never taken for a formula.

    Raises LicenseError: `<field>_missing`, `<field>_too_long`, `direction_override`, `control_character`, `cell_error`.
    """
    limit = TEXT_LIMITS[field]
    if len(text) > RAW_MAX:
        raise LicenseError(f"{field}_too_long", field, f"{len(text)} > {limit}")
    tidied = tidy(text)
    if not tidied:
        raise LicenseError(f"{field}_missing", field)
    refuse_false(tidied, field)
    if len(tidied) > limit:
        raise LicenseError(f"{field}_too_long", field, f"{len(tidied)} > {limit}")
    return tidied


def refuse_false(text: str, field: str) -> None:
    """Return if nothing in `text` hides or reorders it, and it is no spreadsheet's error. Raises LicenseError."""
    if text[:1] == "#" and text in CELL_ERRORS:
        raise LicenseError("cell_error", field)
    if FORBIDDEN.search(text):
        code = "direction_override" if _DIRECTION(text) else "control_character"
        raise LicenseError(code, field)


@lru_cache(maxsize=4096)
def skeleton(text: str) -> str:
    """Return what stays of a name when its spelling does not count: letters and digits, in one form for those often mixed up.

    Dropped or made alike: alef, ya and ta marbuta forms, hamza, diacritics, tatweel, digits of other scripts, case, punctuation, spaces.
    A name with neither letters nor digits is its own skeleton.
    """
    parts = unicodedata.normalize("NFKD", text).translate(_ALIKE).casefold()
    # What casefold made (a final sigma, an expanded ligature) may compose and decompose once more.
    kept = "".join(letter for letter in unicodedata.normalize("NFKD", parts) if letter.isalnum())
    return kept or tidy(text)


def near(one: str, other: str) -> bool:
    """Say whether two skeletons are equal, or one letter apart: changed, left out or added, in names of six letters or more.

    A digit never counts as a slip: «صيدلية 1» and «صيدلية 2» are two.
    """
    if one == other:
        return True
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(long) - len(short) > 1 or len(short) < _NEAR_LETTERS:
        return False
    start = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    added = len(long) > len(short)
    if short[start:] != long[start + 1 :] if added else short[start + 1 :] != long[start + 1 :]:
        return False
    return not long[start].isdigit() and (added or not short[start].isdigit())
