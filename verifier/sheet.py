"""A verdict in the words of a page. Templates take nothing else, so what is not verified cannot be shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from seal import sentences
from seal.catalogue import Language
from seal.claims import position_text
from seal.site import Fix
from seal.trust import Name, TrustList
from seal.verdict import Finding, Verdict, as_dict
from web.writing import day, moment

from . import words
from .drawing import Drawing, draw

DETAIL_METRES = ("width_cm", "height_cm")


class Line(NamedTuple):
    """One line of the eight checks (none of what is no license code). `outcome` is the stable word, the rest is for people."""

    name: str
    outcome: str
    outcome_words: str
    sentence: str


class Row(NamedTuple):
    """One line of the license. `ltr` marks numbers and codes, which keep their direction in Arabic text."""

    label: str
    value: str
    ltr: bool = False


class Sheet(NamedTuple):
    """Everything that a page says about one verdict."""

    verdict: Mapping[str, Any]  # exactly the object that the API answers
    icon: str
    headline: str
    reason: str
    todo: str  # what to do now, "" where the reason says it all
    compare: tuple[Row, ...]  # what to hold against the real thing: only for a genuine seal
    lines: tuple[Line, ...]
    rows: tuple[Row, ...]
    extent: str
    position: str  # latitude and longitude to the digits that the license, the card and the phone show; "" without a site
    drawing: Drawing | None
    not_proven: tuple[str, ...]
    checked: str
    freshness: str


def sheet(verdict: Verdict, *, trust: TrustList, language: Language, fix: Fix | None = None) -> Sheet:
    """Return what the page says about `verdict`; `trust` gives the names of types and activities."""
    told = as_dict(verdict)
    rows = _rows(told, trust, language)
    site = verdict.claims.site if verdict.claims else None
    genuine = verdict.seal == "genuine"
    return Sheet(
        verdict=told,
        icon=_icon(verdict),
        headline=sentences.headline(verdict, language),
        reason=_reason(verdict, language),
        todo=sentences.advice(verdict, language),
        compare=tuple(row for code, row in rows.items() if genuine and code in {"trade_name", "address", "authority"}),
        lines=() if verdict.seal == "not_license" else tuple(_line(found, language) for found in verdict.findings),
        rows=tuple(rows.values()),
        extent=_extent(site.radius_m, language) if site else "",
        position=position_text(site.point) if site else "",
        drawing=draw(site, fix) if site else None,
        not_proven=tuple(words.say(code, language) for code in verdict.proves_not),
        checked=words.say("checked_at", language, moment=moment(verdict.now, language)),
        freshness=_freshness(verdict, language),
    )


def _line(found: Finding, language: Language) -> Line:
    name, outcome = (words.say(code, language) for code in (f"check_{found.check}", f"outcome_{found.outcome}"))
    return Line(name, found.outcome, outcome, sentences.finding(found, language))


def _icon(verdict: Verdict) -> str:
    if verdict.decision == "undecided" and verdict.seal == "genuine":
        return "compare"
    return "elsewhere" if verdict.decision == "invalid" and verdict.seal == "genuine" else verdict.decision


def _reason(verdict: Verdict, language: Language) -> str:
    if verdict.seal == "genuine" and verdict.place == "not_checked":
        return words.say("unplaced_advice", language)
    return sentences.finding(verdict.reason, language)


def _rows(told: Mapping[str, Any], trust: TrustList, language: Language) -> dict[str, Row]:
    """Return the license line by line, empty unless the signature held."""
    held = told["license"]
    if held is None:
        return {}
    until = words.say("label_open_ended", language) if held["last_day"] is None else _day(held["last_day"], language)
    values = {
        "trade_name": held["trade_name"],
        "type": _name(trust.types, held["type"], language),
        "activity": _name(trust.activities, held["activity"], language),
        "address": held["address"],
        "authority": held["authority"][language],  # an address is one of its district's
        "holder": held["holder"],
        "first_day": _day(held["first_day"], language),
    }
    rows = {code: Row(words.say(f"label_{code}", language), value) for code, value in values.items()}
    rows["last_day"] = Row(words.say("term" if held["last_day"] is None else "valid_until", language), until)
    for code, value in held["details"].items():
        said = words.say("metres_value", language, number=f"{value / 100:g}") if code in DETAIL_METRES else str(value)
        rows[code] = Row(words.say(code, language), said)
    rows["number"] = Row(words.say("label_number", language), held["number"], ltr=True)
    rows["sealed_on"] = Row(words.say("label_sealed_on", language), _day(held["sealed_on"], language))
    return rows


def _name(names: Mapping[str, Name], code: str, language: Language) -> str:
    """Return the name that the trust list gives, else what the seal itself says."""
    return names[code][language] if code in names else code


def _day(iso: str, language: Language) -> str:
    return day(date.fromisoformat(iso), language)


def _extent(radius_m: int, language: Language) -> str:
    return words.say("site_radius", language, number=radius_m) if radius_m else words.say("site_footprint", language)


def _freshness(verdict: Verdict, language: Language) -> str:
    if not verdict.status_iat:
        return words.say("freshness_none", language, sequence=verdict.trust_sequence)
    age = words.age(verdict.now - verdict.status_iat, language)
    return words.say("freshness", language, status=age, sequence=verdict.trust_sequence)
