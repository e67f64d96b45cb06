"""Pictures to texts: hard photographs, several codes, foreign codes, deadlines."""

import io
import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import cv2
import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from qr.errors import OutOfTimeError
from qr.read import DEEP, ENLARGED, PLAIN, QUICK, plan, read, read_frame
from tests.qr import sheets, strangers
from tests.qr.camera import Gray, Shot, any_shot, ours, photograph, seal_text, side_by_side
from tests.qr.sheets import Sheet
from tests.share import share

STEPS = {step.name: step for step in (*QUICK, *DEEP)}
FOREIGN = "https://OTHER.EXAMPLE/123456"

# A photograph for each step that this step reads and the plain one does not.
ONLY_WITH: dict[str, Shot | Sheet] = {
    "half size": Shot(seed=188, module=6.3, turn=-57, defocus=1.7, noise=8, gain=0.4, shade=0.9, glare=0.9),
    "median": Shot(seed=22, module=7.5, defocus=2.8, noise=29, gain=0.6),
    "equalised": Shot(seed=198, module=8.7, turn=54, defocus=1.8, gain=0.2, shade=0.9, glare=1.4),
    "sharpened": Shot(seed=23, module=8.3, turn=17, defocus=2, gain=0.3, shade=0.9, glare=1.2),
    "zbar on a third": Shot(seed=157, module=8.4, defocus=2.4, noise=26, gain=0.3),
    "enlarged by half": Shot(seed=65, module=2.2, turn=49, tilt=0.3, defocus=0.3, noise=8, quality=50),
    "zbar on half": Shot(seed=54, module=7.6, defocus=1.3, noise=4, scratches=4),
    "enlarged and sharpened": Shot(seed=35, module=2.4, turn=-76, defocus=1.1, noise=10, quality=50),
    "doubled": Shot(seed=66, module=8.2, defocus=2, noise=109, level="Q"),
    "zbar on threshold": Shot(seed=134, module=6.8, defocus=0.8, noise=10, scratches=3),
    "one threshold": any_shot(45),
    "small and equalised": sheets.conditions(12)["shadow"],
    "stretched across": sheets.conditions(0)["tilt"],
    "stretched down": sheets.conditions(9)["tilt"],
    "flattened": sheets.conditions(2)["cylinder"],
    "logarithm": sheets.conditions(3)["shadow"],
    "shade at 60 %": sheets.conditions(12)["shadow"],
    "shade at 35 %": sheets.conditions(11)["fold"],
    "zbar": sheets.conditions(4)["reflection"],
}

CONDITIONS = {
    "tilted": Shot(seed=1, tilt=0.35, turn=20),
    "blurred": Shot(seed=2, defocus=1.8),
    "moved": Shot(seed=3, module=6, motion=4),
    "noisy": Shot(seed=4, noise=25),
    "far away": Shot(seed=5, module=2.4),
    "small": Shot(seed=6, module=3, width=320, height=240),
    "poor JPEG": Shot(seed=7, quality=20),
    "glare": Shot(seed=8, glare=0.6),
    "dark": Shot(seed=9, gain=0.12),
    "half in shade": Shot(seed=10, shade=0.8),
    "inverted": Shot(seed=11, inverted=True),
    "scratched": Shot(seed=12, scratches=2, module=6),
    "outdoor board": Shot(seed=13, level="Q", turn=-33),
    **{f"turned by {angle}": Shot(seed=14, turn=angle) for angle in (90, 180, 270)},
}


def taken(text: str, shot: Shot | Sheet) -> Gray:
    """The photograph of a card, or of a sheet."""
    return photograph(text, shot) if isinstance(shot, Shot) else sheets.photograph(sheets.code(text), shot)


@pytest.mark.parametrize("shot", CONDITIONS.values(), ids=CONDITIONS.keys())
def test_photographs_are_read(shot: Shot) -> None:
    text = seal_text(shot.seed)
    assert read(photograph(text, shot), ours=ours) == (text,)


@pytest.mark.parametrize("name", ONLY_WITH)
def test_each_step_reads_what_the_plain_one_does_not(name: str) -> None:
    text = seal_text(ONLY_WITH[name].seed)
    picture = taken(text, ONLY_WITH[name])
    assert text in STEPS[name].texts(picture)
    assert text not in PLAIN.texts(picture)
    assert read(picture, ours=ours) == (text,)


def test_no_step_is_without_a_proof() -> None:
    assert set(ONLY_WITH) == set(STEPS) - {PLAIN.name}


def test_a_scene_without_a_code_gives_nothing() -> None:
    assert read(photograph(None, Shot(seed=20)), ours=ours) == ()
    assert read_frame(photograph(None, Shot(seed=20)), ours=ours, deep=True) == ()


@pytest.mark.parametrize("shape", [(1, 1), (0, 5), (5, 0), (2, 3000), (20, 20), (21, 21), (22, 5000), (3000, 30)])
def test_odd_shapes_give_nothing(shape: tuple[int, int]) -> None:
    for value in (0, 255):
        assert read(np.full(shape, value, np.uint8), ours=ours) == ()
        assert read_frame(np.full(shape, value, np.uint8), ours=ours, deep=True) == ()


@given(arrays.arrays(np.uint8, st.tuples(st.integers(0, 90), st.integers(0, 90))))
@settings(max_examples=share(40), deadline=None)
def test_any_pixels_are_read_without_a_fault(picture: np.ndarray) -> None:
    assert isinstance(read(picture, ours=ours), tuple)


@pytest.mark.parametrize("size", [(2000, 1500), (4000, 3000)])
def test_large_pictures_are_read(size: tuple[int, int]) -> None:
    text = seal_text(21)
    picture = photograph(text, Shot(seed=21, width=size[0], height=size[1], module=8, turn=12, noise=4))
    assert read(picture, ours=ours) == (text,)


def test_a_small_code_in_a_large_picture_is_read_at_full_size() -> None:
    text = seal_text(22)
    picture = np.full((3000, 4000), 200, np.uint8)
    code = side_by_side([text], module_px=3)
    picture[1000 : 1000 + code.shape[0], 3000 : 3000 + code.shape[1]] = code
    assert read(picture, ours=ours) == (text,)
    smaller = cv2.resize(picture, (1280, 960), interpolation=cv2.INTER_AREA)
    assert read(smaller, ours=ours) == ()


def test_colour_frames_of_a_camera_are_read() -> None:
    text = seal_text(23)
    frame = cv2.cvtColor(photograph(text, Shot(seed=23)), cv2.COLOR_GRAY2BGR)
    assert read(frame, ours=ours) == read_frame(frame, ours=ours) == (text,)


def test_all_codes_of_the_step_are_returned_each_once() -> None:
    texts = [seal_text(24), seal_text(25), FOREIGN, seal_text(24)]
    assert sorted(read(side_by_side(texts), ours=ours)) == sorted(set(texts))


def test_foreign_codes_alone_are_returned_so_that_the_caller_can_say_so() -> None:
    assert set(read(side_by_side([FOREIGN, seal_text(26, host="X.EXAMPLE")]), ours=ours)) == {
        FOREIGN,
        seal_text(26, host="X.EXAMPLE"),
    }


def test_a_foreign_code_does_not_end_the_search() -> None:
    """The plain step sees the foreign code only; ours is too noisy for it."""
    text = seal_text(22)
    picture = taken(text, ONLY_WITH["median"]).copy()
    foreign = side_by_side([FOREIGN], module_px=4)
    side = foreign.shape[0]
    corner = next(
        (y, x)
        for y, x in ((0, 0), (0, 1280 - side), (720 - side, 0), (720 - side, 1280 - side))
        if text in STEPS["median"].texts(_with(picture, foreign, y, x))
    )
    both = _with(picture, foreign, *corner)
    assert PLAIN.texts(both) == [FOREIGN]
    assert text in read(both, ours=ours)


def _with(picture: np.ndarray, patch: np.ndarray, y: int, x: int) -> np.ndarray:
    changed = picture.copy()
    changed[y : y + patch.shape[0], x : x + patch.shape[1]] = patch
    return changed


def _pixels(code: segno.QRCode, scale: int = 5) -> np.ndarray:
    buffer = io.BytesIO()
    code.save(buffer, kind="png", scale=scale, border=4)
    return np.asarray(Image.open(buffer).convert("L"))


def test_structured_append_is_harmless() -> None:
    """pyzbar raises ValueError on these; every step must live through them."""
    for code in segno.make_sequence("https://OTHER.EXAMPLE/" + "12345678" * 40, symbol_count=3, error="M"):
        picture = _pixels(code)
        assert len(read(picture, ours=ours)) == 1
        for step in STEPS.values():
            assert isinstance(step.texts(picture), list)


def test_micro_qr_and_other_codes_are_not_returned() -> None:
    assert read(_pixels(segno.make_micro("12345"), scale=10), ours=lambda _: True) == ()
    for name in ("DataMatrix", "Aztec", "Code128"):
        barcode = zxingcpp.create_barcode("12345", getattr(zxingcpp.BarcodeFormat, name))
        assert read(np.array(barcode.to_image(scale=6)), ours=lambda _: True) == ()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00abc", b"\xd8\xa7\xff", "شهادة".encode(), bytes(range(256))])
def test_bytes_that_are_no_text_do_not_break_the_reader(content: bytes) -> None:
    found = read(_pixels(segno.make_qr(content, mode="byte", encoding="iso-8859-1")), ours=ours)
    assert found
    assert all(isinstance(text, str) for text in found)


WRITINGS = [
    *(("Café Müller", None), ("Café Müller", "utf-8"), ("شركة الإسكندرية", None), ("こんにちは世界", None), ("こんにちは世界", "utf-8")),
    *(("Привет мир", "iso-8859-5"), ("中文", "gb18030"), ("🙂 ok", "utf-8")),
]


@pytest.mark.parametrize(("text", "encoding"), WRITINGS)
@pytest.mark.parametrize("name", ["plain", "zbar"])
def test_texts_are_returned_as_they_were_written(text: str, encoding: str | None, name: str) -> None:
    """Not all codes hold UTF-8: older ones have Latin-1 or Shift JIS, and zbar guesses."""
    named = encoding is not None and encoding != "utf-8"
    picture = _pixels(segno.make_qr(text, encoding=encoding, eci=named))
    if name == "zbar" and named:
        assert len(STEPS[name].texts(picture)) <= 1
    else:
        assert STEPS[name].texts(picture) == [text]


def test_codes_that_were_seen_beside_a_clear_one_are_looked_for() -> None:
    """One of ours is clear, the other is on a can: the plain step sees both and reads one."""
    clear, bent = seal_text(31), seal_text(1)
    can = sheets.photograph(sheets.code(bent), Sheet(seed=1, cylinder=100, defocus=0.6))
    card = side_by_side([clear], module_px=3)
    picture = np.hstack([can, np.pad(card, ((0, can.shape[0] - card.shape[0]), (0, 0)), constant_values=255)])
    seen = PLAIN.look(picture)
    assert (seen.texts, seen.unread) == ([clear], True)
    assert set(read(picture, ours=ours)) == {clear, bent}
    assert read(picture, ours=ours, deadline=up_after(1).__next__) == (clear,)


@pytest.mark.parametrize("kind", ["nominal", "many", "covered", "cut off", "no quiet zone", "inverted", "tiny", "torn corner", "close"])
def test_strangers_codes_are_read(kind: str) -> None:
    """All of them, and nothing else."""
    picture, texts = strangers.stranger(kind, 3)
    assert set(read(picture, ours=lambda _: False)) == set(texts)


def up_after(calls: int) -> Iterator[bool]:
    return (number >= calls for number in count())


def test_time_is_asked_for_before_each_step_and_running_out_is_not_nothing() -> None:
    blank, seen = photograph(None, Shot(seed=27)), []
    for allowed in range(len(STEPS)):
        with pytest.raises(OutOfTimeError) as refusal:
            read(blank, ours=ours, deadline=up_after(allowed).__next__)
        seen.append(refusal.value.detail.removeprefix("before the step: "))
        assert refusal.value.code == "reading_out_of_time"
    assert seen == list(STEPS)
    assert read(blank, ours=ours, deadline=up_after(len(STEPS)).__next__) == ()


def test_a_foreign_text_is_returned_once_the_quick_steps_are_through() -> None:
    """Before, one of ours may yet be found by the next cheap look; after, what was found is what is known."""
    picture = side_by_side([FOREIGN])
    for allowed in range(len(QUICK)):
        with pytest.raises(OutOfTimeError):
            read(picture, ours=ours, deadline=up_after(allowed).__next__)
    assert read(picture, ours=ours, deadline=up_after(len(QUICK)).__next__) == (FOREIGN,)


def test_a_text_found_in_time_is_returned() -> None:
    text = seal_text(28)
    assert read(photograph(text, Shot(seed=28)), ours=ours, deadline=up_after(1).__next__) == (text,)


def test_a_deep_frame_reads_farther_than_a_quick_one() -> None:
    shot = ONLY_WITH[ENLARGED.name]
    picture = taken(seal_text(shot.seed), shot)
    assert read_frame(picture, ours=ours) == ()
    assert read_frame(picture, ours=ours, deep=True) == (seal_text(shot.seed),)


@pytest.mark.parametrize(("size", "flattened_at"), [((960, 1280), [1280]), ((1500, 2000), [1920]), ((3000, 4000), [1920])])
def test_what_costs_most_looks_at_a_picture_once(size: tuple[int, int], flattened_at: list[int]) -> None:
    looks = [(step.name, max(seen.shape)) for step, seen in plan(np.zeros(size, np.uint8))]
    assert [side for name, side in looks if name == "flattened"] == flattened_at
    assert len(looks) == len(set(looks)), "nothing is tried twice"
    assert ("plain", max(size)) in looks


def test_a_bent_sheet_in_a_photograph_of_eight_megapixels_is_read() -> None:
    text = seal_text(103)
    seen = sheets.photograph(sheets.code(text), Sheet(seed=103, width=3264, height=2448, share=0.3, cylinder=100, defocus=1.5))
    assert read(seen, ours=ours) == (text,)
    assert not any(text in step.texts(seen) for step in QUICK), "or it would show nothing"


def test_matrices_are_multiplied_by_one_thread() -> None:
    """A second one only waits, and is paid for. A process of its own: tests may have loaded further libraries."""
    program = """
import qr.read
from threadpoolctl import threadpool_info
print(*{pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"})
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split() == ["1"]
