"""Words in the one spelling by which things are found (web.spelling), of texts as the intake tidies them."""

from __future__ import annotations

import re

from issuer.intake.texts import tidy
from web import spelling
from web.spelling import WORD_MAX, bare

__all__ = ["WORD_MAX", "bare", "parts", "storable"]
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def parts(text: str) -> list[str]:
    """Return the words of a text, each in the one spelling, without those of a single letter that is no digit."""
    return spelling.words(tidy(text))


def storable(text: str) -> str:
    """Return a text without what no database keeps: NUL and halves of surrogate pairs."""
    return _UNSTORABLE.sub("", text)
