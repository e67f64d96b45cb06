"""One way to keep what people read: every room's texts are a `seal.catalogue.Catalogue`, complete in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from seal.catalogue import Catalogue

HOUSE = Path(__file__).parent.parent.parent
FILES = sorted(
    file
    for name in ("sentences.json", "words.json")
    for file in HOUSE.glob(f"*/**/{name}")
    if not {"build", "node_modules", "dist", "tests"} & set(file.relative_to(HOUSE).parts)
    and not file.relative_to(HOUSE).parts[0].startswith(".")
)
#: The file that may read them.
READER = "seal/catalogue.py"


def test_there_are_some() -> None:
    assert len(FILES) >= 10


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HOUSE)))
def test_every_text_is_in_both_languages_with_the_same_gaps(file: Path) -> None:
    texts: Mapping[str, Mapping[str, str]] = json.loads(file.read_text("utf-8"))
    for code, text in texts.items():
        assert set(text) == {"ar", "en"} and all(text.values()), code
        ar, en = (set(re.findall(r"\{(\w+)\}", text[language])) for language in ("ar", "en"))
        assert ar == en or "|" in text["ar"], code  # a form for one or two may say the number in a word


def test_nobody_reads_them_by_another_way() -> None:
    readers = {
        str(file.relative_to(HOUSE))
        for room in (
            "accounts",
            "demo",
            "inspections",
            "inspector_app",
            "issuer",
            "keys",
            "office",
            "published",
            "qr",
            "seal",
            "storage",
            "verifier",
            "web",
            "witness",
        )
        for file in (HOUSE / room).rglob("*.py")
        if re.search(r'(sentences|words)\.json"\)\.read_text', file.read_text("utf-8"))
    }
    assert readers <= {READER}


def test_a_room_wins_over_those_below() -> None:
    below = {"only_below": {"ar": "ب", "en": "b"}, "decision_valid": {"ar": "لا", "en": "no"}}
    over = Catalogue("seal", over=(below,))
    assert over["only_below"]["en"] == "b" and over["decision_valid"]["en"] != "no"
    assert over.say("only_below", "ar") == "ب" and over.both("only_below", "7") == "only_below: b / ب (7)"
    with pytest.raises(KeyError):
        over.say("no such code", "ar")
