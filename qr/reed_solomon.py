"""Reed–Solomon over GF(256) as QR codes use it: errors at unknown places, and erasures at places that are known to be bad.

Field polynomial x⁸ + x⁴ + x³ + x² + 1 and generator roots α⁰ … α^(n−1): ISO/IEC 18004:2015 Annex A. With e errors and s erasures a block
of `check` check octets is mended while 2e + s ≤ check. Method: syndromes, the erasure locator as the start of Berlekamp–Massey,
Chien search, Forney (R. E. Blahut, "Theory and Practice of Error Control Codes", 1983, §7.5, §9.1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Octets = npt.NDArray[np.int64]

_POLYNOMIAL = 0x11D


def _tables() -> tuple[Octets, Octets]:
    powers, logarithms = np.zeros(512, np.int64), np.zeros(256, np.int64)
    value = 1
    for exponent in range(255):
        powers[exponent], logarithms[value] = value, exponent
        value = value << 1 ^ (_POLYNOMIAL if value & 0x80 else 0)
    powers[255:] = powers[: 512 - 255]
    return powers, logarithms


POWERS, LOGARITHMS = _tables()


def mended(block: Sequence[int], check: int, erased: Sequence[int] = (), *, spare: int = 0) -> list[int] | None:
    """Return the block (data, then `check` octets) with its errors and erasures mended; None if there are too many of them.

    `erased` are places from 0. `spare` check octets must be left over: 2e + s ≤ check − spare. Each spare octet makes it 256 times less
    likely that nonsense is taken for a mended block.
    """
    octets = np.asarray(block, np.int64)
    syndromes = _syndromes(octets, check)
    if not any(syndromes):
        return list(block)
    if len(erased) > check - spare:
        return None
    length = len(block)
    locator = _located(syndromes, [length - 1 - place for place in erased], check)
    errors = len(locator) - 1 - len(erased)
    if errors < 0 or 2 * errors + len(erased) > check - spare:
        return None
    places = _roots(locator, length)
    if len(places) != len(locator) - 1:
        return None
    for place, value in zip(places, _values(syndromes, locator, places), strict=True):
        octets[length - 1 - place] ^= value
    return None if any(_syndromes(octets, check)) else [int(octet) for octet in octets]


def _times(one: int, other: int) -> int:
    return int(POWERS[LOGARITHMS[one] + LOGARITHMS[other]]) if one and other else 0


def _over(one: int, other: int) -> int:
    return int(POWERS[LOGARITHMS[one] + 255 - LOGARITHMS[other]]) if one else 0


def _syndromes(octets: Octets, check: int) -> list[int]:
    """The block's polynomial at α⁰ … α^(check−1); its first octet has the highest power."""
    there = np.flatnonzero(octets)
    logarithms = LOGARITHMS[octets[there]]
    exponents = np.arange(check)[:, None] * (len(octets) - 1 - there)[None, :]
    return [int(value) for value in np.bitwise_xor.reduce(POWERS[(logarithms + exponents) % 255], axis=1)] if len(there) else [0] * check


def _located(syndromes: Sequence[int], erased: Sequence[int], check: int) -> list[int]:
    """The locator polynomial, lowest power first, of erasures at these powers and of whatever errors there are besides."""
    locator = [1]
    for power in erased:
        root = int(POWERS[power % 255])
        locator = [a ^ _times(root, b) for a, b in zip([*locator, 0], [0, *locator], strict=True)]
    previous, length, gap, last = list(locator), len(erased), 1, 1
    for step in range(len(erased), check):
        off = 0
        for power, value in enumerate(locator[: step + 1]):
            off ^= _times(value, syndromes[step - power])
        if off == 0:
            gap += 1
            continue
        scale = _over(off, last)
        shifted = [0] * gap + [_times(scale, value) for value in previous]
        width = max(len(locator), len(shifted))
        changed = [a ^ b for a, b in zip(locator + [0] * (width - len(locator)), shifted + [0] * (width - len(shifted)), strict=True)]
        if 2 * (length - len(erased)) <= step - len(erased):
            previous, last, gap = locator, off, 1
            length = step + 1 - length + len(erased)
        else:
            gap += 1
        locator = changed
    while len(locator) > 1 and locator[-1] == 0:
        locator.pop()
    return locator


def _roots(locator: Sequence[int], length: int) -> list[int]:
    """The powers p below `length` for which α^−p is a root."""
    powers = np.arange(length)
    total = np.zeros(length, np.int64)
    for degree, value in enumerate(locator):
        if value:
            total ^= POWERS[(LOGARITHMS[value] - degree * powers) % 255]
    return [int(power) for power in np.flatnonzero(total == 0)]


def _values(syndromes: Sequence[int], locator: Sequence[int], places: Sequence[int]) -> list[int]:
    """What to add at each place: Forney's formula for roots that begin with α⁰."""
    evaluator = [0] * len(syndromes)
    for degree in range(len(syndromes)):
        for power, value in enumerate(locator[: degree + 1]):
            evaluator[degree] ^= _times(value, syndromes[degree - power])
    values = []
    for place in places:
        inverse = -place % 255
        over = under = 0
        for degree, value in enumerate(evaluator):
            over ^= _times(value, int(POWERS[degree * inverse % 255]))
        for degree in range(1, len(locator), 2):
            under ^= _times(locator[degree], int(POWERS[(degree - 1) * inverse % 255]))
        values.append(_times(int(POWERS[place % 255]), _over(over, under)) if under else 0)
    return values
