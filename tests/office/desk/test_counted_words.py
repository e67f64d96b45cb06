"""Words that go with a number, as Arabic and English count."""

import pytest

from office.desk import words
from seal.catalogue import Language


@pytest.mark.parametrize(
    ("number", "ar", "en"),
    [
        (1, "يوم واحد", "1 day"),
        (2, "يومان", "2 days"),
        (3, "3 أيام", "3 days"),
        (10, "10 أيام", "10 days"),
        (11, "11 يومًا", "11 days"),
        (60, "60 يومًا", "60 days"),
        (103, "103 أيام", "103 days"),
        (352, "352 يومًا", "352 days"),
    ],
)
def test_days(number: int, ar: str, en: str) -> None:
    assert (words.say("span_days", "ar", number=number), words.say("span_days", "en", number=number)) == (ar, en)


@pytest.mark.parametrize(
    ("number", "ar", "en"),
    [
        (1, "يوم عمل واحد", "1 working day"),
        (2, "يوما عمل", "2 working days"),
        (3, "3 أيام عمل", "3 working days"),
        (10, "10 أيام عمل", "10 working days"),
        (11, "11 يوم عمل", "11 working days"),
        (30, "30 يوم عمل", "30 working days"),
        (100, "100 يوم عمل", "100 working days"),
    ],
)
def test_working_days(number: int, ar: str, en: str) -> None:
    assert (words.say("term_working_days", "ar", number=number), words.say("term_working_days", "en", number=number)) == (ar, en)


@pytest.mark.parametrize("language", ("ar", "en"))
def test_every_word_that_counts_has_all_its_forms(language: Language) -> None:
    counted = [code for code, said in words.TABLE.items() if "|" in said[language]]
    assert {"span_minutes", "span_hours", "span_days", "files", "corners"} <= set(counted)
    for code in counted:
        assert words.TABLE[code][language].count("|") == (4 if language == "ar" else 1), code
        assert "|" not in words.say(code, language, number=0)
