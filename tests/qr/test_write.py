"""Text to code: the right segments, the smallest version, the asked level, drawings that read back."""

import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyzbar import pyzbar
from segno import consts

from qr import write
from qr.errors import CODES, TextError
from qr.read import MODEL_2
from tests.qr.camera import seal_text
from tests.share import share

HOSTS = ["K.EG", "KHATM.EXAMPLE", "KHATM.ALEXANDRIA.GOV.EG:8443", "127.0.0.1:8000", "LOCALHOST:8000", "A-B.C"]


def segno_matrix(text: str, level: str, mask: int) -> list[list[bool]]:
    """What an independent encoder makes of the three segments."""
    digits = text.rindex("/") + 1
    parts = [
        (text[:5], consts.MODE_BYTE),
        (text[5:digits], consts.MODE_ALPHANUMERIC),
        (text[digits:], consts.MODE_NUMERIC),
    ]
    code = segno.make_qr(parts, error=level, mask=mask, boost_error=False)
    return [[bool(module) for module in row] for row in code.matrix]


def data_bits(text: str, version: int) -> int:
    """Bits of the three segments without the terminator (ISO/IEC 18004:2015 §7.4.1, table 3)."""
    host, digits = len(text[5:].rstrip("0123456789")), len(text[text.rindex("/") + 1 :])
    heads = 3 * 4 + ((8 + 9 + 10) if version < 10 else (16 + 11 + 12))
    return heads + 5 * 8 + (host * 11 + 1) // 2 + (digits * 10 + 2) // 3


@pytest.mark.parametrize("level", ["M", "Q"])
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("digits", [30, 120, 352, 375, 401])
def test_the_code_is_the_one_segno_makes_of_three_segments(host: str, digits: int, level: write.Level) -> None:
    text = seal_text(digits, digits=digits, host=host)
    ours = [list(row) for row in write.matrix(text, level=level)]
    theirs = [segno_matrix(text, level, mask) for mask in range(8)]
    assert len(ours) == len(theirs[0])
    # Both encoders may choose a mask of their own; under that mask every module is the same. Only where the stream
    # ends on a whole byte, segno 1.6.6 pads with a zero byte too many (harmless; ISO/IEC 18004:2015 §7.4.10 has none).
    assert (ours in theirs) == (data_bits(text, (len(ours) - 17) // 4) % 8 != 4)


@pytest.mark.parametrize(("digits", "level", "version"), [(350, "M", 9), (380, "M", 9), (375, "Q", 11), (400, "Q", 12)])
def test_the_smallest_version_is_taken(digits: int, level: write.Level, version: int) -> None:
    assert write.version(seal_text(1, digits=digits), level=level) == version


@pytest.mark.parametrize("digits", [5, 60, 375])
def test_the_level_is_the_asked_one_even_where_a_higher_one_would_fit(digits: int) -> None:
    png = write.png(seal_text(2, digits=digits), level="M")
    assert zxingcpp.read_barcode(Image.open(io.BytesIO(png)), formats=MODEL_2).ec_level == "M"


@pytest.mark.parametrize("level", ["M", "Q"])
@pytest.mark.parametrize("module_px", [1, 3, 4, 8])
def test_a_png_reads_back_in_both_readers(level: write.Level, module_px: int) -> None:
    text = seal_text(3)
    image = Image.open(io.BytesIO(write.png(text, level=level, module_px=module_px)))
    assert image.mode == "1"
    assert image.width == image.height == (17 + 4 * write.version(text, level=level) + 8) * module_px
    assert [found.text for found in zxingcpp.read_barcodes(image, formats=MODEL_2)] == [text]
    if module_px > 1:
        assert [found.data.decode() for found in pyzbar.decode(image)] == [text]


def drawn(path: str, side: int) -> np.ndarray:
    """The modules that an SVG path of horizontal runs covers."""
    modules = np.zeros((side, side), bool)
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path)
    assert "".join(f"M{x} {y}h{width}v1h-{back}z" for x, y, width, back in runs) == path
    for x, y, width, back in [map(int, run) for run in runs]:
        assert width == back
        modules[y, x : x + width] = True
    return modules


def test_svg_and_matrix_show_the_same_code_with_four_white_modules_around() -> None:
    code = write.encode(seal_text(4))
    modules = drawn(code.path, code.side)
    assert np.array_equal(modules[4:-4, 4:-4], code.matrix)
    assert not modules[:4].any() and not modules[-4:].any() and not modules[:, :4].any() and not modules[:, -4:].any()
    root = ET.fromstring(code.svg())
    assert root.attrib["viewBox"] == f"0 0 {code.side} {code.side}"
    assert root[1].attrib["d"] == code.path


def test_the_same_text_gives_the_same_bytes() -> None:
    assert write.png(seal_text(5)) == write.png(seal_text(5))
    assert write.svg(seal_text(5)) == write.svg(seal_text(5))


@pytest.mark.parametrize(
    "text",
    [
        *("", "https://KHATM.EXAMPLE/", "http://KHATM.EXAMPLE/12", "HTTPS://KHATM.EXAMPLE/12", "https:///12", "12"),
        *("https://khatm.example/12", "https://KHATM.EXAMPLE/12a", "https://KHATM.EXAMPLE/12\n", "https://K/1/2"),
        *("https://KHATM.EXAMPLE/١٢", "https://KHATM EXAMPLE/12", "https://K:123456/1", "https://.K/1", "https://K-/1"),
    ],
)
def test_other_shapes_are_refused(text: str) -> None:
    with pytest.raises(TextError) as refusal:
        write.encode(text)
    assert refusal.value.code == "text_shape"


ENROLMENT = "otpauth://totp/Khatm:mona.said%40centre?secret=JBSWY3DPEHPK3PXP&issuer=Khatm"


@pytest.mark.parametrize("text", [ENROLMENT, "x", "".join(map(chr, range(0x20, 0x7F))) * 8])
def test_any_text_of_ascii_is_written_and_reads_back_in_both_readers(text: str) -> None:
    image = Image.open(io.BytesIO(write.encode_ascii(text).png()))
    assert [found.text for found in zxingcpp.read_barcodes(image, formats=MODEL_2)] == [text]
    assert [found.data.decode() for found in pyzbar.decode(image)] == [text]


@pytest.mark.parametrize("text", ["", "ختم", "a\nb", "a\0b", "é"])
def test_what_readers_may_take_for_another_text_is_refused(text: str) -> None:
    with pytest.raises(TextError, match="text_shape"):
        write.encode_ascii(text)


@pytest.mark.parametrize("digits", [5600, 7000, 100_000])
def test_what_no_code_can_hold_is_too_long(digits: int) -> None:
    with pytest.raises(TextError) as refusal:
        write.encode("https://KHATM.EXAMPLE/" + "1" * digits)
    assert refusal.value.code == "text_too_long"


def test_other_levels_and_sizes_are_refused() -> None:
    for level in ("L", "H", "m", ""):
        with pytest.raises(TextError, match="text_level"):
            write.encode(seal_text(6), level=level)
    for module_px in (0, -1, 65):
        with pytest.raises(TextError, match="module_size"):
            write.png(seal_text(6), module_px=module_px)


@given(st.text(max_size=60) | st.from_regex(r"https://[A-Z.:/0-9]{0,30}", fullmatch=True))
@settings(max_examples=share(300), deadline=None)
def test_any_text_is_written_or_refused(text: str) -> None:
    try:
        code = write.encode(text)
    except TextError as refusal:
        assert refusal.code in CODES
    else:
        pixels = Image.open(io.BytesIO(code.png()))
        assert zxingcpp.read_barcode(pixels, formats=MODEL_2).text == text
