"""Every code that can reach a person has a sentence in both languages, and nothing is left to fill in."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import seal
from seal import catalogue, sentences, verdict
from seal.verdict import CHECKS, Finding
from tests.conftest import ROOT
from tests.seal.test_verdict import bad_text, judged
from tests.vectors.making import seal as good_seal

ALL = sentences.SENTENCES
DETAILS = {
    "number_elsewhere": {"prefix": "GIZ", "ours": "ALX"},
    "site_here": {"distance_dm": 123, "uncertainty_dm": 81, "reach_dm": 400, "bearing": 361 - 1},
    "site_elsewhere": {"distance_dm": 99_990, "uncertainty_dm": 81, "reach_dm": 400, "bearing": 91},
    "site_too_close": {"distance_dm": 430, "uncertainty_dm": 81, "reach_dm": 400, "bearing": 0},
    "fix_inaccurate": {"accuracy_m": 300},
    "expired": {"day": "2026-01-01"},
    "not_yet_valid": {"day": "2027-01-01"},
    "validity_too_long": {"days": 366},
    "notice_pounds": {"pounds": "1,250.00"},
    "notice_working_days": {"number": 15},
    "notice_violation_unworded": {"kind": "noise"},
}
ERRORS = {"FormatError", "UnknownVersionError", "SignatureError", "ListError", "LicenseError"}


def codes_of(source: str) -> set[str]:
    """First arguments of every error of the tree that is made, and codes of every finding, where they are written out."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        index = 0 if node.func.id in ERRORS else 2 if node.func.id == "Finding" else None
        if index is not None and len(node.args) > index:
            found |= {leaf.value for leaf in ast.walk(node.args[index]) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)}
    return {code for code in found if re.fullmatch(r"[a-z][a-z_]+", code)}


def raised() -> set[str]:
    modules = [*Path(seal.__file__).parent.glob("*.py"), *(ROOT / "published").glob("*.py")]
    return set().union(*(codes_of(path.read_text("utf-8")) for path in modules))


def test_codes_are_found() -> None:
    assert codes_of('FormatError("a_b", "x y"); Finding("format", "failed", "c_d" if x else "e_f"); other("g_h")') == {"a_b", "c_d", "e_f"}
    assert {"damaged", "kid_unknown", "trust_list_older", "memory_corrupt", "site_too_close", "fix_old"} <= raised()


def test_every_code_that_is_raised_has_a_sentence() -> None:
    made = {f"{check}_ok" for check in CHECKS[:-2]} | {f"{kind}_missing" for kind in ("trust_list", "status_list")}
    texts = {f"{field}_{fault}" for field in ("activity", "trade_name", "holder", "address") for fault in ("missing", "too_long")}
    assert (raised() | made | texts) - set(ALL) == set()


@pytest.mark.parametrize("code", ALL)
def test_sentences_are_whole_in_both_languages(code: str) -> None:
    words = ALL[code]
    assert set(words) == {"ar", "en"}
    assert all(words.values())
    gaps = [{name for _, name, _, _ in string.Formatter().parse(words[language]) if name} for language in ("ar", "en")]
    assert gaps[0] == gaps[1], "the same gaps in both languages"
    assert re.search("[\u0600-\u06ff]", words["ar"])
    assert not re.search("[\u0600-\u06ff]", words["en"])


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("code", [code for code in ALL if code not in ("metres", "kilometres")])
def test_gaps_are_filled(code: str, language: catalogue.Language) -> None:
    said = sentences.finding(Finding("site", "passed", code, DETAILS.get(code, {})), language)
    assert "{" not in said
    assert "}" not in said


@pytest.mark.parametrize(
    ("decimetres", "said"), [(0, "0 m"), (9, "0 m"), (19, "1 m"), (9_999, "999 m"), (10_000, "1.0 km"), (12_345_678, "1234.6 km")]
)
def test_distances_as_people_say_them(decimetres: int, said: str) -> None:
    assert sentences.distance(decimetres, "en") == said


def test_directions_are_eight_winds() -> None:
    assert [sentences.direction(bearing, "en") for bearing in (0, 22, 23, 90, 180, 270, 337, 338, 359)] == [
        *("north", "north", "north-east", "east", "south", "west", "north-west", "north", "north"),
    ]


@pytest.mark.parametrize("language", ["ar", "en"])
def test_verdicts_as_lines(language: catalogue.Language) -> None:
    genuine, forged = "\n".join(sentences.lines(judged(good_seal()), language)), "\n".join(sentences.lines(judged(bad_text()), language))
    assert "مخبز النور" in genuine
    assert "مخبز" not in forged.replace("مخبزاً", "")
    assert judged(good_seal()).reference in genuine
    assert ALL["signature_invalid"][language] in forged


def test_every_headline_has_words() -> None:
    for decision in ("valid", "invalid", "undecided"):
        assert f"decision_{decision}" in ALL
    for check in CHECKS:
        assert f"check_{check}" in ALL
    for code in (*judged(good_seal()).proves_not, *verdict.CHECKS):
        assert code in ALL or f"check_{code}" in ALL
