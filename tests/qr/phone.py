"""Photographs as phones write them: a printed card on a wall, in colour, with the noise of a sensor, as large JPEG with Exif.

Noise is what matters to whoever takes them in: its octets are mixed, CR and LF among them, where drawings compress to almost nothing.
Every picture follows from its seed.
"""

import io
import math
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Colour = npt.NDArray[Any]
"""(height, width, 3) BGR."""

EXIF_ORIENTATION = 0x0112
#: What turns an upright picture into the rows that a phone stores under this orientation.
_STORED = {1: None, 3: cv2.ROTATE_180, 6: cv2.ROTATE_90_COUNTERCLOCKWISE, 8: cv2.ROTATE_90_CLOCKWISE}


class Exposure(NamedTuple):
    """How a photograph is taken. `share` is the card's part of the width, `noise` a sigma of 255, `quality` JPEG's."""

    megapixels: float = 12.0
    share: float = 0.5
    noise: float = 6.0
    quality: int = 92
    orientation: int = 1


def any_exposure(seed: int) -> Exposure:
    """Conditions as they come, 1 to 12 megapixels: files of 0.2 to 10 MB."""
    random = np.random.default_rng(seed)
    return Exposure(
        megapixels=float(random.choice([1.5, 2, 3, 5, 8, 12, 12])),
        share=random.uniform(0.35, 0.8),
        noise=random.uniform(3, 12),
        quality=int(random.integers(80, 97)),
        orientation=int(random.choice([1, 1, 3, 6, 8])),
    )


def photograph(card: Image.Image, taken: Exposure, *, seed: int, most_octets: int | None = None) -> bytes:
    """Return a photograph of the card as JPEG; of lower quality where it would be larger than `most_octets`."""
    random = np.random.default_rng(seed)
    seen = scene(card, taken, random)
    turn = _STORED[taken.orientation]
    stored = Image.fromarray(np.ascontiguousarray((seen if turn is None else cv2.rotate(seen, turn))[:, :, ::-1]))
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = taken.orientation
    exif[0x010F] = "Khatm tests"
    for quality in range(taken.quality, 20, -6):
        written = io.BytesIO()
        stored.save(written, "JPEG", quality=quality, exif=exif)
        if most_octets is None or written.tell() <= most_octets:
            return written.getvalue()
    raise AssertionError("no quality makes this picture small enough")


def scene(card: Image.Image, taken: Exposure, random: np.random.Generator) -> Colour:
    """The wall and the card, askew, in uneven light, with a sensor's noise."""
    width = round(math.sqrt(taken.megapixels * 1e6 * 4 / 3))
    height = round(width * 3 / 4)
    wall = cv2.resize(random.integers(90, 190, (7, 9, 3), dtype=np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    paper = np.ascontiguousarray(np.asarray(card.convert("RGB"), np.uint8)[:, :, ::-1])
    view = _view(card.size, (width, height), taken.share, random)
    seen = cv2.warpPerspective(paper, view, (width, height), dst=wall, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    seen = cv2.GaussianBlur(seen, (0, 0), width / 4000)
    noise = np.empty(seen.shape, np.int16)
    cv2.setRNGSeed(int(random.integers(1, 1 << 30)))
    cv2.randn(noise, (0, 0, 0), (taken.noise,) * 3)
    return np.asarray(cv2.add(seen, noise, dtype=cv2.CV_8U), np.uint8)


def noisy(side: tuple[int, int], *, seed: int, quality: int = 95) -> bytes:
    """Pure noise as JPEG, (width, height): as many octets as pixels, nothing to see."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side[1], side[0], 3), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG", quality=quality)
    return written.getvalue()


def _view(card: tuple[int, int], size: tuple[int, int], share: float, random: np.random.Generator) -> npt.NDArray[Any]:
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float) * (1, card[1] / card[0])
    depth = 1 + random.uniform(0, 0.12) * square @ random.uniform(-1, 1, 2)
    turn = math.radians(random.uniform(-12, 12))
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    corners = (square / depth[:, None]) @ rotation.T * size[0] * share / 2
    corners += np.array(size) / 2 + random.uniform(-0.5, 0.5, 2) * (np.array(size) - np.ptp(corners, axis=0)).clip(0)
    source = np.array([[0, 0], [card[0], 0], card, [0, card[1]]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, corners.astype(np.float32)))
