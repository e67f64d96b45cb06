"""The codewords of a QR code among its modules: where they stand, how they are masked and interleaved, and mending them with erasures.

Sources, all ISO/IEC 18004:2015: §7.7.3 (placement), §7.8.2 (masks), §7.9 (format information), §7.5.1 and Table 9 (blocks). The tests hold
the tables to an independent encoder in every version and level.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qr import reed_solomon
from qr.patterns import pattern

Bits = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

_LEVELS = "MLHQ"  # by their two bits, Table 12
# Check octets of a block and number of blocks, by level and version, Table 9.
_CHECK = {
    "L": "7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 28 28 30 30 26 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
    "M": "10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 26 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28",
    "Q": "13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 28 30 30 30 30 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
    "H": "17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 30 24 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30",
}
_BLOCKS = {
    "L": "1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25",
    "M": "1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 45 47 49",
    "Q": "1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 62 65 68",
    "H": "1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 74 77 81",
}
_FORMAT_MASK = 0x5412
_FORMAT_DIVISOR = 0x537
_MOST_FORMAT_ERRORS = 8  # of 30 bits, both copies
_STEPS = 6  # how many numbers of erasures are tried for a block
_SPARE = 4  # check octets that must be left over where erasures are used
_LEAST_AGREEMENT = 0.7  # of the modules: a mended code that has little of the picture would be an invention


class Format(NamedTuple):
    """Error correction level and mask (0 to 7) of a code."""

    level: str
    mask: int


def mended(dark: Bits, certain: Floats) -> Bits | None:
    """Return the modules with all their errors mended, or None if there are too many.

    `dark` is (side, side), upright; `certain` says how sure each module is, the least sure are given up first.
    """
    for form in _formats(dark):
        made = _mended(dark, certain, form)
        if made is not None and (made == dark).mean() >= _LEAST_AGREEMENT:
            return made
    return None


def _mended(dark: Bits, certain: Floats, form: Format) -> Bits | None:
    side = dark.shape[0]
    rows, columns = _order(side)
    mask = _mask(form.mask, side)
    bits = (dark ^ mask)[rows, columns]
    whole = len(bits) // 8
    octets = np.packbits(bits[: whole * 8])
    sure = certain[rows, columns][: whole * 8].reshape(whole, 8).min(axis=1)
    for places, check in _blocks(form.level, (side - 17) // 4, whole):
        block = _block(octets[places].tolist(), sure[places], check)
        if block is None:
            return None
        octets[places] = block
    made, _ = pattern(side)
    made = made | _format_modules(form, side)
    made[rows[: whole * 8], columns[: whole * 8]] = np.unpackbits(octets).astype(bool) ^ mask[rows, columns][: whole * 8]
    made[rows[whole * 8 :], columns[whole * 8 :]] = mask[rows, columns][whole * 8 :]
    return made


def _block(octets: list[int], sure: Floats, check: int) -> list[int] | None:
    """Mend a block: without erasures, then with more and more of its least certain octets given up (generalised minimum distance)."""
    plain = reed_solomon.mended(octets, check)
    if plain is not None:
        return plain
    doubtful = np.argsort(sure, kind="stable")
    spare = min(_SPARE, check // 3)
    for count in np.unique(np.linspace(check // 4, check - spare, _STEPS).astype(int)).tolist():
        made = reed_solomon.mended(octets, check, [int(place) for place in doubtful[:count]], spare=spare)
        if made is not None:
            return made
    return None


@cache
def _order(side: int) -> tuple[Places, Places]:
    """Rows and columns of the data modules in the order of their bits: two columns at a time, up and down, from the lower right."""
    _, known = pattern(side)
    taken = known | _format_places(side)
    rows, columns = [], []
    upwards = True
    right = side - 1
    while right > 0:
        if right == 6:
            right -= 1
        for step in range(side):
            row = side - 1 - step if upwards else step
            for column in (right, right - 1):
                if not taken[row, column]:
                    rows.append(row)
                    columns.append(column)
        upwards = not upwards
        right -= 2
    return np.array(rows), np.array(columns)


@cache
def _blocks(level: str, version: int, whole: int) -> list[tuple[Places, int]]:
    """For each block the places of its octets among all, its data first, and how many of them are check octets."""
    check, count = int(_CHECK[level].split()[version - 1]), int(_BLOCKS[level].split()[version - 1])
    data = whole - check * count
    shortest, longer = divmod(data, count)
    blocks = []
    for number in range(count):
        places = [count * step + number for step in range(shortest)]
        if number >= count - longer:
            places.append(count * shortest + number - (count - longer))
        places += [data + count * step + number for step in range(check)]
        blocks.append((np.array(places), check))
    return blocks


@cache
def _mask(mask: int, side: int) -> Bits:
    i, j = np.mgrid[0:side, 0:side]
    return np.asarray(
        [
            (i + j) % 2,
            i % 2,
            j % 3,
            (i + j) % 3,
            (i // 2 + j // 3) % 2,
            i * j % 2 + i * j % 3,
            (i * j % 2 + i * j % 3) % 2,
            ((i + j) % 2 + i * j % 3) % 2,
        ][mask]
        == 0
    )


def _format_copies(side: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The modules of both copies of the format information, the highest bit first."""
    first = [(8, 0), (8, 1), (8, 2), (8, 3), (8, 4), (8, 5), (8, 7), (8, 8), (7, 8), (5, 8), (4, 8), (3, 8), (2, 8), (1, 8), (0, 8)]
    second = [(side - 1 - step, 8) for step in range(7)] + [(8, side - 8 + step) for step in range(8)]
    return first, second


@cache
def _format_places(side: int) -> Bits:
    places = np.zeros((side, side), bool)
    for copy in _format_copies(side):
        for row, column in copy:
            places[row, column] = True
    return places


@cache
def _words() -> list[tuple[int, Format]]:
    """The 32 words of format information and what they mean."""
    words = []
    for value in range(32):
        rest = value << 10
        for bit in range(14, 9, -1):
            if rest >> bit & 1:
                rest ^= _FORMAT_DIVISOR << (bit - 10)
        words.append(((value << 10 | rest) ^ _FORMAT_MASK, Format(_LEVELS[value >> 3], value & 7)))
    return words


def _formats(dark: Bits) -> Iterator[Format]:
    """The likeliest format information, and the next one if it is about as likely."""
    read = [sum(int(dark[place]) << (14 - bit) for bit, place in enumerate(copy)) for copy in _format_copies(dark.shape[0])]
    by_errors = sorted(
        (sum((word ^ copy).bit_count() for copy in read), min((word ^ copy).bit_count() for copy in read), form) for word, form in _words()
    )
    for total, best, form in by_errors[:2]:
        if total <= _MOST_FORMAT_ERRORS or best <= 3:
            yield form


def _format_modules(form: Format, side: int) -> Bits:
    made = np.zeros((side, side), bool)
    word = next(word for word, known in _words() if known == form)
    for copy in _format_copies(side):
        for bit, place in enumerate(copy):
            made[place] = bool(word >> (14 - bit) & 1)
    return made
