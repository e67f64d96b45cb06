"""What the camera tool says, in Arabic and English; codes of the core and of pictures speak with their own sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from qr.errors import SENTENCES as PICTURE_SENTENCES
from seal import sentences as core
from seal.sentences import Language


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Return every sentence by its code: {"ar": …, "en": …}."""
    own: dict[str, dict[str, str]] = json.loads(files(__package__).joinpath("data/sentences.json").read_text("utf-8"))
    return {**core.sentences(), **PICTURE_SENTENCES, **own}


def say(code: str, language: Language, **detail: str | int) -> str:
    """Return the sentence of `code`, its gaps filled. Raises KeyError for a code without a sentence."""
    sentence = table()[code][language]
    return core.filled(sentence, detail, language) if detail else sentence


def both(code: str, detail: str = "") -> str:
    """Return the code and its sentence in both languages, as errors are told."""
    return f"{code}: {say(code, 'en')} / {say(code, 'ar')}" + (f" ({detail})" if detail else "")
