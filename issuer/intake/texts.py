"""Texts as people wrote them, but for what nobody sees; nothing that hides or reorders letters; and a skeleton to compare by."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from seal.errors import LicenseError
from seal.license import FORBIDDEN, TEXT_LIMITS
from web.spelling import DIGITS, letters

from .vocabulary import vocabulary

#: Longer than any text of a license once it is tidied; what is longer is not worth normalising.
RAW_MAX = 1_000
# Most cells hold nothing but words of these, one space between them; such a text stays as it is, which one look decides.
_WORD = "[!-~\u0621-\u063a\u0641-\u064a\u060c\u0660-\u0669]++"
_USUAL = re.compile(f"(?:{_WORD}(?: {_WORD})*+)?").fullmatch
# Invisible, and without them the text reads the same: soft hyphen, combining grapheme joiner, Arabic letter mark, zero-width space and
# joiners, left-to-right and right-to-left marks, word joiner, byte order mark, and the selectors between two drawings of one character.
_MARKS = re.compile("[\xad\u034f\u061c\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
_SPACES = re.compile("[\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_DIRECTION = re.compile(f"[{_DIRECTIONS}]").search
_EDGES = _DIRECTIONS + " "
#: Drawn as nothing although they count as letters or signs: fillers of Hangul, vowels and selectors of scripts nobody here writes, the
#: empty Braille cell. A name of them is a name that nobody sees.
_INVISIBLE = re.compile(
    "[\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a]"
).search
_STACK_MAX = 3  # marks on one letter: a doubled letter with a vowel and a long vowel has three

# A letter that joins the one after it; the others of the Arabic script join only the one before, or none.
_LETTER = "\u0620-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff"
_BREAKING = (
    "\u0621-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf\u06d2\u06d3\u06d5\u06ee\u06ef"
)
_JOINING = f"(?![{_BREAKING}])[{_LETTER}][\u064b-\u065f\u0670]*"
_KEPT_APART = re.compile(f"({_JOINING})\u200c+(?=[{_LETTER}])").sub
_JOINED_ON = re.compile(f"({_JOINING})\u200d+(?![{_LETTER}\u200c\u200d])").sub
_JOINED_BEFORE = re.compile(f"(?<![{_LETTER}\u064b-\u065f\u0670\u200c\u200d])\u200d+(?=[{_LETTER}])").sub

#: What a spreadsheet writes where a formula failed.
CELL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"})

_NEAR_LETTERS = 6
_PLACEHOLDER_MAX = 12


def _shapes() -> dict[int, str]:
    """Return the letters that stand for their own shapes (initial, medial, final, alone), which old programs wrote in their place.

    They look the same and are the same letters. Words and phrases drawn as one sign (U+FDF0–FDFC) are signs, and stay.
    """
    found = {}
    for number in (*range(0xFB50, 0xFDF0), *range(0xFE70, 0xFEFD)):
        tag, *parts = unicodedata.decomposition(chr(number)).split() or [""]
        if tag in {"<initial>", "<medial>", "<final>", "<isolated>"} and parts[0] != "0020":
            found[number] = "".join(chr(int(part, 16)) for part in parts)
    return found


_SHAPES = _shapes()


def tidy(text: str) -> str:
    """Return `text` as written, in NFC: white space collapsed, without harmless invisible marks, or direction controls at its edges.

    What a joiner did to the letters stays (docs/adr/0028): a non-joiner between letters that would join becomes a space, a joiner
    after or before a letter that stands alone a tatweel. Letters written as shapes become letters.
    """
    if _USUAL(text):
        return text
    if "\u200c" in text or "\u200d" in text:
        text = _JOINED_BEFORE("ـ", _JOINED_ON(r"\1ـ", _KEPT_APART(r"\1 ", text)))
    text = unicodedata.normalize("NFC", _MARKS.sub("", text).translate(_SHAPES))
    # Real data ends in a stray U+202D: at the very edge it reorders nothing.
    return _SPACES.sub(" ", text).strip(_EDGES)


def figures(text: str) -> str:
    """Return a cell that should hold numbers: without invisible marks, white space collapsed, with Arabic-Indic and Persian digits as 0–9.

    Never a compatibility form: it would make 31.2 with a footnote mark ² into 31.22.
    """
    if not text or (text.isascii() and _USUAL(text)):
        return text
    return _SPACES.sub(" ", _MARKS.sub("", text)).strip(_EDGES).translate(DIGITS)


def parse(text: str, field: str) -> str:
    """Return a text of a license, tidied. It is never taken for a formula.

    Raises LicenseError: `<field>_missing`, `<field>_too_long`, and those of `refuse_false` and `refuse_nameless`.
    """
    limit = TEXT_LIMITS[field]
    if len(text) > RAW_MAX:
        raise LicenseError(f"{field}_too_long", field, f"{len(text)} > {limit}")
    usual = bool(_USUAL(text))
    tidied = text if usual else tidy(text)
    if not tidied:
        raise LicenseError(f"{field}_missing", field)
    if not usual or tidied[0] == "#":
        refuse_false(tidied, field)
    refuse_nameless(tidied, field)
    if len(tidied) > limit:
        raise LicenseError(f"{field}_too_long", field, f"{len(tidied)} > {limit}")
    return tidied


def refuse_false(text: str, field: str) -> None:
    """Return if nothing in `text` hides or reorders it, and it is no spreadsheet's error.

    Raises LicenseError: `cell_error`, `direction_override`, `control_character`, `invisible_character`, `marks_stacked`.
    """
    if text[:1] == "#" and text.upper() in CELL_ERRORS:
        raise LicenseError("cell_error", field)
    if _USUAL(text):  # what is usual is neither forbidden nor a mark
        return
    if FORBIDDEN.search(text):
        code = "direction_override" if _DIRECTION(text) else "control_character"
        raise LicenseError(code, field)
    if _INVISIBLE(text):
        raise LicenseError("invisible_character", field)
    if _stack(text) > _STACK_MAX:
        raise LicenseError("marks_stacked", field)


def _stack(text: str) -> int:
    """Return the largest number of marks upon one another."""
    most = height = 0
    for character in text:
        height = height + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        most = max(most, height)
    return most


def refuse_nameless(text: str, field: str) -> None:
    """Return if a tidied text names something. Raises LicenseError: `placeholder`, `no_letters`."""
    if is_placeholder(text):
        raise LicenseError("placeholder", field, text)
    if text[0].isalnum() and text[0] != "ـ":
        return  # as nearly always
    if not any(letter.isalnum() and letter != "ـ" for letter in text):
        raise LicenseError("no_letters", field)


def is_placeholder(text: str) -> bool:
    """Say whether a tidied cell only stands for an empty one, as «لا يوجد», a dash or a zero does."""
    return len(text) <= _PLACEHOLDER_MAX and (text.casefold() in vocabulary().placeholders or not text.translate(DIGITS).strip("0"))


def folded(text: str) -> str:
    """Return the form by which a name is known again: compatibility characters as what they stand for (™ as tm, ½, ligatures), no case,
    no white space. For comparison only; what is sealed is as written.

    Ordinary spelling counts: an alef without its hamza is a near twin (`skeleton`), which a person decides.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    # What casefold made of a letter, or what stands beside what now, may compose once more.
    return unicodedata.normalize("NFKC", "".join(plain.casefold().split()))


@lru_cache(maxsize=4096)
def skeleton(text: str) -> str:
    """Return what stays of a name when its spelling does not count (`web.spelling.letters`).

    A name with neither letters nor digits is its own skeleton.
    """
    return letters(text) or tidy(text)


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
