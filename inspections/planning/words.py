"""Why a site is on the list, in Arabic and English."""

from __future__ import annotations

from seal.catalogue import Catalogue, Language

from .records import Scored, Stop

WORDS = Catalogue("inspections.planning", "words.json")


def why(of: Scored | Stop, language: Language) -> str:
    """Return the reasons in one line: “not visited for 400 days; critical finding last time”."""
    if isinstance(of, Stop) and of.chosen not in ("risk", "unseen"):
        return WORDS.say(f"chosen_{of.chosen}", language)
    said = [WORDS.say(f"reason_{each.code}", language, number=each.number) for each in of.reasons]
    return ("؛ " if language == "ar" else "; ").join(said) or WORDS.say("reason_ordinary", language)
