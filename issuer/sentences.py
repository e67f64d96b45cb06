"""What the issuer's codes say to people, in Arabic and English; codes of the core speak with the core's sentences."""

from __future__ import annotations

import re

from acts.errors import SENTENCES as ACT_SENTENCES
from governorate.errors import SENTENCES as GOVERNORATE_SENTENCES
from maps.errors import SENTENCES as MAP_SENTENCES
from objects.errors import SENTENCES as OBJECT_SENTENCES
from seal import sentences as core
from seal.catalogue import Catalogue, Language
from web.faults import SENTENCES as SETTING_SENTENCES

_UNITS = {"m": "م", "km": "كم"}
_UNIT = re.compile(r"(?<=\d )k?m\b")  # behind a number: a detail is made once for both languages


#: The issuer's sentences, and those of a governorate's files, of settings, acts, map files and stores of files.
SENTENCES = Catalogue("issuer", over=(GOVERNORATE_SENTENCES, SETTING_SENTENCES, ACT_SENTENCES, MAP_SENTENCES, OBJECT_SENTENCES))


def say(code: str, language: Language, detail: str = "") -> str:
    """Return the sentence of `code`, with what it is about in its place or in brackets. Raises KeyError for a code without a sentence."""
    if language == "ar":
        detail = _UNIT.sub(lambda match: _UNITS[match[0]], detail)
    own = SENTENCES.get(code)
    sentence = own[language] if own else core.say(code, language)
    if "{detail}" in sentence:
        return sentence.replace("{detail}", detail or "…")
    return f"{sentence} ({detail})" if detail else sentence
