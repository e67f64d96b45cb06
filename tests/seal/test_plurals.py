"""Counted things: the forms of Arabic, and that every sentence which counts has all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from seal import catalogue, plurals, sentences
from tests.conftest import ROOT

TABLES = (
    "seal/data/sentences.json",
    "seal/data/words.json",
    "verifier/data/words.json",
    "inspector_app/data/sentences.json",
    "inspector_app/pwa/src/words.json",
    "office/desk/data/words.json",
)
COUNTING = ("age_minutes", "age_hours", "age_days")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "عمرها 0 يوم"),
        (1, "عمرها يوم واحد"),
        (2, "عمرها يومان"),
        (3, "عمرها 3 أيام"),
        (10, "عمرها 10 أيام"),
        (11, "عمرها 11 يوماً"),
        (99, "عمرها 99 يوماً"),
        (100, "عمرها 100 يوم"),
        (102, "عمرها 102 يوم"),
        (103, "عمرها 103 أيام"),
        (111, "عمرها 111 يوماً"),
        (366, "عمرها 366 يوماً"),
        (1000, "عمرها 1000 يوم"),
    ],
)
def test_arabic_counts_in_five_forms(number: int, said: str) -> None:
    assert catalogue.filled(sentences.WORDS["age_days"]["ar"], {"number": number}, "ar") == said


def test_english_counts_in_two() -> None:
    template = sentences.WORDS["age_days"]["en"]
    assert [catalogue.filled(template, {"number": number}, "en") for number in (0, 1, 2)] == ["0 days old", "1 day old", "2 days old"]


def counted(words: Mapping[str, str]) -> bool:
    """Whether a sentence puts a number before a noun: a gap, a blank and an Arabic word, but for units: م, ميجابايت."""
    return bool(re.search(r"\{(number|days|seals|count)\} (?!ميجا)[\u0621-\u064a]{3,}", words["ar"].split("|")[-1]))


@pytest.mark.parametrize("path", TABLES)
def test_what_counts_has_every_form(path: str) -> None:
    table = {code: words for code, words in json.loads((ROOT / path).read_text("utf-8")).items() if isinstance(words, dict)}
    for code, words in table.items():
        forms = {language: words[language].split("|") for language in ("ar", "en")}
        for language, said in forms.items():
            assert len(said) in (1, len(plurals.FORMS[language])), code
        assert len(forms["ar"]) > 1 or not counted(words), f"{code} counts and has one form"


def test_sentences_that_count_are_among_them() -> None:
    assert all("|" in sentences.WORDS[code][language] for code in COUNTING for language in ("ar", "en"))
    assert sentences.say("validity_too_long", "ar", {"days": 100}).endswith("(100 يوم)")
    assert sentences.say("validity_too_long", "en", {"days": 1}).endswith("(1 day)")
