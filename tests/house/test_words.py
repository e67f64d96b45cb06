"""One Arabic word for a license, ترخيص, in everything that people read, and what goes with it is masculine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = (
    "seal",
    "qr",
    "published",
    "storage",
    "transparency",
    "keys",
    "accounts",
    "web",
    "issuer",
    "office",
    "inspections",
    "witness",
    "verifier",
    "inspector_app/pwa/src",
    "inspector_app/pwa/public",
    "demo",
)
KINDS = {".json", ".yaml", ".html", ".txt", ".py", ".js", ".geojson", ".webmanifest"}
WRITTEN = HOUSE / "issuer/data/intake.json"  # names that offices write above their columns: also رخصة is understood

OTHER_WORD = re.compile(r"(?<!م)رخص(?:ة|ه|\b)|\bرُخ")
FEMININE = re.compile(
    r"ترخيص(?:ك|ه|كم)?\s+(?:ال)?(?:صحيحة|سارية|صالحة|منتهية|موقوفة|ملغاة|جديدة|سابقة|قائمة|نفسها|التي)\b|(?:هذه|تلك)\s+الترخيص\b"
)


def texts() -> list[Path]:
    found = [path for room in ROOMS for path in (HOUSE / room).rglob("*") if path.suffix in KINDS and "node_modules" not in path.parts]
    return sorted(path for path in found if path != WRITTEN)


@pytest.mark.parametrize("fault", ["رخصة محل", "هذه الرخصة", "ترخيص صحيحة", "هذه الترخيص", "الترخيص التي"])
def test_the_rule_sees_a_fault(fault: str) -> None:
    assert OTHER_WORD.search(fault) or FEMININE.search(fault)


@pytest.mark.parametrize("sound", ["المرخص له", "الموقع المرخص", "ترخيص صحيح", "مدة هذا الترخيص", "تراخيص"])
def test_the_rule_lets_sound_words_pass(sound: str) -> None:
    assert not OTHER_WORD.search(sound) and not FEMININE.search(sound)


def test_a_license_has_one_arabic_word() -> None:
    lines = [
        f"{path.relative_to(HOUSE)}:{number}"
        for path in texts()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if OTHER_WORD.search(line) or FEMININE.search(line)
    ]
    assert lines == []
    assert len(texts()) > 300, "the rooms are looked through"
