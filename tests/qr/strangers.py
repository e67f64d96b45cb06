"""Photographs of codes that others made: any version, level and writing, any shape of module, in scenes that are unlike our own sheets.

Where `camera.py` and `sheets.py` show our own codes as we print them, these follow what people photograph: posters with round modules and
a picture in the middle, labels on bottles, tickets on screens, stickers that are torn, twenty parcels at once. Drawn by segno, seen by a
pinhole camera. Every picture follows from its kind and its seed; `KINDS` names the kinds.
"""

import itertools
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import segno

from tests.qr.strange_looks import KINDS, Look, any_look

Gray = npt.NDArray[Any]
Net = npt.NDArray[Any]
Random = np.random.Generator

CELLS = 40  # of the net that bends a sheet, a side
_WORDS = (
    *("https://shop.example/a?id=", "WIFI:T:WPA;S:Café;P:", "BEGIN:VCARD\nN:Müller;", "مرحبا ", "こんにちは世界"),
    *("tel:+20 3 ", "ORDER ", '{"k":'),
)


class Stranger(NamedTuple):
    """A photograph (height, width), and the texts of the codes in it."""

    picture: Gray
    texts: tuple[str, ...]


def text_of(random: Random, length: int | None = None) -> str:
    """Something that people put into codes."""
    word = str(random.choice(_WORDS))
    count = int(random.integers(4, 60)) if length is None else max(1, length - len(word))
    return word + "".join(random.choice(list("abcdefghijklmnopqrstuvwxyz0123456789"), count))


def _matrix(text: str, look: Look) -> npt.NDArray[np.bool_]:
    made = segno.make_qr(text, error=look.level, version=look.version, boost_error=False)
    return np.array([list(row) for row in made.matrix], bool)


def drawn(modules: npt.NDArray[np.bool_], look: Look, scale: int = 12) -> Gray:
    """The code with its quiet zone, `scale` pixels a module, dark and light as the look says."""
    side = len(modules)
    large = np.kron(modules, np.ones((scale, scale), np.uint8)).astype(np.float32)
    if look.shape in {"dot", "gap"}:
        y, x = np.mgrid[0:scale, 0:scale] + 0.5 - scale / 2
        cell = (np.hypot(x, y) < 0.46 * scale) if look.shape == "dot" else (np.maximum(abs(x), abs(y)) < 0.4 * scale)
        shaped = large * np.tile(cell, (side, side))
        for row, column in ((0, 0), (0, side - 7), (side - 7, 0)):
            part = np.s_[row * scale : (row + 7) * scale, column * scale : (column + 7) * scale]
            shaped[part] = large[part]
        large = shaped
    if look.shape == "round":
        large = (cv2.GaussianBlur(large, (0, 0), scale * 0.33) > 0.5).astype(np.float32)
    if look.logo:
        reach, middle = int(look.logo * side * scale / 2), side * scale // 2
        large[middle - reach : middle + reach, middle - reach : middle + reach] = 0
        cv2.circle(large, (middle, middle), int(reach * 0.8), 0.7, -1)
    large = np.pad(large, look.quiet * scale)
    return (look.light + (look.dark - look.light) * large).astype(np.float32)


def scene(random: Random, size: tuple[int, int]) -> Gray:
    """Something to stand in front of: bricks, leaves, lettering, cloth, a plain wall."""
    width, height = size
    kind = int(random.integers(0, 5))
    made = cv2.resize(random.uniform(60, 200, (5, 6)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    if kind == 1:
        high = int(random.integers(30, 90))
        for row in range(0, height, high):
            cv2.line(made, (0, row), (width, row), 210.0, 4)
            for column in range((row // high % 2) * high, width, 2 * high):
                cv2.line(made, (column, row), (column, row + high), 210.0, 4)
    elif kind == 2:
        for share in (8, 24, 80):
            made += cv2.resize(random.normal(0, 22, (height // share + 1, width // share + 1)).astype(np.float32), size)
    elif kind == 3:
        letters = np.zeros((height, width), np.uint8)
        for y in range(20, height, int(random.integers(22, 50))):
            words = "".join(random.choice(list("abcdefg hijkl mnop"), 60))
            cv2.putText(letters, words, (10, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2)
        made = np.where(letters > 127, random.uniform(0, 60), made).astype(np.float32)
    elif kind == 4:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        made += 30 * np.sign(np.sin(x / random.uniform(3, 9))) * np.sign(np.sin(y / random.uniform(3, 9)))
    return np.clip(made, 0, 255)


def _sheet_to_picture(side: float, look: Look, random: Random) -> tuple[Net, Net]:
    """For a net of points of the sheet (0 to 1), where they are seen, in pixels about the code's middle."""
    net = np.linspace(0, 1, CELLS + 1)
    u, v = np.meshgrid(net, net)
    x, y, z = (u - 0.5) * side, (v - 0.5) * side, np.zeros_like(u)
    if look.bend:
        reach = np.deg2rad(look.bend)
        radius, way = side / reach, random.uniform(0, 2 * np.pi) if random.random() < 0.5 else 0.0
        along, across = x * np.cos(way) + y * np.sin(way), -x * np.sin(way) + y * np.cos(way)
        angle = along / radius
        along, z = radius * np.sin(angle), radius * (1 - np.cos(angle))
        x, y = along * np.cos(way) - across * np.sin(way), along * np.sin(way) + across * np.cos(way)
    if look.crumple:
        coarse = [
            cv2.resize(random.normal(0, 1, (6, 6)).astype(np.float32), (CELLS + 1, CELLS + 1), interpolation=cv2.INTER_CUBIC)
            for _ in range(3)
        ]
        x, y, z = (axis + look.crumple * look.module * part * times for axis, part, times in zip((x, y, z), coarse, (1, 1, 3), strict=True))
    turn, tilt, way = np.deg2rad(look.turn), np.deg2rad(look.tilt), random.uniform(0, 2 * np.pi)
    x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    away, level = x * np.cos(way) + y * np.sin(way), -x * np.sin(way) + y * np.cos(way)
    away, z = away * np.cos(tilt) - z * np.sin(tilt), z * np.cos(tilt) + away * np.sin(tilt)
    x, y = away * np.cos(way) - level * np.sin(way), away * np.sin(way) + level * np.cos(way)
    far = 1 + z / (side * random.uniform(1.6, 4))
    return x / far, y / far


def _pasted(picture: Gray, code: Gray, look: Look, random: Random, at: tuple[float, float] | None = None) -> tuple[float, float, float]:
    """Lay the code into the picture; where its middle is, and its radius."""
    x, y = _sheet_to_picture(len(code) / 12 * look.module, look, random)
    height, width = picture.shape
    wide, high = float(np.ptp(x)), float(np.ptp(y))
    at = at or _somewhere((wide, high), (width, height), look.cut, random)
    x, y = x - (x.max() + x.min()) / 2 + at[0], y - (y.max() + y.min()) / 2 + at[1]
    if look.barrel:
        from_x, from_y = (x - width / 2) / width, (y - height / 2) / width
        grow = 1 + look.barrel * (from_x**2 + from_y**2)
        x, y = width / 2 + from_x * width * grow, height / 2 + from_y * width * grow
    left, top = int(max(0, np.floor(x.min()) - 2)), int(max(0, np.floor(y.min()) - 2))
    right, bottom = int(min(width, np.ceil(x.max()) + 3)), int(min(height, np.ceil(y.max()) + 3))
    if right > left and bottom > top:
        part = picture[top:bottom, left:right]
        # Drawn at twice the size, and made smaller as a lens would average.
        u, v = _backwards(2 * (x - left), 2 * (y - top), (2 * (bottom - top), 2 * (right - left)))
        soft = cv2.GaussianBlur(code, (0, 0), max(0.4, 3 / look.module))
        seen = cv2.remap(soft, u * len(code) - 0.5, v * len(code) - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        there = (u >= 0).astype(np.float32)
        share, light = (cv2.resize(each, part.shape[::-1], interpolation=cv2.INTER_AREA) for each in (there, seen * there))
        picture[top:bottom, left:right] = part * (1 - share) + light
    return at[0], at[1], max(wide, high) / 2


def _somewhere(extent: tuple[float, float], size: tuple[int, int], cut: float, random: Random) -> tuple[float, float]:
    """The middle of a code of this extent: within the picture if it fits, or `cut` off at one of its sides."""
    shares = random.uniform(0, 1, 2)
    x, y = (part / 2 + share * (most - part) if most > part else most / 2 for part, most, share in zip(extent, size, shares, strict=True))
    if not cut:
        return x, y
    off_x, off_y = extent[0] * (0.5 - cut), extent[1] * (0.5 - cut)
    return [(off_x, y), (size[0] - off_x, y), (x, off_y), (x, size[1] - off_y)][int(random.integers(0, 4))]


def _backwards(x: Net, y: Net, shape: tuple[int, int]) -> tuple[Gray, Gray]:
    """For each pixel the point of the sheet that is seen there (0 to 1), or -1: every cell of the net by a perspective of its own."""
    u, v = np.full(shape, -1, np.float32), np.full(shape, -1, np.float32)
    for row, column in itertools.product(range(CELLS), range(CELLS)):
        ring = ((row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column))
        corners = np.array([[x[at], y[at]] for at in ring], np.float32)
        (x0, y0), (x1, y1) = np.floor(corners.min(0)).astype(int) - 1, np.ceil(corners.max(0)).astype(int) + 2
        x0, y0, x1, y1 = max(0, x0), max(0, y0), min(shape[1], x1), min(shape[0], y1)
        if x1 <= x0 or y1 <= y0 or abs(cv2.contourArea(corners)) < 1e-3:
            continue
        square = np.array([[place[1], place[0]] for place in ring], np.float32) / CELLS
        back = cv2.getPerspectiveTransform(corners, square)
        across, down = np.arange(x0, x1) + 0.5, np.arange(y0, y1)[:, None] + 0.5
        depth = back[2, 0] * across + back[2, 1] * down + back[2, 2]
        here_u, here_v = ((back[k, 0] * across + back[k, 1] * down + back[k, 2]) / depth for k in (0, 1))
        inside = (abs(here_u * CELLS - column - 0.5) < 0.51) & (abs(here_v * CELLS - row - 0.5) < 0.51)
        u[y0:y1, x0:x1][inside], v[y0:y1, x0:x1][inside] = here_u[inside], here_v[inside]
    return u, v


def _harmed(code: Gray, look: Look, random: Random) -> Gray:
    """Scribbles and patches, before it is photographed."""
    side = len(code)
    for _ in range(look.scribbles):
        points = random.integers(0, side, (5, 2)).astype(np.int32)
        cv2.polylines(code, [points], False, float(random.choice([10, 120, 245])), int(random.integers(3, 14)))
    if look.covered:
        reach = int(look.covered * side)
        corners = ((0, 0), (0, side - reach), (side - reach, 0), (side - reach, side - reach))
        y, x = corners[int(random.integers(0, 4))] if look.cover_at == "corner" else random.integers(0, side - reach, 2).tolist()
        patch = np.array([[x, y], [x + reach, y + random.integers(0, reach)], [x + reach, y + reach], [x, y + reach]], np.int32)
        cv2.fillPoly(code, [patch], float(random.choice([15, 110, 240])))
    return code


def _exposed(picture: Gray, look: Look, about: tuple[float, float, float], random: Random) -> Gray:
    """Light, lens and sensor."""
    height, width = picture.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    middle_x, middle_y, radius = about
    if look.moire:
        beat, slant = random.uniform(2.0, 3.6), random.uniform(-0.2, 0.2)
        picture = (
            picture
            * (0.72 + 0.28 * np.cos(2 * np.pi * (x + slant * y) / beat))
            * (0.9 + 0.1 * np.cos(2 * np.pi * y / random.uniform(8, 40)))
        )
    if look.shadow:
        way = random.uniform(0, 2 * np.pi)
        beyond = (x - middle_x) * np.cos(way) + (y - middle_y) * np.sin(way)
        soft = 1 / (1 + np.exp(-beyond / random.uniform(1, radius / 8 + 1)))
        picture = picture * (1 - look.shadow * soft)
    if look.glare:
        for _ in range(2):
            gx, gy, reach = (
                middle_x + random.normal(0, radius / 2),
                middle_y + random.normal(0, radius / 2),
                radius * random.uniform(0.2, 0.6),
            )
            picture = picture + look.glare * 255 * np.exp(-((x - gx) ** 2 + (y - gy) ** 2) / (2 * reach**2))
    for _ in range(look.spots):
        gx, gy = middle_x + random.uniform(-radius, radius) * 0.7, middle_y + random.uniform(-radius, radius) * 0.7
        picture = np.where((x - gx) ** 2 + (y - gy) ** 2 < (radius * random.uniform(0.05, 0.16)) ** 2, 255, picture)
    if look.defocus > 0.05:
        picture = _disc(picture, look.defocus * look.module)
    if look.motion > 0.05:
        picture = _moved(picture, look.motion * look.module, random.uniform(0, np.pi))
    picture = np.clip(picture, 0, 255)
    seen = random.normal(0, 1, picture.shape).astype(np.float32) * np.sqrt(picture / 255 * look.electrons + 4) / look.electrons * 255
    # What is dark the camera brightens, and smooths.
    picture = cv2.GaussianBlur(picture + seen, (0, 0), 0.6) if look.electrons < 300 else picture + seen
    made = np.clip(picture, 0, 255).astype(np.uint8)
    if look.smaller < 1:
        made = cv2.resize(cv2.resize(made, None, fx=look.smaller, fy=look.smaller, interpolation=cv2.INTER_AREA), (width, height))
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", made, [cv2.IMWRITE_JPEG_QUALITY, look.quality])[1], cv2.IMREAD_GRAYSCALE))


def _disc(picture: Gray, radius: float) -> Gray:
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return np.asarray(cv2.filter2D(picture.astype(np.float32), -1, kernel / kernel.sum()))


def _moved(picture: Gray, length: float, way: float) -> Gray:
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-length / 2, length / 2, 60):
        kernel[round(reach + step * np.sin(way)), round(reach + step * np.cos(way))] += 1
    return np.asarray(cv2.filter2D(picture.astype(np.float32), -1, kernel / kernel.sum()))


def stranger(kind: str, seed: int) -> Stranger:
    """The picture of a kind and a seed."""
    random = np.random.default_rng([sum(kind.encode()), seed])
    look = any_look(random)
    for name, value in KINDS[kind](look, random).items():
        setattr(look, name, value)
    picture = scene(random, look.size)
    count = look.extra.get("count", 1)
    if count > 1:
        return _many(picture, count, look, random)
    text = _fitting(look, random)
    code = _harmed(drawn(_matrix(text, look), look), look, random)
    about = _pasted(picture, code, _within(look, len(code) / 12), random)
    return Stranger(_exposed(picture, look, about, random), (text,))


def _within(look: Look, modules: float) -> Look:
    """A code that would be larger than its picture gets smaller modules, but where being close is the trouble."""
    most = min(look.size) * 0.95 / modules
    if not look.cut:
        look.module = min(look.module, most)
    else:
        look.module = most
    return look


def _fitting(look: Look, random: Random) -> str:
    if look.version is None:
        return text_of(random)
    octets = {"L": 0.9, "M": 0.7, "Q": 0.5, "H": 0.38}[look.level] * 0.6
    return text_of(random, int(octets * ((17 + 4 * look.version) ** 2 - 250) / 8))


def _many(picture: Gray, count: int, look: Look, random: Random) -> Stranger:
    columns = int(np.ceil(np.sqrt(count * 4 / 3)))
    rows = int(np.ceil(count / columns))
    height, width = picture.shape
    texts = []
    for place in range(count):
        look = any_look(random)
        text = text_of(random, int(random.integers(8, 40)))
        code = drawn(_matrix(text, look), look)
        room = min(width / columns, height / rows) * 0.95 / 1.42
        look.module = min(look.module, room / (len(code) / 12))
        look.module = max(look.module, min(2.2, room * 1.3 / (len(code) / 12)))
        at = ((place % columns + 0.5) * width / columns, (place // columns + 0.5) * height / rows)
        _pasted(picture, code, look, random, at)
        texts.append(text)
    look.defocus = min(look.defocus, 0.15)
    return Stranger(_exposed(picture, look, (width / 2, height / 2, height / 2), random), tuple(texts))
