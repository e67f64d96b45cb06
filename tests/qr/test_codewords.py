"""Codewords against two independent encoders: every version and level, and more errors than an ordinary reader mends."""

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from segno import consts

from qr import codewords, reed_solomon
from qr.patterns import pattern
from tests.share import share

LEVELS = "LMQH"
SEGNO_LEVEL = {"L": consts.ERROR_LEVEL_L, "M": consts.ERROR_LEVEL_M, "Q": consts.ERROR_LEVEL_Q, "H": consts.ERROR_LEVEL_H}


def modules(version: int, level: str, text: str = "2026خ") -> np.ndarray:
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCodeModel2, ecLevel=level, version=version)
    return np.asarray(barcode.to_image(scale=1, add_quiet_zones=False)) < 128


@pytest.mark.parametrize("version", range(1, 41))
def test_function_patterns_and_codewords_are_those_of_another_encoder(version: int) -> None:
    for level in LEVELS:
        dark = modules(version, level)
        fixed, known = pattern(dark.shape[0])
        assert (dark[known] == fixed[known]).all()
        assert np.array_equal(codewords.mended(dark, np.ones(dark.shape, np.float32)), dark)


@pytest.mark.parametrize("version", range(1, 41))
def test_blocks_are_those_of_the_table(version: int) -> None:
    rows, _ = codewords._order(4 * version + 17)
    for level in LEVELS:
        blocks = codewords._blocks(level, version, len(rows) // 8)
        theirs = [(info.num_total, info.num_data) for info in consts.ECC[version][SEGNO_LEVEL[level]] for _ in range(info.num_blocks)]
        assert [(len(places), len(places) - check) for places, check in blocks] == theirs
        assert sorted(place for places, _ in blocks for place in places) == list(range(len(rows) // 8))


def test_errors_at_known_places_count_half() -> None:
    """Version 9 at M mends 11 octets of a block of 22 check octets; with the doubtful ones given up first, up to 18."""
    dark = modules(9, "M", "1" * 380)
    rows, columns = codewords._order(53)
    damaged, certain = dark.copy(), np.ones(dark.shape, np.float32)
    for places, _ in codewords._blocks("M", 9, len(rows) // 8):
        for place in np.random.default_rng(9).choice(places, 17, replace=False):
            at = rows[place * 8], columns[place * 8]
            damaged[at] ^= True
            certain[at] = 0.1
    assert codewords.mended(damaged, np.ones(dark.shape, np.float32)) is None
    assert np.array_equal(codewords.mended(damaged, certain), dark)


def test_noise_is_not_mended_into_a_code() -> None:
    random = np.random.default_rng(7)
    for side in (21, 33, 53):
        fixed, known = pattern(side)
        for _ in range(40):
            noise = np.where(known, fixed, random.random((side, side)) < 0.5)
            assert codewords.mended(noise, random.random((side, side)).astype(np.float32)) is None


def encoded(data: list[int], check: int) -> list[int]:
    """Check octets by long division with the generator polynomial, Annex A: not how the decoder thinks."""
    generator = [1]
    for power in range(check):
        root = int(reed_solomon.POWERS[power])
        generator = [a ^ product(root, b) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
    rest = [*data, *[0] * check]
    for place in range(len(data)):
        if factor := rest[place]:
            for step, value in enumerate(generator):
                rest[place + step] ^= product(factor, value)
    return [*data, *rest[len(data) :]]


def product(one: int, other: int) -> int:
    """Multiplication in GF(256) bit by bit."""
    total = 0
    while other:
        total ^= one if other & 1 else 0
        one = one << 1 ^ (0x11D if one & 0x80 else 0)
        other >>= 1
    return total


@given(st.data())
@settings(max_examples=share(150), deadline=None)
def test_whatever_is_within_the_bound_is_mended(data: st.DataObject) -> None:
    check = data.draw(st.sampled_from([7, 10, 13, 16, 22, 26, 30]))
    whole = encoded(data.draw(st.lists(st.integers(0, 255), min_size=5, max_size=110)), check)
    erasures = data.draw(st.integers(0, check))
    errors = data.draw(st.integers(0, (check - erasures) // 2))
    places = data.draw(st.permutations(range(len(whole))))[: erasures + errors]
    damaged = list(whole)
    for place in places:
        damaged[place] ^= data.draw(st.integers(1, 255))
    assert reed_solomon.mended(damaged, check, places[:erasures]) == whole


def test_spare_octets_are_kept_back() -> None:
    whole = encoded(list(range(40)), 10)
    damaged = [octet ^ (0x55 if place < 4 else 0) for place, octet in enumerate(whole)]
    assert reed_solomon.mended(damaged, 10, spare=2) == whole
    assert reed_solomon.mended(damaged, 10, spare=4) is None
    assert reed_solomon.mended(damaged, 10, list(range(7)), spare=4) is None
