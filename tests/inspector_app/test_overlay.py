"""The picture with verdicts over it."""

import numpy as np
import pytest
from PIL import ImageColor, features

from inspector_app import lettering, overlay, signs
from inspector_app.signs import COLOURS, Sign, banner
from seal import sentences
from seal.verify import verify
from tests.world import World

SIZE = (1280, 180)
LONG = "شركة الإسكندرية الدولية لتجارة وتوزيع الأدوات المنزلية والكهربائية وقطع الغيار والمفروشات"


def colour(decision) -> list[int]:
    return list(ImageColor.getrgb(COLOURS[decision][0]))[::-1]


def luminance(colour_: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [part / 255 for part in ImageColor.getrgb(colour_)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def sign(decision="valid", *, name="مخبز النور", reason="Because") -> Sign:
    return Sign(decision, "Headline", reason, name)


def ink_columns(picture, decision) -> np.ndarray:
    """Columns of a banner that hold anything but its ground."""
    return np.flatnonzero((picture != colour(decision)).any(axis=2).any(axis=0))


def test_arabic_is_shaped_and_runs_from_right_to_left() -> None:
    assert features.check("raqm")
    face = lettering.font(40)
    joined, apart = lettering.width("سمك", face, "ar"), sum(lettering.width(letter, face, "ar") for letter in "سمك")
    assert joined < apart


@pytest.mark.parametrize("decision", COLOURS)
def test_ink_stands_out_from_its_ground(decision) -> None:
    light, dark = sorted(map(luminance, COLOURS[decision]), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 6


@pytest.mark.parametrize("decision", COLOURS)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_banner_has_colour_icon_and_words_on_the_side_of_its_language(decision, language) -> None:
    picture = banner(sign(decision), SIZE, language)
    assert picture.shape == (180, 1280, 3)
    inked = ink_columns(picture, decision)
    icon = inked > 1080 if language == "ar" else inked < 200
    words = (inked > 640) & (inked < 1080) if language == "ar" else (inked > 200) & (inked < 640)
    assert icon.sum() > 100
    assert words.sum() > 60


def test_icons_differ_in_shape_not_in_colour_only() -> None:
    shapes = {}
    for decision in COLOURS:
        picture = banner(Sign(decision, "", "", ""), SIZE, "en")
        shapes[decision] = (picture != colour(decision)).any(axis=2)
    assert not np.array_equal(shapes["valid"], shapes["invalid"])
    assert not np.array_equal(shapes["invalid"], shapes["undecided"])


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("name", [LONG, LONG + " " + LONG, "A" * 80, ""])
def test_long_names_stay_inside(language, name) -> None:
    picture = banner(sign("invalid", name=name, reason="why " * 60), SIZE, language)
    inked = ink_columns(picture, "invalid")
    assert inked.min() > 8
    assert inked.max() < 1272


def test_what_nobody_vouches_for_shows_no_name(tmp_path) -> None:
    world = World(tmp_path)
    lists = world.load()
    told = [
        signs.sign(verify(text, trust=lists.trust, status=lists.status, hosts=lists.trust.hosts, now=world.now), "en")
        for text in (world.forged(world.license()), "https://shop.example/1")
    ]
    assert [(one.decision, one.name) for one in told] == [("invalid", ""), ("undecided", "")]


def test_the_worst_seal_has_the_banner_and_the_others_a_strip() -> None:
    frame = np.zeros((720, 1280, 3), np.uint8)
    picture = overlay.shown(frame, [sign("valid"), sign("invalid"), sign("undecided")], notes="", language="ar")
    rows = [list(picture[y, 640]) for y in (719, 719 - 180 - 2, 719 - 180 - 55)]
    assert rows == [colour("invalid"), colour("undecided"), colour("valid")]
    assert not frame.any(), "the frame itself is read afterwards and stays as it is"


@pytest.mark.parametrize("shape", [(480, 640, 3), (480, 640), (1080, 1920, 3), (1280, 720, 3), (24, 1280, 3)])
def test_every_size_of_picture_is_shown(shape) -> None:
    many = [sign("valid", name=f"{i}") for i in range(9)]
    picture = overlay.shown(np.full(shape, 90, np.uint8), many, notes="31.2, 29.9", language="ar")
    assert picture.shape == (round(shape[0] * 1280 / shape[1]), 1280, 3)


def test_without_a_code_it_says_what_to_do() -> None:
    frame = np.full((720, 1280, 3), 90, np.uint8)
    for language in ("ar", "en"):
        picture = overlay.shown(frame, [], notes="", language=language)
        assert len(np.unique(picture[690:, :, 1])) > 10
        assert sentences.SENTENCES["decision_valid"][language]
