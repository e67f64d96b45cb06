"""Sheets that are bent, folded, steep and soiled: what the readers of others lose is read, and nothing else is read into it."""

from dataclasses import replace

import numpy as np
import pytest
import zxingcpp

from qr import finders, flatten
from qr.read import FLATTENED, MODEL_2, PLAIN, read
from tests.qr.camera import ours, seal_text
from tests.qr.sheets import Sheet, code, photograph

SHEETS = {
    "a can, 100°": Sheet(seed=1, cylinder=100, defocus=0.6),
    "a can, 140°": Sheet(seed=2, cylinder=140, share=0.7, defocus=0.6),
    "a can lying askew": Sheet(seed=3, cylinder=90, cylinder_way=35, turn=20, defocus=0.8),
    "a fold": Sheet(seed=4, fold=50, fold_way=70, defocus=0.7),
    "70° tilt": Sheet(seed=5, tilt=70, tilt_way=50, share=0.8),
    "8 % dirt": Sheet(seed=6, dirt=0.08, turn=10),
    "a finder pattern gone": Sheet(seed=18, dirt=0.05, turn=-15),
    "glare": Sheet(seed=21, glare=1.2, tilt=20),
}


def lost_corner(modules: np.ndarray) -> np.ndarray:
    """The code with its upper left finder pattern torn off."""
    torn = modules.copy()
    torn[:9, :9] = False
    return torn


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS.keys())
def test_sheets_are_read(sheet: Sheet) -> None:
    text = seal_text(sheet.seed)
    assert FLATTENED.texts(photograph(code(text), sheet)) == [text]


def test_a_code_without_one_of_its_finder_patterns_is_read() -> None:
    text = seal_text(31)
    picture = photograph(lost_corner(code(text)), Sheet(seed=31, turn=12, tilt=15))
    assert PLAIN.texts(picture) == []
    assert read(picture, ours=ours) == (text,)


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
@pytest.mark.parametrize("characters", [12, 60, 200, 700])
def test_other_codes_than_ours_are_read_too(level: str, characters: int) -> None:
    text = "https://menu.example/" + "Abc/9" * (characters // 5)
    sheet = Sheet(seed=characters, cylinder=80, share=0.8, defocus=0.5)
    assert FLATTENED.texts(photograph(code(text, level), sheet)) == [text]


def test_two_codes_in_one_picture_are_both_read() -> None:
    texts = [seal_text(41), seal_text(42)]
    bent = [photograph(code(text), Sheet(seed=40, width=900, cylinder=90)) for text in texts]
    assert sorted(FLATTENED.texts(np.hstack(bent))) == sorted(texts)


def test_a_code_seen_from_behind_gives_nothing() -> None:
    """The grid of a mirror image is as regular, but its modules are in no order that could be mended."""
    picture = photograph(code(seal_text(43)), Sheet(seed=43, cylinder=80))
    assert FLATTENED.texts(np.ascontiguousarray(picture[:, ::-1])) == []


@pytest.mark.parametrize("seed", range(6))
def test_pictures_without_a_code_give_nothing(seed: int) -> None:
    random = np.random.default_rng(seed)
    blocks = random.integers(0, 2, (60, 80), dtype=np.uint8).repeat(12, axis=0).repeat(12, axis=1) * 255
    grid = np.where((np.arange(900) // 9 % 2)[:, None] ^ (np.arange(900) // 9 % 2)[None, :], 30, 220).astype(np.uint8)
    for picture in (blocks, grid, random.integers(0, 256, (500, 700), dtype=np.uint8)):
        assert FLATTENED.texts(picture) == []


def test_dirt_beyond_mending_gives_nothing_rather_than_something_else() -> None:
    for seed in range(4):
        text = seal_text(50 + seed)
        assert FLATTENED.texts(photograph(code(text), Sheet(seed=50 + seed, dirt=0.3))) in ([], [text])


@pytest.mark.parametrize("quad", [np.zeros((4, 2)), np.full((4, 2), np.nan), np.array([[0, 0], [9, 9], [18, 18], [27, 27]])])
def test_a_frame_without_area_gives_nothing(quad: np.ndarray) -> None:
    picture = np.full((300, 300), 128, np.uint8)
    assert list(flatten.flattened(picture, quad.astype(np.float32), 53)) == []


def test_finder_patterns_are_found_with_the_size_of_their_modules() -> None:
    picture = photograph(code(seal_text(60)), Sheet(seed=60, share=0.7))
    found = finders.finders(picture)
    assert len(found) == 3
    side = 0.7 * 960 / (53 + 8)  # pixels a module
    for finder in found:
        assert np.linalg.norm(finder.axes, axis=0) == pytest.approx([side, side], rel=0.1)
    assert finders.frames(picture)[0].modules == 53


@pytest.mark.parametrize("shape", [(1, 1), (21, 21), (22, 3000), (40, 40)])
def test_odd_shapes_have_no_frames(shape: tuple[int, int]) -> None:
    for value in (0, 255):
        picture = np.full(shape, value, np.uint8)
        assert finders.frames(picture) == []
        assert finders.textured(picture) == []


def test_the_simulated_sheet_without_trouble_is_read_by_others() -> None:
    """The photographer is honest: what it makes of a flat sheet any reader reads."""
    text = seal_text(70)
    for share in (0.3, 0.8):
        picture = photograph(code(text), replace(Sheet(seed=70, turn=5), share=share))
        assert [found.text for found in zxingcpp.read_barcodes(picture, formats=MODEL_2)] == [text]
