"""A simulated camera: codes drawn into a street-like scene, seen askew, blurred, badly lit, noisy, as JPEG.

Every picture follows from its seed and conditions, so that tests and bench see the same ones on each run.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from qr.write import Level, encode

Gray = npt.NDArray[Any]


def seal_text(seed: int, *, digits: int = 375, host: str = "KHATM.EXAMPLE") -> str:
    """A text of a seal's shape and usual length. It is signed by nobody."""
    random = np.random.default_rng(seed)
    return f"https://{host}/1" + "".join(map(str, random.integers(0, 10, digits - 1)))


def ours(text: str) -> bool:
    return text.startswith("https://KHATM.EXAMPLE/")


@dataclass(frozen=True)
class Shot:
    """How a code is photographed. Lengths in pixels of the finished picture."""

    seed: int = 0
    width: int = 1280
    height: int = 720
    module: float = 5.0  # pixels a module
    turn: float = 0.0  # degrees
    tilt: float = 0.0  # 0 face on; 0.35 far askew
    defocus: float = 0.0  # sigma of the blur
    motion: float = 0.0  # length of the smear
    noise: float = 2.0  # sigma of the sensor noise, of 255
    gain: float = 1.0  # brightness
    shade: float = 0.0  # share of light lost across the picture
    glare: float = 0.0  # brightness of a lamp's reflection on the code
    quality: int = 85  # JPEG
    scratches: int = 0  # lines across the code, black or white, about one module wide
    inverted: bool = False
    level: Level = "M"


def any_shot(seed: int) -> Shot:
    """Conditions drawn at random, from easy to hopeless: about two of three are read by a plain reader."""
    random = np.random.default_rng(seed)
    module = random.uniform(1.8, 7)
    return Shot(
        seed=seed,
        module=module,
        turn=random.uniform(-180, 180),
        tilt=random.uniform(0, 0.35),
        defocus=random.uniform(0, 0.42) * module,
        motion=random.uniform(0, 1.1) * module if random.random() < 0.3 else 0,
        noise=random.uniform(1, 14),
        gain=random.uniform(0.25, 1),
        shade=random.uniform(0, 0.6),
        glare=random.uniform(0.3, 1) if random.random() < 0.3 else 0,
        quality=int(random.integers(30, 96)),
        scratches=int(random.integers(1, 7)) if random.random() < 0.25 else 0,
        level="M" if seed % 2 else "Q",
    )


def photograph(text: str | None, shot: Shot) -> Gray:
    """The scene with the code somewhere in it; without any code if `text` is None. (height, width)"""
    random = np.random.default_rng(shot.seed)
    picture = _scene(random, shot.width, shot.height)
    corners = np.zeros((4, 2))
    if text is not None:
        picture, corners = _paste(picture, text, shot, random)
    return _develop(picture, corners, shot, random)


def side_by_side(texts: list[str], *, module_px: int = 4) -> Gray:
    """Clean codes in a row."""
    tiles = [_printed(text, "M", module_px) for text in texts]
    tallest = max(tile.shape[0] for tile in tiles)
    padded = [cv2.copyMakeBorder(t, 0, tallest - t.shape[0], 0, 0, cv2.BORDER_CONSTANT, value=255) for t in tiles]
    return np.hstack(padded)


def _printed(text: str, level: Level, module_px: int) -> Gray:
    dark = np.pad(encode(text, level=level).modules, 4)
    return np.where(np.kron(dark, np.ones((module_px, module_px), bool)), 0, 255).astype(np.uint8)


def _scene(random: np.random.Generator, width: int, height: int) -> Gray:
    """Uneven light, boards and lettering: things that a finder pattern may be mistaken for."""
    light = random.integers(60, 200, (9, 16), dtype=np.uint8)
    scene = cv2.resize(light, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(40):
        x, y, ink = int(random.integers(0, width)), int(random.integers(0, height)), int(random.integers(0, 256))
        if random.random() < 0.5:
            far = (x + int(random.integers(5, 160)), y + int(random.integers(5, 80)))
            cv2.rectangle(scene, (x, y), far, ink, -1 if random.random() < 0.5 else 2)
        else:
            cv2.putText(scene, f"SHOP {x}", (x, y), cv2.FONT_HERSHEY_SIMPLEX, random.uniform(0.4, 1.2), ink, 2)
    return scene


def _paste(scene: Gray, text: str, shot: Shot, random: np.random.Generator) -> tuple[Gray, npt.NDArray[Any]]:
    """Draws the code at double size and halves it, as a lens would average."""
    size = (2 * shot.width, 2 * shot.height)
    printed = _printed(text, shot.level, 8)
    if shot.inverted:
        printed = 255 - printed
    side = printed.shape[0]
    for _ in range(shot.scratches):
        (x0, y0), (x1, y1) = random.integers(0, side, (2, 2)).tolist()
        cv2.line(printed, (x0, y0), (x1, y1), int(random.choice([0, 255])), int(random.integers(4, 12)))
    corners = _corners(side / 8 * shot.module, shot, random)
    source = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    view = cv2.getPerspectiveTransform(source, (corners * 2).astype(np.float32))
    smooth = cv2.GaussianBlur(printed, (0, 0), max(0.3, 2 / shot.module))
    code = cv2.warpPerspective(smooth, view, size, flags=cv2.INTER_LINEAR)
    where = cv2.warpPerspective(np.full_like(printed, 255), view, size)
    large, there = cv2.resize(scene, size), where > 127
    large[there] = code[there] * 0.75 + 40
    return cv2.resize(large, (shot.width, shot.height), interpolation=cv2.INTER_AREA), corners


def _corners(side: float, shot: Shot, random: np.random.Generator) -> npt.NDArray[Any]:
    """Where the code's corners fall in the picture: (4, 2), clockwise from its upper left."""
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)
    away = random.uniform(0, 2 * np.pi)
    depth = 1 + shot.tilt * (square @ [np.cos(away), np.sin(away)]) / np.sqrt(2)
    turn = np.deg2rad(shot.turn)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = (square / depth[:, None]) @ rotation.T * side / 2
    corners *= min(1, 0.97 / max(np.ptp(corners, axis=0) / (shot.width, shot.height)))
    room = np.array([shot.width, shot.height]) - np.ptp(corners, axis=0)
    placed: npt.NDArray[Any] = corners - corners.min(axis=0) + random.uniform(0, 1, 2) * room
    return placed


def _develop(scene: Gray, corners: npt.NDArray[Any], shot: Shot, random: np.random.Generator) -> Gray:
    picture: npt.NDArray[Any] = scene.astype(np.float32)
    if shot.defocus > 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), shot.defocus)
    if shot.motion > 1:
        picture = cv2.filter2D(picture, -1, _smear(shot.motion, random.uniform(0, np.pi)))
    y, x = np.mgrid[0 : shot.height, 0 : shot.width].astype(np.float32)
    picture = picture * shot.gain * (1 - shot.shade * x / shot.width)
    if shot.glare:
        side = np.ptp(corners, axis=0).max()
        (lamp_x, lamp_y), spread = corners.mean(axis=0) + random.normal(0, side / 4, 2), side * random.uniform(0.08, 0.3)
        away = (x - lamp_x) ** 2 + (y - lamp_y) ** 2
        picture = picture + 255 * shot.glare * np.exp(-away / (2 * spread**2))
    picture = picture + random.normal(0, shot.noise, picture.shape)
    seen = np.clip(picture, 0, 255).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, shot.quality])[1]
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), np.uint8)


def _smear(length: float, angle: float) -> npt.NDArray[Any]:
    kernel = np.zeros((31, 31), np.float32)
    half = min(length, 28) / 2
    dx, dy = round(half * np.cos(angle)), round(half * np.sin(angle))
    cv2.line(kernel, (15 - dx, 15 - dy), (15 + dx, 15 + dy), 1.0)
    return np.asarray(kernel / kernel.sum())
