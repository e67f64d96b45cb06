"""What the codes say to people, in Arabic and English. The same sentences on the page, the command line and the phone."""

from __future__ import annotations

from collections.abc import Mapping

from .catalogue import Catalogue, Language
from .verdict import TOLD, Finding, Verdict

#: Every sentence of the core; and what stands around a verdict on a page or a phone, titles and labels.
SENTENCES = Catalogue("seal")
WORDS = Catalogue("seal", "words.json")

#: Headlines of what is no license code, by its code; everything else is "not a license code".
_NO_LICENSE = {
    "damaged": "decision_incomplete",
    "unused_input": "decision_incomplete",
    "number_alone": "decision_number",
    "number_elsewhere": "decision_number_elsewhere",
    "receipt_not_license": "decision_receipt",
    "notice_not_license": "decision_notice",
}


def say(code: str, language: Language, detail: Mapping[str, int | str] | None = None) -> str:
    """Return the sentence of `code`, its gaps filled. Raises KeyError for a code without a sentence."""
    return SENTENCES.say(code, language, **_readable(detail, language) if detail else {})


def both(code: str) -> str:
    """Return `code` with its sentence in both languages, as command lines print a refusal."""
    return SENTENCES.both(code)


def finding(found: Finding, language: Language) -> str:
    """Return the sentence of a finding."""
    return say(found.code, language, found.detail)


def violation(code: str, named: Mapping[str, Mapping[str, str]], language: Language) -> str:
    """Return what a notice was given for in the words of `named` (a trust list's); else its code, and that the words are not known."""
    words = named.get(code)
    return words[language] if words else say("notice_violation_unworded", language, {"kind": code})


def headline(verdict: Verdict, language: Language) -> str:
    """Return the words that go with the colour: short enough to read at arm's length."""
    return say(headline_code(verdict), language)


def headline_code(verdict: Verdict) -> str:
    """Return the code of these words."""
    match verdict.decision, verdict.seal, verdict.place:
        case "valid", _, "here":
            code = "decision_valid"
        case "valid", _, _:
            code = "decision_valid_seal"
        case "invalid", "genuine", _:
            code = "decision_elsewhere"
        case "undecided", "genuine", _:
            shop = verdict.claims is not None and verdict.claims.type == "shop"
            code = "decision_unplaced_shop" if shop else "decision_unplaced"
        case _, "not_license", _:
            code = _NO_LICENSE.get(verdict.reason.code, "decision_no_code")
        case decision, _, _:
            code = f"decision_{decision}"
    return code


def advice(verdict: Verdict, language: Language) -> str:
    """Return what to do now, "" where the reason says it all."""
    code = f"todo_{verdict.reason.code}"
    if code in SENTENCES:
        return say(code, language)
    return say("todo_invalid", language) if verdict.decision == "invalid" else ""


def distance(decimetres: int, language: Language) -> str:
    """Return a distance as people say it: metres up to a kilometre, then kilometres with one digit."""
    metres = decimetres // 10
    if metres < 1000:
        return say("metres", language, {"number": metres})
    return say("kilometres", language, {"number": f"{metres / 1000:.1f}"})


def direction(bearing: int, language: Language) -> str:
    """Return a bearing (degrees) as one of eight winds."""
    return say(f"compass_{round(bearing / 45) % 8}", language)


def lines(verdict: Verdict, language: Language) -> list[str]:
    """Return the verdict in plain lines, for terminals: headline, license, reasons, what it does not prove, reference."""
    held, claims = verdict.license, verdict.claims
    text = [headline(verdict, language)]
    if held and claims:
        until = held.last_day.isoformat() if held.last_day else say("label_open_ended", language)
        text.append(f"  {verdict.number}  {held.trade_name} — {held.activity}")
        text.append(f"  {held.address}  {held.first_day.isoformat()} → {until}")
    for found in verdict.findings:
        if found.outcome in TOLD or (found.check == "site" and verdict.seal != "not_license"):
            text.append(f"  {say(f'check_{found.check}', language)}: {finding(found, language)}")
    if told := advice(verdict, language):
        text.append(f"  {told}")
    text += [f"  {say(code, language)}" for code in verdict.proves_not]
    return [*text, f"  {say('label_reference', language)}: {verdict.reference}"]


def _readable(detail: Mapping[str, int | str], language: Language) -> dict[str, str]:
    words = {key: str(value) for key, value in detail.items()}
    if "distance_dm" in detail:
        words["distance"] = distance(int(detail["distance_dm"]), language)
        words["uncertainty"] = distance(int(detail["uncertainty_dm"]), language)
        words["bearing"] = direction(int(detail["bearing"]), language)
    return words
