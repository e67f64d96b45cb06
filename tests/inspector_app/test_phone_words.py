"""The phone app's own words: Arabic numbers in their forms (Unicode CLDR, plural rules), and one word for a license."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests import nodejs
from tests.conftest import ROOT, unavailable

PWA = ROOT / "inspector_app/pwa"
OWN = (PWA / "src/words.json", PWA / "src/inspections/words.json", ROOT / "inspector_app/data/sentences.json")
FORMS = {"ar": 5, "en": 2}
COUNTED = re.compile(r"\{number\} (?!م\b|كم\b)[\u0621-\u064a]{2,}|\{number\} (?!m\b|km\b)[A-Za-z]{2,}")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What the app says for lengths of time (seconds) and counts, in both languages."""
    try:
        node, bundle = nodejs.program(), nodejs.bundle(PWA, "src/words.js", tmp_path_factory.mktemp("words"))
    except nodejs.NodeUnavailable as error:
        unavailable(str(error))
    ask = f"""
    import {{ say, span }} from "{bundle.as_uri()}";
    const told = {{}};
    for (const language of ["ar", "en"]) {{
      told[language] = {{}};
      for (const days of [2, 3, 10, 11, 99, 100, 101, 102, 103, 111]) told[language][`${{days}} d`] = span(days * 86400, language);
      for (const hours of [2, 3, 11, 47]) told[language][`${{hours}} h`] = span(hours * 3600, language);
      for (const minutes of [0, 1, 2, 5, 60, 119]) told[language][`${{minutes}} m`] = span(minutes * 60, language);
      for (const number of [0, 1, 2, 3, 11, 100, 2000]) told[language][`${{number}} r`] = say("log_count", language, {{ number }});
    }}
    process.stdout.write(JSON.stringify(told));
    """
    done = subprocess.run([node, "--input-type=module", "-e", ask], check=True, capture_output=True, text=True, timeout=60)
    told: dict[str, dict[str, str]] = json.loads(done.stdout)
    return told


def test_arabic_numbers_stand_in_their_forms(said: dict[str, dict[str, str]]) -> None:
    days = {"2 d": "يومين", "3 d": "3 أيام", "10 d": "10 أيام", "11 d": "11 يوماً", "99 d": "99 يوماً"}
    days |= {"100 d": "100 يوم", "101 d": "101 يوم", "102 d": "102 يوم", "103 d": "103 أيام", "111 d": "111 يوماً"}
    hours = {"2 h": "ساعتين", "3 h": "3 ساعات", "11 h": "11 ساعة", "47 h": "47 ساعة"}
    minutes = {"0 m": "0 دقيقة", "1 m": "دقيقة", "2 m": "دقيقتين", "5 m": "5 دقائق", "60 m": "60 دقيقة", "119 m": "119 دقيقة"}
    results = {"0 r": "0 نتيجة", "1 r": "نتيجة واحدة", "2 r": "نتيجتان", "3 r": "3 نتائج", "11 r": "11 نتيجة", "100 r": "100 نتيجة"}
    assert said["ar"] == days | hours | minutes | results | {"2000 r": "2000 نتيجة"}


def test_english_numbers_too(said: dict[str, dict[str, str]]) -> None:
    assert [said["en"][count] for count in ("1 m", "0 m", "2 h", "11 d", "1 r", "2 r")] == [
        "1 minute",
        "0 minutes",
        "2 hours",
        "11 days",
        "1 result",
        "2 results",
    ]


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_what_is_counted_has_all_forms_and_a_license_has_one_name(path: Path) -> None:
    for code, texts in json.loads(path.read_text()).items():
        for language, text in texts.items():
            assert text.count("|") in (0, FORMS[language] - 1), code
            assert "|" in text or not COUNTED.search(text), f"{code}: a number before a noun needs its forms"
        assert not re.search(r"(?<!م)رخص(ة|ه|\b)", texts["ar"]), f"{code}: ترخيص"
