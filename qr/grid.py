"""From the brightness of modules to a clean code: where among them the code begins, its version, which way up, and what every code has.

Source: ISO/IEC 18004:2015 §6.3 (function patterns), Annex E (places of alignment patterns).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from qr import codewords
from qr.patterns import FINDER, pattern

AROUND = 8  # modules sampled around where the code is thought to lie
_QUIET = 4
_PIXELS = 4  # of a clean picture, a module
_LIKELY = 0.75  # of the function patterns must agree; chance alone gives a half
_MOST = 2  # clean pictures of one sampling
_FINDER_LIKE = 0.5  # of 1: a quarter of its modules may be wrong
_MOST_FINDERS = 8
_SIDES = range(21, 178, 4)

Floats = npt.NDArray[np.float32]
Bits = npt.NDArray[np.bool_]
Gray = npt.NDArray[np.uint8]


_FINDER_SIGNS = np.where(FINDER, 1.0, -1.0).astype(np.float32)


class Placed(NamedTuple):
    """A code among the sampled modules: the share of its function patterns that agree, its corner, its side, its quarter turns."""

    agreement: float
    row: int
    column: int
    side: int
    turns: int


def codes(brightness: Floats) -> Iterator[Gray]:
    """Yield clean pictures of the codes that the sampled modules hold, their errors mended, the likeliest first."""
    for threshold in (_mean_nearby(brightness), _middle_nearby(brightness)):
        dark = brightness < threshold
        certain = _certain(brightness, threshold, dark)
        for placed in _placed(dark)[:_MOST]:
            whole = codewords.mended(_upright(dark, placed), _upright(certain, placed))
            if whole is not None:
                yield _drawn(whole)


def _mean_nearby(brightness: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(brightness, (0, 0), 3.0), np.float32)


def _middle_nearby(brightness: Floats) -> Floats:
    """Half way between the darkest and the lightest nearby."""
    low, high = _extremes(brightness)
    return np.asarray((low + high) / 2, np.float32)


def _extremes(brightness: Floats) -> tuple[Floats, Floats]:
    kernel = np.ones((7, 7), np.uint8)
    low, high = (cv2.GaussianBlur(part, (0, 0), 2.0) for part in (cv2.erode(brightness, kernel), cv2.dilate(brightness, kernel)))
    return np.asarray(low, np.float32), np.asarray(high, np.float32)


def _certain(brightness: Floats, threshold: Floats, dark: Bits) -> Floats:
    """How far from the threshold each module is, in units of the contrast nearby: dirt is grey, or one colour where a code never is."""
    low, high = _extremes(brightness)
    certain = np.minimum(np.abs(brightness - threshold) / (high - low + 4.0), 0.5)
    share = cv2.blur(dark.astype(np.float32), (5, 5))
    uniform = np.maximum(share, 1 - share)
    return np.asarray(certain * np.clip((0.97 - uniform) / 0.2, 0.02, 1.0), np.float32)


def _placed(dark: Bits) -> list[Placed]:
    """Where a code may begin: from every two places that look like finder patterns and are as far apart as a version's are."""
    signs = np.where(dark, 1.0, -1.0).astype(np.float32)
    corners = _likely_finders(signs)
    tried: dict[tuple[int, int, int], Placed] = {}
    for one, other in itertools.combinations(corners, 2):
        for key in _squares(one, other):
            if key not in tried and key[0] >= 0 and key[1] >= 0 and max(key[:2]) + key[2] <= dark.shape[0]:
                tried[key] = _agreement(signs, *key)
    return sorted((placed for placed in tried.values() if placed.agreement >= _LIKELY), reverse=True)


def _likely_finders(signs: Floats) -> list[tuple[int, int]]:
    """Row and column of the middles of the places most like a finder pattern with its light ring."""
    agree = cv2.matchTemplate(np.pad(signs, 4, constant_values=-1.0), _FINDER_SIGNS, cv2.TM_CCORR) / _FINDER_SIGNS.size
    peak = (agree == cv2.dilate(agree, np.ones((5, 5), np.uint8))) & (agree > _FINDER_LIKE)
    places = sorted(zip(agree[peak].tolist(), *(part.tolist() for part in np.nonzero(peak)), strict=True), reverse=True)
    return [(row, column) for _, row, column in places[:_MOST_FINDERS]]


def _squares(one: tuple[int, int], other: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """Corner (row, column) and side of the codes of which both are finder patterns."""
    (row, column), (row_2, column_2) = one, other
    high, wide = row_2 - row, column_2 - column
    far = max(abs(high), abs(wide))
    side = far + 7
    if side not in _SIDES:
        return
    if high == 0:
        left = min(column, column_2) - 3
        yield from ((row - 3, left, side), (row - 3 - far, left, side))
    elif wide == 0:
        top = min(row, row_2) - 3
        yield from ((top, column - 3, side), (top, column - 3 - far, side))
    elif abs(high) == abs(wide):
        yield min(row, row_2) - 3, min(column, column_2) - 3, side


def _agreement(signs: Floats, row: int, column: int, side: int) -> Placed:
    """How well the modules agree with a code's function patterns, the best of its four turns."""
    part = signs[row : row + side, column : column + side]
    shares = [float((np.rot90(part, -turns) * _signs(side)).sum()) for turns in range(4)]
    turns = int(np.argmax(shares))
    return Placed((shares[turns] / float(pattern(side)[1].sum()) + 1) / 2, row, column, side, turns)


@cache
def _signs(side: int) -> Floats:
    fixed, known = pattern(side)
    return np.where(known, np.where(fixed, 1.0, -1.0), 0.0).astype(np.float32)


def _upright(modules: npt.NDArray[Any], placed: Placed) -> npt.NDArray[Any]:
    rows, columns = slice(placed.row, placed.row + placed.side), slice(placed.column, placed.column + placed.side)
    return np.rot90(modules[rows, columns], -placed.turns)


def _drawn(modules: Bits) -> Gray:
    dark = np.kron(np.pad(modules, _QUIET), np.ones((_PIXELS, _PIXELS), bool))
    return np.where(dark, 0, 255).astype(np.uint8)
