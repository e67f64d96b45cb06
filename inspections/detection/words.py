"""What an alert says to people, in Arabic and English."""

from __future__ import annotations

from seal.catalogue import Catalogue, Language

from .records import Alert, Evidence

WORDS = Catalogue("inspections.detection", "words.json")


def sentence(alert: Alert, language: Language) -> str:
    """Return what was found, in one sentence."""
    return WORDS.say(alert.code, language, **alert.gaps)


def evidence(one: Evidence, language: Language) -> str:
    """Return one line of evidence: what was expected, what was seen, and where the line is drawn."""
    return WORDS.say(f"evidence_{one.what}", language, seen=one.seen, expected=one.expected, threshold=one.threshold)


def advice(alert: Alert, language: Language) -> str:
    """Return what to do next."""
    return WORDS.say(f"todo_{alert.code}", language)
