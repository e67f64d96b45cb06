"""The modules that every QR code of a version has: finder, timing and alignment patterns, the dark module, version information.

Source: ISO/IEC 18004:2015 §6.3, §7.10, Annexes D and E.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.bool_]

_RING = np.maximum(*np.abs(np.mgrid[-4:5, -4:5]))
FINDER = (_RING != 2) & (_RING != 4)
"""A finder pattern with its light ring: (9, 9), True where dark."""

_VERSION_DIVISOR = 0x1F25


@cache
def pattern(side: int) -> tuple[Bits, Bits]:
    """The function patterns of a code of `side` modules, and which modules they are."""
    dark, known = np.zeros((side, side), bool), np.zeros((side, side), bool)
    for row, column in ((3, 3), (3, side - 4), (side - 4, 3)):
        low_r, low_c = max(0, row - 4), max(0, column - 4)
        high_r, high_c = min(side, row + 5), min(side, column + 5)
        part = FINDER[low_r - row + 4 : high_r - row + 4, low_c - column + 4 : high_c - column + 4]
        dark[low_r:high_r, low_c:high_c] = part
        known[low_r:high_r, low_c:high_c] = True
    beat = np.arange(8, side - 8)
    dark[6, beat] = dark[beat, 6] = beat % 2 == 0
    known[6, beat] = known[beat, 6] = True
    centres = _alignment(side)
    for row in centres:
        for column in centres:
            if known[row, column] and (row, column) not in {(6, c) for c in centres[1:-1]} | {(c, 6) for c in centres[1:-1]}:
                continue
            block = (slice(row - 2, row + 3), slice(column - 2, column + 3))
            dark[block] = np.maximum(*np.abs(np.mgrid[-2:3, -2:3])) != 1
            known[block] = True
    dark[side - 8, 8] = known[side - 8, 8] = True
    _version_information(dark, known)
    return dark, known


def _alignment(side: int) -> list[int]:
    """The rows, and columns, of the alignment patterns' middles (Annex E): evenly spaced from the far end, the first gap takes the rest."""
    version = (side - 17) // 4
    if version == 1:
        return []
    count = version // 7 + 2
    step = 26 if version == 32 else (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    return [6, *sorted(side - 7 - step * i for i in range(count - 1))]


def _version_information(dark: Bits, known: Bits) -> None:
    """Six by three modules beside two finder patterns, from version 7 on (§7.10)."""
    side = dark.shape[0]
    version = (side - 17) // 4
    if version < 7:
        return
    rest = version << 12
    for bit in range(17, 11, -1):
        if rest >> bit & 1:
            rest ^= _VERSION_DIVISOR << (bit - 12)
    word = version << 12 | rest
    for bit in range(18):
        row, column = bit // 3, side - 11 + bit % 3
        dark[row, column] = dark[column, row] = bool(word >> bit & 1)
        known[row, column] = known[column, row] = True
