"""Finder patterns in a picture, and the quadrilaterals where codes may lie that two or three of them stand at the corners of.

A finder pattern is a dark square in a light ring in a dark ring: three contours, one in the other, about one middle, of areas 9 : 25 : 49
(ISO/IEC 18004:2015 §6.3.3). Its outer quadrilateral tells the size and the slant of the modules there, so that a code of which one pattern
is destroyed still has a frame.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Quad = npt.NDArray[np.float32]
"""The corners of a code in a picture: (4, 2) as x, y, one after the other around it."""

_SMALLEST = 30.0  # square pixels of a pattern's outer square: 0.8 pixels a module
_MOST = 9  # patterns that are looked at: the number of pairs grows with its square
_FRAMES = 5  # quadrilaterals that are tried
_TEXTURE_SIDE = 640  # pixels: enough to see where a picture is busy
_TEXTURE_LEAST = 40  # pixels of that, a side
_TEXTURES = 2  # places that are looked at
_LEAST, _LARGEST = 14, 170  # modules between the middles of two patterns, versions 1 to 40


class Finder(NamedTuple):
    """A pattern's middle (2,), and what one module across and one down are there: columns of (2, 2), in pixels."""

    middle: Floats
    axes: Floats


class Frame(NamedTuple):
    """Where a code may lie: its corners (4, 2) around the outer modules, about how many modules a side, how unlikely (0 is best)."""

    quad: Quad
    modules: int
    doubt: float


def frames(image: Gray) -> list[Frame]:
    """Return where codes may lie, the likeliest first."""
    found = finders(image)
    possible = sorted(itertools.chain(_of_three(found), _of_two(found)), key=lambda frame: frame.doubt)
    kept: list[Frame] = []
    for frame in possible:
        if all(np.abs(frame.quad - other.quad).max() > 0.15 * np.ptp(other.quad, axis=0).max() for other in kept):
            kept.append(frame)
    return kept[:_FRAMES]


def textured(image: Gray) -> list[Frame]:
    """Return frames around what has the busy texture of a code, for codes that show no finder pattern, the largest first."""
    share = min(1.0, _TEXTURE_SIDE / max(image.shape))
    small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) if share < 1 else image
    busy = _busy(np.asarray(small, np.uint8))
    contours, _ = cv2.findContours(busy, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:_TEXTURES]:
        box = cv2.minAreaRect(contour)
        if min(box[1]) < _TEXTURE_LEAST or cv2.contourArea(contour) < 0.6 * box[1][0] * box[1][1]:
            continue
        quad = np.asarray(cv2.boxPoints(box) / share, np.float32)
        found += [Frame(quad, modules, 3.0) for modules in _counted(image, quad)]
    return found


def _busy(small: Gray) -> Gray:
    """Where slopes across and down are both frequent: 255, else 0."""
    smooth = cv2.GaussianBlur(small, (0, 0), 0.7)
    across, down = (np.abs(cv2.Sobel(smooth, cv2.CV_32F, *way, ksize=3)) for way in ((1, 0), (0, 1)))
    density = np.minimum(cv2.blur(across, (17, 17)), cv2.blur(down, (17, 17)))
    level = float(np.percentile(density, 99)) * 0.45
    busy = np.where(density > level, 255, 0).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))
    return np.asarray(cv2.morphologyEx(cv2.morphologyEx(busy, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel), np.uint8)


def _counted(image: Gray, quad: npt.NDArray[np.float32]) -> list[int]:
    """About how many modules a side: the strongest beats of the slopes across and down."""
    side = 512
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    flat = cv2.warpPerspective(image, cv2.getPerspectiveTransform(quad, square), (side, side)).astype(np.float32)
    beats = np.zeros(side // 2 + 1)
    for part in (flat, flat.T):
        slope = np.abs(np.diff(part, axis=1, prepend=part[:, :1]))
        slope -= slope.mean(axis=1, keepdims=True)
        beats += np.abs(np.fft.rfft(slope, axis=1)).mean(axis=0)
    beats = np.convolve(beats, np.ones(5) / 5, "same")
    beats = beats / (np.convolve(beats, np.ones(41) / 41, "same") + 1e-6)
    best = int(beats[19:180].argmax()) + 19
    # Where few neighbours are of one colour, the second harmonic may be the stronger one.
    half = best // 2 - 2 + int(beats[max(19, best // 2 - 2) : best // 2 + 3].argmax()) if best >= 46 else best
    return [half] if best >= 46 and beats[half] > 0.7 * beats[best] else [best]


def finders(image: Gray) -> list[Finder]:
    """Return the finder patterns, the largest first."""
    block = max(31, min(image.shape) // 12 | 1)
    smooth = cv2.GaussianBlur(image, (0, 0), 0.8)
    dark = cv2.adaptiveThreshold(smooth, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 4)
    contours, tree = cv2.findContours(dark, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if tree is None:
        return []
    found = []
    # Of ten thousand contours of a rough wall few hold another that holds another.
    holder = tree[0][:, 3]
    second = np.where(holder >= 0, holder[holder], -1)
    for outer in np.unique(second[second >= 0]).tolist():
        finder = _finder(contours, tree[0], outer, int(tree[0][outer][2]))
        if finder is not None:
            found.append(finder)
    found.sort(key=lambda finder: -abs(float(np.linalg.det(finder.axes))))
    return found[:_MOST]


def _finder(contours: object, tree: npt.NDArray[np.int32], outer: int, hole: int) -> Finder | None:
    area = cv2.contourArea(contours[outer])  # type: ignore[index]
    if area < _SMALLEST:
        return None
    while hole >= 0:
        core = int(tree[hole][2])
        if core >= 0:
            light, dark = cv2.contourArea(contours[hole]), cv2.contourArea(contours[core])  # type: ignore[index]
            if 0.3 < light / area < 0.8 and 0.08 < dark / area < 0.35 and dark < light:
                return _shaped(contours[outer], contours[core], area)  # type: ignore[index]
        hole = int(tree[hole][0])
    return None


def _shaped(outer: npt.NDArray[np.int32], core: npt.NDArray[np.int32], area: float) -> Finder | None:
    hull = np.asarray(cv2.convexHull(outer), np.int32)
    if area < 0.75 * cv2.contourArea(hull):
        return None
    corners = _corners(hull)
    if corners is None:
        return None
    middle = corners.mean(axis=0)
    moments = cv2.moments(core)
    if moments["m00"] <= 0:
        return None
    inner = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
    axes = np.stack(
        [(corners[1] - corners[0] + corners[2] - corners[3]) / 14, (corners[3] - corners[0] + corners[2] - corners[1]) / 14], axis=1
    )
    if abs(np.linalg.det(axes)) < 0.3:
        return None
    off = np.linalg.solve(axes, inner - middle)
    return Finder(inner, axes) if np.abs(off).max() < 1.2 else None


def _corners(hull: npt.NDArray[np.int32]) -> Floats | None:
    """The hull as a quadrilateral: the coarsest outline with four corners, else none."""
    length = cv2.arcLength(hull, True)
    for share in (0.04, 0.06, 0.08, 0.1, 0.13):
        outline = cv2.approxPolyDP(hull, share * length, True)
        if len(outline) == 4:
            corners = outline.reshape(4, 2).astype(np.float64)
            # One way round for all, so that two finders' axes can be compared.
            area = cv2.contourArea(outline, oriented=True)
            return corners if area > 0 else corners[::-1].copy()
        if len(outline) < 4:
            return None
    return None


def _between(one: Finder, other: Finder) -> Floats:
    """From one pattern to another in modules, by the mean of both patterns' sizes and slants."""
    way = other.middle - one.middle
    here, there = np.linalg.solve(one.axes, way), np.linalg.solve(_aligned(other.axes, one.axes), way)
    return np.asarray((here + there) / 2)


def _aligned(axes: Floats, like: Floats) -> Floats:
    """The same axes, turned by the quarter turns that bring them closest to `like`."""
    turns = [axes, np.stack([axes[:, 1], -axes[:, 0]], 1), -axes, np.stack([-axes[:, 1], axes[:, 0]], 1)]
    return min(turns, key=lambda turned: float(np.abs(turned - like).sum()))


def _of_three(found: list[Finder]) -> Iterator[Frame]:
    """Frames whose corner is one pattern and whose neighbours are two others."""
    for corner, *others in ((a, *(b for b in found if b is not a)) for a in found):
        steps = [(other, _between(corner, other)) for other in others]
        for (first, along), (second, down) in itertools.permutations(steps, 2):
            # `first` lies along the corner's own x axis or against it; the other pair of roles is another permutation
            if abs(along[1]) > 0.45 * abs(along[0]) or abs(down[0]) > 0.45 * abs(down[1]):
                continue
            span = (abs(along[0]) + abs(down[1])) / 2
            if not _LEAST * 0.7 <= span <= _LARGEST * 1.3:
                continue
            doubt = abs(np.log(abs(along[0]) / abs(down[1]))) + abs(along[1] / along[0]) + abs(down[0] / down[1])
            if doubt < 1.2:
                x_way, y_way = (first.middle - corner.middle) / span, (second.middle - corner.middle) / span
                yield _frame(corner.middle, x_way, y_way, span, doubt)


def _of_two(found: list[Finder]) -> Iterator[Frame]:
    """Frames of which two corners are patterns, side by side or across."""
    for one, other in itertools.combinations(found, 2):
        step = _between(one, other)
        long, short = max(abs(step)), min(abs(step))
        if not _LEAST * 0.8 <= long <= _LARGEST * 1.2:
            continue
        axes = (one.axes + _aligned(other.axes, one.axes)) / 2
        if short < 0.25 * long:
            way = (other.middle - one.middle) / long
            across = axes[:, 1] if abs(step[0]) > abs(step[1]) else axes[:, 0]
            for side in (across, -across):
                yield _frame(one.middle, way, side, long, 1.5 + short / long)
        elif short > 0.75 * long:
            signs = np.sign(step)
            yield _frame(one.middle, axes[:, 0] * signs[0], axes[:, 1] * signs[1], (long + short) / 2, 1.5 + 1 - short / long)


def _frame(corner: Floats, x_way: Floats, y_way: Floats, span: float, doubt: float) -> Frame:
    """The square that begins three and a half modules before `corner`'s middle; `span` is between middles, ways are one module each."""
    modules = int(np.clip(round((span + 7 - 17) / 4), 1, 40)) * 4 + 17
    x_way, y_way = x_way * span / (modules - 7), y_way * span / (modules - 7)
    start, reach = corner - 3.5 * (x_way + y_way), modules
    quad = [start, start + reach * x_way, start + reach * (x_way + y_way), start + reach * y_way]
    if np.linalg.det(np.stack([x_way, y_way])) < 0:  # a picture's code is never seen from behind
        quad = [quad[0], quad[3], quad[2], quad[1]]
    return Frame(np.array(quad, np.float32), modules, float(doubt))
