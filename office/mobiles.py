"""Egyptian mobile numbers: from any usual writing to E.164.

The national numbering plan has 01 and one of 0, 1, 2, 5 for the four networks, then eight digits; abroad +20 takes the place of the 0.
"""

from __future__ import annotations

import re

from issuer.errors import IssuerError

_LONGEST = 40
_DIGITS = {first + digit: str(digit) for first in (0x0660, 0x06F0) for digit in range(10)}  # Arabic-Indic, and the Persian ones
_IGNORED = dict.fromkeys(map(ord, " \t\u00a0\u202f-\u2010\u2011\u2012\u2013.()/\u200e\u200f\u202a\u202c\u2066\u2067\u2068\u2069"))
_NUMBER = re.compile(r"(?:(?:\+|00)20|0)(1[0125][0-9]{8})", re.ASCII)
_E164 = re.compile(r"\+201[0125][0-9]{8}", re.ASCII)


def parse(text: str) -> str:
    """Return the number as E.164, such as the `+20` form with twelve digits. Raises IssuerError `mobile_invalid`."""
    plain = text.translate(_DIGITS).translate(_IGNORED) if len(text) <= _LONGEST else ""
    found = _NUMBER.fullmatch(plain)
    if found is None:
        raise IssuerError("mobile_invalid")  # what was typed is personal: it is no detail
    return "+20" + found[1]


def is_e164(text: str) -> bool:
    """Tell whether `text` is what `parse` returns."""
    return _E164.fullmatch(text) is not None


def dialled(number: str) -> str:
    """Return an E.164 number as it is dialled in Egypt."""
    return f"0{number[3:]}"


def masked(number: str) -> str:
    """Return an E.164 number as people write it, without its middle; an empty one stays empty."""
    return f"0{number[3:5]}••••{number[-4:]}" if number else ""
