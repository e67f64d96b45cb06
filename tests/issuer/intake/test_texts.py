"""Texts: what looks the same is the same, and nothing hides."""

import unicodedata
from collections import defaultdict

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from issuer.intake import texts
from issuer.intake.texts import folded, near, parse, skeleton, tidy
from seal.errors import LicenseError
from seal.license import FORBIDDEN
from seal.site import Point, offset
from tests.issuer.intake.conftest import table_of


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("  محل   ذهب  ", "محل ذهب"),
        ("محل\r\nذهب", "محل ذهب"),
        ("محل\u00a0ذهب\u2003", "محل ذهب"),
        ("الأمل\u202d", "الأمل"),
        ("\u202bمحل\u202c \u202c", "محل"),
        ("\u200fصيدلية\u200e", "صيدلية"),
        ("صيد\u200bلية\ufeff", "صيدلية"),
        ("ﻣﺤﻞ ﻧﻈﺎﺭﺍﺕ", "محل نظارات"),
        ("Ｃａｆe\u0301", "Ｃａｆé"),
        ("=1+1", "=1+1"),
        ("'quoted'", "'quoted'"),
    ],
)
def test_texts_are_tidied(raw: str, meant: str) -> None:
    assert parse(raw, "trade_name") == meant


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("محل \u202eتزوير\u202c", "direction_override"),
        ("a\u2066b", "direction_override"),
        ("محل\0 قماش", "control_character"),
        ("a\x07b", "control_character"),
        ("a\x85b", "control_character"),
        ("a\ud800b", "control_character"),
        ("\u202d\u200b", "trade_name_missing"),
        ("x" * 81, "trade_name_too_long"),
        ("\ufdfa" * 81, "trade_name_too_long"),
    ],
)
def test_what_hides_or_is_too_much_is_refused(raw: str, code: str) -> None:
    with pytest.raises(LicenseError) as refused:
        parse(raw, "trade_name")
    assert (refused.value.code, refused.value.field) == (code, "trade_name")


@given(st.text(max_size=120))
@example("\u202d\u0301a")
@example("a \u200d b")
def test_a_parsed_text_is_stable_and_hides_nothing(raw: str) -> None:
    try:
        text = parse(raw, "address")
    except LicenseError as refused:
        assert refused.field == "address"
        return
    assert tidy(text) == text == unicodedata.normalize("NFC", text) == text.strip()
    assert "  " not in text
    assert not FORBIDDEN.search(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("مخبز الأمل", "مخبز الامل"),
        ("صيدلية الشفاء", "صيدليه  الشفا"),
        ("مقهى البحر", "مقهي البحر"),
        ("مُحَمَّد", "محمـــد"),
        ("كافيه 7", "كافيه ٧"),
        ("Café Délices", "CAFE DELICES"),
        ("ركن-البن.", "ركن البن"),
        ("مطعم السمك", "مطعم السماك"),
        ("مخبز الحرية", "مخبز الحربة"),
    ],
)
def test_other_spellings_are_near(one: str, other: str) -> None:
    assert near(skeleton(one), skeleton(other))
    assert near(skeleton(other), skeleton(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café™", "CAFÉ TM"),
        ("ﬁsh ½", "Fish 1⁄2"),
        ("مكتبة ﷺ", "مكتبة صلى الله عليه وسلم"),
        ("ＢＡＲ ②", "bar 2"),
        ("ΟΔΟΣ", "οδος"),
    ],
)
def test_compatibility_characters_are_known_again_and_sealed_as_written(one: str, other: str) -> None:
    assert parse(one, "trade_name") == one, "as written"
    assert folded(one) == folded(other)
    assert near(skeleton(one), skeleton(other)), "what is known again is a twin under another file number"


@pytest.mark.parametrize(("one", "other"), [("مخبز الأمل", "مخبز الامل"), ("مخبز 1", "مخبز ١"), ("Cafe", "Café"), ("Café", "Café TM")])
def test_ordinary_spelling_counts_in_what_is_known_again(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text(max_size=40))
def test_the_folded_form_is_stable(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("محل لعب", "محل حلوى"),
        ("محل", "محب"),
        ("صيدلية الشفاء 1", "صيدلية الشفاء 2"),
        ("صيدلية الشفاء", "صيدلية الشفاء 2"),
        ("صيدلية ١٢", "صيدلية ١٣"),
        ("مخبز الأمل", "مخبز النور"),
        ("★", "☆"),
    ],
)
def test_other_names_are_not_near(one: str, other: str) -> None:
    assert not near(skeleton(one), skeleton(other))
    assert not near(skeleton(other), skeleton(one))


@given(st.text(max_size=40), st.text(max_size=40))
def test_skeletons_are_stable_and_nearness_is_mutual(one: str, other: str) -> None:
    bare = skeleton(one)
    assert skeleton(bare) == bare
    assert near(bare, bare)
    assert near(bare, skeleton(other)) == near(skeleton(other), bare)


@given(st.text(alphabet="ابتثجحخدذرزسش", min_size=7, max_size=20), st.data())
def test_a_letter_left_out_of_a_long_name_is_near(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    assert near(name, name[:at] + name[at + 1 :])
    assert near(name, name[:at] + "ق" + name[at + 1 :])
    assert not near(name, name[:at] + "7" + name[at + 1 :])


def test_no_two_of_the_thousand_licenses_are_near_twins() -> None:
    by_type = defaultdict(list)
    for each in table_of("alexandria_licenses.csv"):
        by_type[each["type"]].append((skeleton(each["trade_name"]), Point(float(each["latitude"]), float(each["longitude"]))))
    pairs = [(one, other) for rows in by_type.values() for i, one in enumerate(rows) for other in rows[:i] if near(one[0], other[0])]
    assert len(pairs) > 100, "the names do repeat: chains have many shops"
    assert min(sum(metre**2 for metre in offset(one[1], *other[1])) ** 0.5 for one, other in pairs) > 30


_LETTERS = "".join(map(chr, (*range(0x21, 0x7F), *range(0x621, 0x63B), *range(0x641, 0x64B), 0x60C, *range(0x660, 0x66A))))


@given(st.text(st.sampled_from("abz~!ءغفي،٠٩# ") | st.sampled_from("\n\t\u0640\u064b\u200f\xa0é\u202e"), max_size=12))
@example("")
@example(" ")
@example("a\n")
@example("a ")
@example("أ  ب")
def test_what_needs_no_second_look_hides_nothing_and_is_tidy(text: str) -> None:
    """The short way is for words of usual letters with one space between them, and what it lets pass the long way would too."""
    usual = not set(text) - set(_LETTERS + " ") and " ".join(text.split()) == text
    assert bool(texts._USUAL(text)) == usual
    if usual:
        assert not FORBIDDEN.search(text) and not texts._INVISIBLE(text)
        assert not any(unicodedata.category(letter) in ("Mn", "Me", "Cf") for letter in text)
        assert unicodedata.normalize("NFC", text) == text == texts._SPACES.sub(" ", texts._MARKS.sub("", text)).strip()
