"""What templates of these pages say of verdicts, differences, lengths and positions, in one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Response, render_template
from markupsafe import Markup

from inspections.visits.explaining import sentence
from inspections.web import words
from inspections.web.visitor import language
from seal.catalogue import Language
from web import writing

_GAP = "{"


def page(template: str, status: int = 200, **told: Any) -> Response:
    """Return a page whose template has the words of this module."""
    spoken = language()
    bound: dict[str, Any] = {name: _in(spoken, say) for name, say in _SAID.items()}
    return Response(render_template(template, **bound, **told), status)


def reason(code: str, spoken: Language) -> str:
    """Return a verdict's reason in a few words: a sentence with gaps has a short form of its own here."""
    if not code:
        return "—"
    for key in (f"brief_{code}", code):
        if key in words.TABLE and _GAP not in words.TABLE[key][spoken]:
            return words.TABLE.say(key, spoken)
    return code


def difference(code: str, detail: Mapping[str, Any], spoken: Language) -> str:
    """Return what newer lists say beside the phone's verdict, as a sentence."""
    return sentence(code, detail, spoken)


def metres(decimetres: int | None, spoken: Language) -> str:
    """Return a length in metres, a dash for none."""
    return "—" if decimetres is None else words.TABLE.say("metres", spoken, number=round(decimetres / 10))


def written(latitude: float | None, longitude: float | None, spoken: Language) -> Markup:
    """Return a position in degrees, a dash for none."""
    return Markup("—") if latitude is None or longitude is None else words.isolated(f"{latitude:.5f}, {longitude:.5f}")


def pounds(piastres: int, spoken: Language) -> Markup:
    """Return an amount in pounds, kept together in its own direction."""
    whole, rest = divmod(piastres, 100)
    return Markup("{} {}").format(words.isolated(f"{whole:,}.{rest:02}"), words.TABLE.say("pounds", spoken))


def day(value: date, spoken: Language) -> str:
    """Return a day as people write it."""
    return writing.day(value, spoken)


def _in(spoken: Language, say: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: say(*values, spoken)


_SAID: Mapping[str, Callable[..., Any]] = {
    **{"reason": reason, "difference": difference, "metres": metres},
    **{"written": written, "pounds": pounds, "day": day},
}
