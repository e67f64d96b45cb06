"""What a look finds. Records in, records out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

from issuer.sentences import SENTENCES as ISSUER_SENTENCES
from keys.errors import SENTENCES as KEY_SENTENCES
from maps.errors import SENTENCES as MAP_SENTENCES
from seal.catalogue import Catalogue
from seal.sentences import SENTENCES as SEAL_SENTENCES
from verifier.following.errors import SENTENCES as FOLLOWING_SENTENCES
from web.cells import neutral

SENTENCES = Catalogue("office.doctor", over=(SEAL_SENTENCES, FOLLOWING_SENTENCES, KEY_SENTENCES, ISSUER_SENTENCES, MAP_SENTENCES))

MINUTE, HOUR, DAY = 60, 3600, 86_400
NOTHING: Mapping[str, str] = MappingProxyType({})


class Level(IntEnum):
    """How soon somebody must do something. `UNKNOWN`: it could not be looked at, which is no reason to be calm."""

    FINE = 0
    SOON = 1
    UNKNOWN = 2
    NOW = 3


class Value(NamedTuple):
    """A number for a monitor: the name of its metric, without `khatm_`, and what it is of. Ages and times left are in seconds."""

    name: str
    number: float
    labels: Mapping[str, str] = NOTHING


class Finding(NamedTuple):
    """One result of one look. `subject` is what was looked at; `code` has a sentence; `detail` holds no secret and nobody's data."""

    subject: str
    level: Level
    code: str
    detail: str = ""
    values: tuple[Value, ...] = ()

    def told(self) -> str:
        """Return the sentence in both languages."""
        detail = neutral(self.detail)  # the sentences are ours, and commands in Arabic ones stand between marks of direction
        text = {language: said.replace("{detail}", detail) for language, said in SENTENCES[self.code].items()}
        shown = "" if not detail or "{detail}" in SENTENCES[self.code]["en"] else f" ({detail})"
        return f"{self.code}: {text['en']} / {text['ar']}{shown}"


def by_age(age: int, *, soon: int, now: int) -> Level:
    """Return how pressing it is that something is `age` seconds old."""
    return Level.NOW if age > now else Level.SOON if age > soon else Level.FINE


def span(seconds: int) -> str:
    """Return how long, in the unit that tells it: `3 d`, `5 h`, `12 min`."""
    for unit, size in (("d", DAY), ("h", HOUR)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{max(0, seconds) // MINUTE} min"
