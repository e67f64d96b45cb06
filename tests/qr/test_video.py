"""Live video at night: what no single frame gives, the mean of some does; frames of different things are never mixed into one."""

import cv2
import numpy as np
import pytest

from qr.read import PLAIN, read_frame
from qr.video import Film, laid
from tests.qr.camera import Gray, Shot, ours, photograph, seal_text

NIGHT = 30  # sigma of the noise, of 255


def film(seed: int, frames: int) -> list[Gray]:
    """A code at dusk in an unsteady hand: it moves some pixels, turns and comes nearer from frame to frame."""
    random = np.random.default_rng(seed)
    still = photograph(seal_text(seed), Shot(seed=seed, module=4, noise=0, quality=100))
    seen, turn, place = [], 0.0, np.zeros(2)
    for _ in range(frames):
        place, turn = place + random.normal(0, 3, 2), turn + random.normal(0, 0.15)
        view = cv2.getRotationMatrix2D((640, 360), turn, 1 + random.normal(0, 0.003))
        view[:, 2] += place
        dark = cv2.warpAffine(still, view, (1280, 720), borderMode=cv2.BORDER_REPLICATE) * 0.3 + 8
        noisy = np.clip(dark + random.normal(0, NIGHT, dark.shape), 0, 255).astype(np.uint8)
        jpeg = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
        seen.append(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), np.uint8))
    return seen


def test_frames_together_read_what_single_ones_do_not() -> None:
    singly, together = 0, 0
    for seed in range(4):
        frames, live = film(seed, 8), Film(ours)
        singly += any(read_frame(frame, ours=ours) for frame in frames)
        together += any(live.read(frame) == (seal_text(seed),) for frame in frames)
    assert singly < together == 4


def test_the_mean_is_sharp_and_has_less_noise() -> None:
    frames = film(1, 8)
    mean = laid(frames)
    assert mean is not None
    flat = (slice(0, 60), slice(0, 60))  # a piece of plain wall: what varies there is noise
    assert mean[flat].std() < 0.6 * frames[-1][flat].std()


def test_frames_of_something_else_are_left_out() -> None:
    frames, other = film(2, 5), [np.random.default_rng(9).integers(0, 256, (720, 1280), dtype=np.uint8) for _ in range(3)]
    alone, mixed = laid(frames), laid([*other, *frames])
    assert alone is not None
    assert mixed is not None
    assert np.abs(alone.astype(int) - mixed).mean() < 2
    assert laid([*other, frames[-1]]) is None


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_frames_have_no_mean(count: int) -> None:
    assert laid(film(3, 2)[:count]) is None


def test_frames_of_another_size_are_left_out_and_blank_ones_do_no_harm() -> None:
    blank = np.zeros((720, 1280), np.uint8)
    assert laid([blank] * 8) is None or not np.any(laid([blank] * 8))
    assert laid([np.zeros((360, 640), np.uint8)] * 7 + [blank]) is None


def test_a_clear_frame_needs_no_others() -> None:
    text, live = seal_text(4), Film(ours)
    frame = photograph(text, Shot(seed=4))
    assert PLAIN.texts(frame) == [text]
    assert live.read(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)) == (text,)
