"""A simulated photographer of printed sheets: bent, folded, tilted, soiled and badly lit codes, as cameras give them.

Where `camera` makes 1280x720 frames of face-on cards, this one has the geometry of things in the street: a sheet in space, made of flat
facets (one, or many along a can, or two along a fold), seen by a pinhole camera. Every picture follows from its seed and conditions.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

Gray = npt.NDArray[Any]
Modules = npt.NDArray[np.bool_]

_PX = 12  # pixels of the print a module: fine enough for every distance that is simulated
_QUIET = 4  # modules


@dataclass(frozen=True)
class Sheet:
    """How a sheet lies and how it is photographed. Lengths in pixels of the finished picture unless named; angles in degrees."""

    seed: int = 0
    width: int = 1280
    height: int = 960
    share: float = 0.55  # of the picture's shorter side that the flat sheet would fill
    turn: float = 0.0
    tilt: float = 0.0  # between the sheet's normal and the line of sight
    tilt_way: float = 0.0  # the direction that tilts away
    cylinder: float = 0.0  # degrees of a can that the sheet spans: 0 is flat, 180 half of the can
    cylinder_way: float = 0.0  # the can's axis, turned out of the upright
    fold: float = 0.0  # degrees that the two halves are folded by
    fold_way: float = 45.0
    dirt: float = 0.0  # share of the code that blots cover
    scratches: int = 0
    fading: float = 0.0  # share of contrast that the sun took, unevenly
    glare: float = 0.0  # brightness of a lamp on the sheet
    reflection: float = 0.0  # share of another scene that a pane mixes in
    shadow: float = 0.0  # share of light that an edge of shadow takes
    defocus: float = 0.0  # sigma
    motion: float = 0.0  # length of the smear
    noise: float = 3.0  # sigma, of 255
    quality: int = 88  # JPEG


def photograph(modules: Modules, sheet: Sheet) -> Gray:
    """The picture of a code of (side, side) modules, True where dark: (height, width), 0 black to 255 white."""
    random = np.random.default_rng(sheet.seed)
    printed = _soiled(_printed(modules), sheet, random)
    scene = _wall(random, 2 * sheet.width, 2 * sheet.height)
    for corners, piece in _facets(printed, sheet):
        _lay(scene, piece, corners * 2)
    return _develop(cv2.resize(scene, (sheet.width, sheet.height), interpolation=cv2.INTER_AREA), sheet, random)


def code(text: str, level: str = "M") -> Modules:
    """The modules of a QR code for any text."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCodeModel2, ecLevel=level)
    return np.asarray(barcode.to_image(scale=1, add_quiet_zones=False)) < 128


def conditions(seed: int) -> dict[str, Sheet]:
    """One sheet for each kind of trouble, its severity drawn by `seed` from slight to hopeless."""
    random = np.random.default_rng(seed)
    plain = Sheet(seed=seed, share=random.uniform(0.35, 0.8), turn=random.uniform(-30, 30), defocus=random.uniform(0.3, 1.0))
    way = random.uniform(0, 360)
    return {
        "plain": replace(plain, tilt=random.uniform(0, 35), tilt_way=way),
        "tilt": replace(plain, tilt=random.uniform(50, 78), tilt_way=way),
        "cylinder": replace(plain, cylinder=random.uniform(50, 150), cylinder_way=random.uniform(-30, 30), tilt=random.uniform(0, 30)),
        "fold": replace(plain, fold=random.uniform(20, 80), fold_way=way, tilt=random.uniform(0, 30)),
        "dirt": replace(plain, dirt=random.uniform(0.02, 0.12), tilt=random.uniform(0, 30), tilt_way=way),
        "scratches": replace(plain, scratches=int(random.integers(2, 12)), tilt=random.uniform(0, 30), tilt_way=way),
        "fading": replace(plain, fading=random.uniform(0.5, 0.97), tilt=random.uniform(0, 30), tilt_way=way),
        "glare": replace(plain, glare=random.uniform(0.6, 2.5), tilt=random.uniform(0, 30), tilt_way=way),
        "reflection": replace(plain, reflection=random.uniform(0.3, 0.8), tilt=random.uniform(0, 30), tilt_way=way),
        "shadow": replace(plain, shadow=random.uniform(0.5, 0.92), tilt=random.uniform(0, 30), tilt_way=way),
        "motion": replace(plain, motion=random.uniform(3, 14), tilt=random.uniform(0, 30), tilt_way=way),
        "defocus": replace(plain, defocus=random.uniform(1.5, 5), tilt=random.uniform(0, 30), tilt_way=way),
        "noise": replace(plain, noise=random.uniform(15, 70), tilt=random.uniform(0, 30), tilt_way=way),
        "far": replace(plain, share=random.uniform(0.08, 0.2), tilt=random.uniform(0, 30), tilt_way=way),
    }


def _printed(modules: Modules) -> Gray:
    dark = np.pad(modules, _QUIET)
    return np.where(np.kron(dark, np.ones((_PX, _PX), bool)), 25, 235).astype(np.uint8)


def _soiled(printed: Gray, sheet: Sheet, random: np.random.Generator) -> Gray:
    side = printed.shape[0]
    inner = side - 2 * _QUIET * _PX
    covered, wanted = np.zeros_like(printed), sheet.dirt * inner * inner
    while cv2.countNonZero(covered) < wanted:
        x, y = (random.uniform(_QUIET * _PX, side - _QUIET * _PX, 2)).tolist()
        size = random.uniform(1, 4.5) * _PX
        around = np.sort(random.uniform(0, 2 * math.pi, 9))
        away = size * random.uniform(0.4, 1, 9)
        blot = np.stack([x + away * np.cos(around), y + away * np.sin(around)], 1).astype(np.int32)
        cv2.fillPoly(covered, [blot], 255)
        cv2.fillPoly(printed, [blot], int(random.integers(10, 245)))
    for _ in range(sheet.scratches):
        (x0, y0), (x1, y1) = random.integers(0, side, (2, 2)).tolist()
        cv2.line(printed, (x0, y0), (x1, y1), int(random.choice([20, 245])), int(random.integers(3, 14)))
    if sheet.fading:
        uneven = cv2.resize(random.uniform(0.85, 1, (4, 4)), (side, side), interpolation=cv2.INTER_CUBIC) * sheet.fading
        printed = (printed * (1 - uneven) + 225 * uneven).astype(np.uint8)
    return printed


def _facets(printed: Gray, sheet: Sheet) -> list[tuple[npt.NDArray[Any], Gray]]:
    """Flat pieces of the sheet, the farthest first: where their corners fall in the picture (4, 2), and what is printed on each."""
    side = printed.shape[0]
    pieces = 48 if sheet.cylinder else 2 if sheet.fold else 1
    way = sheet.cylinder_way if sheet.cylinder else sheet.fold_way if sheet.fold else 0.0
    found = []
    # The sheet is cut into strips along its own bend: a turned square, so that each strip is flat in space.
    reach = 1.5  # half sides: a turned sheet's corners lie within
    edges = np.linspace(-reach, reach, pieces + 1)
    turned = _rotation2(way)
    for left, right in itertools.pairwise(edges):
        strip = np.array([[left, -reach], [right, -reach], [right, reach], [left, reach]])
        space = np.array([_bent(u, v, sheet) for u, v in strip])
        flat = strip @ turned.T  # where the strip lies on the sheet, in half sides
        seen, depth = _seen(space, turned, sheet)
        piece = _piece(printed, flat, side)
        found.append((depth, seen, piece))
    found.sort(key=lambda entry: -entry[0])
    return [(seen, piece) for _, seen, piece in found]


def _bent(u: float, v: float, sheet: Sheet) -> tuple[float, float, float]:
    """A point of the sheet in space, in half sides: u across the bend, v along it."""
    if sheet.cylinder:
        radius = 2 / math.radians(sheet.cylinder)
        angle = max(-math.pi / 2, min(math.pi / 2, u / radius))
        return radius * math.sin(angle), v, radius * (1 - math.cos(angle))
    if sheet.fold:
        half = math.radians(sheet.fold) / 2
        return u * math.cos(half), v, abs(u) * math.sin(half)
    return u, v, 0.0


def _rotation2(degrees: float) -> npt.NDArray[Any]:
    angle = math.radians(degrees)
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _seen(space: npt.NDArray[Any], turned: npt.NDArray[Any], sheet: Sheet) -> tuple[npt.NDArray[Any], float]:
    """Where points in space (n, 3) fall in the picture (n, 2), and how far away their middle is."""
    flat = space[:, :2] @ turned.T @ _rotation2(sheet.turn).T
    x, y, z = flat[:, 0], flat[:, 1], space[:, 2]
    way, tilt = math.radians(sheet.tilt_way), math.radians(sheet.tilt)
    along, across = x * math.cos(way) + y * math.sin(way), -x * math.sin(way) + y * math.cos(way)
    along, z = along * math.cos(tilt) - z * math.sin(tilt), along * math.sin(tilt) + z * math.cos(tilt)
    x, y = along * math.cos(way) - across * math.sin(way), along * math.sin(way) + across * math.cos(way)
    distance = 5.0
    scale = sheet.share * min(sheet.width, sheet.height) / 2 * distance
    depth = z + distance
    seen = np.stack([sheet.width / 2 + scale * x / depth, sheet.height / 2 + scale * y / depth], 1)
    return seen, float(depth.mean())


def _piece(printed: Gray, flat: npt.NDArray[Any], side: int) -> Gray:
    """What is printed on a strip, cut out straight; white with an alpha of 0 off the sheet: (h, w, 2)."""
    across = round(float(np.linalg.norm(flat[1] - flat[0])) * side / 2)
    along = round(float(np.linalg.norm(flat[3] - flat[0])) * side / 2)
    source = ((flat + 1) * side / 2).astype(np.float32)
    target = np.array([[0, 0], [across, 0], [across, along], [0, along]], np.float32)
    view = cv2.getPerspectiveTransform(source, target)
    cut = cv2.warpPerspective(printed, view, (across, along), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpPerspective(np.full_like(printed, 255), view, (across, along), flags=cv2.INTER_LINEAR)
    return np.dstack([cut, alpha])


def _lay(scene: Gray, piece: Gray, corners: npt.NDArray[Any]) -> None:
    """Draw a piece into the scene at its corners."""
    low = np.floor(corners.min(axis=0)).astype(int) - 2
    high = np.ceil(corners.max(axis=0)).astype(int) + 2
    low, high = np.maximum(low, 0), np.minimum(high, (scene.shape[1], scene.shape[0]))
    if (high <= low).any():
        return
    # A pixel of the scene may cover many of the print: make the print smaller first, or it would alias.
    longest = max(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1))
    share = min(1.0, 1.5 * longest / max(piece.shape[:2]))
    if share < 0.7:
        size = (max(2, round(piece.shape[1] * share)), max(2, round(piece.shape[0] * share)))
        piece = cv2.resize(piece, size, interpolation=cv2.INTER_AREA)
    height, width = piece.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    view = cv2.getPerspectiveTransform(source, (corners - low).astype(np.float32))
    size = tuple(int(n) for n in high - low)
    drawn = cv2.warpPerspective(piece, view, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0))
    alpha = drawn[:, :, 1].astype(np.float32) / 255
    part = scene[low[1] : high[1], low[0] : high[0]]
    part[:] = (part * (1 - alpha) + drawn[:, :, 0] * alpha).astype(np.uint8)


def _wall(random: np.random.Generator, width: int, height: int) -> Gray:
    """Uneven light, boards and lettering: things that a finder pattern may be mistaken for."""
    light = random.integers(70, 190, (9, 12), dtype=np.uint8)
    scene = cv2.resize(light, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(40):
        x, y, ink = int(random.integers(0, width)), int(random.integers(0, height)), int(random.integers(0, 256))
        if random.random() < 0.5:
            far = (x + int(random.integers(10, 320)), y + int(random.integers(10, 160)))
            cv2.rectangle(scene, (x, y), far, ink, -1 if random.random() < 0.5 else 3)
        else:
            cv2.putText(scene, f"SHOP {x}", (x, y), cv2.FONT_HERSHEY_SIMPLEX, random.uniform(0.8, 2.4), ink, 3)
    return scene


def _develop(seen: Gray, sheet: Sheet, random: np.random.Generator) -> Gray:
    picture = seen.astype(np.float32)
    height, width = picture.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if sheet.shadow:
        way, off = random.uniform(0, 2 * math.pi), random.normal(0, 0.08) * width
        edge = (x - width / 2) * math.cos(way) + (y - height / 2) * math.sin(way) - off
        picture *= 1 - sheet.shadow / (1 + np.exp(-np.clip(edge / random.uniform(1.5, 10), -60, 60)))
    if sheet.reflection:
        other = _wall(random, width, height).astype(np.float32)
        picture = picture * (1 - sheet.reflection) + cv2.GaussianBlur(other, (0, 0), random.uniform(1, 6)) * sheet.reflection
    if sheet.glare:
        size = sheet.share * min(width, height)
        lamp_x, lamp_y = width / 2 + random.normal(0, size / 4), height / 2 + random.normal(0, size / 4)
        away = (x - lamp_x) ** 2 + (y - lamp_y) ** 2
        picture += 255 * sheet.glare * np.exp(-away / (2 * (size * random.uniform(0.08, 0.25)) ** 2))
    if sheet.defocus > 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), sheet.defocus)
    if sheet.motion > 1:
        picture = cv2.filter2D(picture, -1, _smear(sheet.motion, random.uniform(0, math.pi)))
    picture += random.normal(0, sheet.noise, picture.shape)
    jpeg = cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, sheet.quality])[1]
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), np.uint8)


def _smear(length: float, angle: float) -> npt.NDArray[Any]:
    kernel = np.zeros((41, 41), np.float32)
    dx, dy = length / 2 * math.cos(angle), length / 2 * math.sin(angle)
    cv2.line(kernel, (round(20 - dx), round(20 - dy)), (round(20 + dx), round(20 + dy)), 1.0)
    return np.asarray(kernel / kernel.sum())
