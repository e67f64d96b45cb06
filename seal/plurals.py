"""Counted things in words: the form of a sentence that goes with a number (Unicode CLDR, plural rules for cardinals).

A sentence that counts has its forms in one text, divided by `|`: one, two, few, many, other in Arabic; one, other in English. What is
counted is the first gap of the last form. None of our sentences has words of its own for nothing: 0 takes the last form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Category = Literal["zero", "one", "two", "few", "many", "other"]
FORMS: Mapping[str, tuple[Category, ...]] = {"ar": ("one", "two", "few", "many", "other"), "en": ("one", "other")}
_GAP = re.compile(r"\{(\w+)\}")


def category(number: int, language: Literal["ar", "en"]) -> Category:
    """Return the plural category of a number, 0 or more."""
    if language == "en":
        return "one" if number == 1 else "other"
    small: tuple[Category, ...] = ("zero", "one", "two")
    if number < len(small):
        return small[number]
    rest = number % 100
    return "few" if 3 <= rest <= 10 else "many" if rest >= 11 else "other"


def chosen(template: str, gaps: Mapping[str, object], language: Literal["ar", "en"]) -> str:
    """Return the form of `template` that goes with its count, all of it if it counts nothing. Raises KeyError without a count."""
    forms = template.split("|")
    counted = _GAP.search(forms[-1])
    if len(forms) == 1 or counted is None:
        return template
    named = dict(zip(FORMS[language], forms, strict=False))
    return named.get(category(int(str(gaps[counted[1]])), language), forms[-1])
