"""A trade name in two scripts: as the sign has it, and in Latin letters, in the one text that a seal has for it (docs/adr/0078).

    مخبز الأمل · Al Amal Bakery

Every reader of seals shows that text as it is, also those that hang in the street since before there were such names. What compares names
goes by the first of the two: whoever adds a name in other letters has not become another shop.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from seal.errors import LicenseError
from seal.license import TEXT_LIMITS

from . import texts

FIELD = "trade_name_en"
SEPARATOR = " · "  # U+00B7 is in the alphabet of the fold (docs/format.md §4.3), so it costs little
LATIN_MAX = 60  # code points; with the other name and what stands between them at most the 80 of the seal
#: Letters with their accents up to U+024F, digits, and what stands in the names of shops; no other script, no separator.
_LATIN = re.compile("[A-Za-z0-9 \u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f&'’.,()+/!#@%°º*-]+").fullmatch
_LETTER = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]").search


class Name(NamedTuple):
    """A trade name; `latin` is the same in Latin letters, "" where a license has none."""

    name: str
    latin: str = ""


def parse(text: str) -> str:
    """Return a name in Latin letters, tidied; "" for an empty cell, or one that stands for an empty one.

    Raises LicenseError: `trade_name_en_too_long`, `trade_name_en_not_latin`, and those of `texts.refuse_false`.
    """
    if len(text) > texts.RAW_MAX:
        raise LicenseError(f"{FIELD}_too_long", FIELD, f"{len(text)} > {LATIN_MAX}")
    tidied = texts.tidy(text)
    if not tidied or texts.is_placeholder(tidied):
        return ""
    texts.refuse_false(tidied, FIELD)
    if len(tidied) > LATIN_MAX:
        raise LicenseError(f"{FIELD}_too_long", FIELD, f"{len(tidied)} > {LATIN_MAX}")
    if not is_latin(tidied):
        raise LicenseError(f"{FIELD}_not_latin", FIELD)
    return tidied


def is_latin(text: str) -> bool:
    """Say whether a text is a name in Latin letters: nothing of another script, and a letter at least."""
    return bool(_LATIN(text) and _LETTER(text))


def both(name: str, latin: str) -> str:
    """Return the text that a seal has for a name in two scripts: the name alone where the other says nothing new.

    Raises LicenseError `trade_names_too_long` where the two do not fit.
    """
    if not latin or texts.skeleton(name) == texts.skeleton(latin) or parted(name).latin == latin:
        return name
    joined = f"{name}{SEPARATOR}{latin}"
    if len(joined) > (most := TEXT_LIMITS["trade_name"]):
        raise LicenseError("trade_names_too_long", FIELD, f"{len(joined)} > {most}")
    return joined


def parted(text: str) -> Name:
    """Return the two names that a seal's text is made of; what is not made so is one name."""
    name, between, latin = text.rpartition(SEPARATOR)
    return Name(name, latin) if between and name and is_latin(latin) and not is_latin(name) else Name(text)


def skeleton(text: str) -> str:
    """Return the skeleton that a trade name is compared by: of its first script alone."""
    return texts.skeleton(parted(text).name)
