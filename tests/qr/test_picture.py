"""Uploaded bytes to a grey picture: bounds, damage, colours, orientation. Nothing but PictureError ever comes out."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from qr import picture, write
from qr.errors import CODES, SENTENCES, OutOfTimeError, PictureError
from qr.read import read
from tests.qr.camera import ours, seal_text

TEXT = seal_text(1)
CODE = Image.open(io.BytesIO(write.png(TEXT)))
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def refusal(data: bytes, **limits: int) -> str:
    with pytest.raises(PictureError) as refused:
        picture.parse(data, **limits)
    assert refused.value.code in CODES
    return refused.value.code


VALID = {kind: saved(CODE.convert("L"), kind) for kind in FORMATS}
VALID["progressive JPEG"] = saved(CODE.convert("RGB"), "JPEG", progressive=True)
VALID["colour JPEG"] = saved(CODE.convert("RGB"), "JPEG")
VALID["CMYK JPEG"] = saved(CODE.convert("CMYK"), "JPEG")
VALID["palette PNG"] = saved(CODE.convert("P"), "PNG")
VALID["interlaced GIF"] = saved(CODE.convert("P"), "GIF", interlace=1)
VALID["lossless WEBP"] = saved(CODE.convert("RGB"), "WEBP", lossless=True)
VALID["16 bit PNG"] = saved(Image.fromarray(np.where(np.asarray(CODE), 60000, 2000).astype(np.uint16)), "PNG")


@pytest.mark.parametrize("name", VALID)
def test_pictures_of_every_kind_are_read(name: str) -> None:
    found = picture.parse(VALID[name])
    assert found.dtype == np.uint8
    assert found.shape == (CODE.height, CODE.width)
    assert read(found, ours=ours) == (TEXT,)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_transparent_parts_are_white(kind: str) -> None:
    """Black modules on transparent black: without a white ground there is nothing to see."""
    dark = CODE.convert("L").point(lambda value: 255 - value)
    image = Image.merge("RGBA", (*[Image.new("L", CODE.size, 0)] * 3, dark))
    found = picture.parse(saved(image, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert read(found, ours=ours) == (TEXT,)


def test_grey_with_alpha_is_laid_on_white() -> None:
    image = Image.merge("LA", (Image.new("L", (30, 30), 0), Image.new("L", (30, 30), 128)))
    assert np.all(np.abs(picture.parse(saved(image, "PNG")).astype(int) - 127) <= 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_turns_the_picture_upright(orientation: int, kind: str) -> None:
    stored = Image.new("L", (60, 40), 200)
    stored.paste(0, (0, 0, 10, 10))
    exif = Image.Exif()
    exif[picture.EXIF_ORIENTATION] = orientation
    found = picture.parse(saved(stored, kind, exif=exif))
    assert found.shape == ((40, 60) if orientation < 5 else (60, 40))
    # Exif 2.32 tag 274: where the stored first row and first column are to be seen.
    top, left = {1: (1, 1), 2: (1, 0), 3: (0, 0), 4: (0, 1), 5: (1, 1), 6: (1, 0), 7: (0, 0), 8: (0, 1)}[orientation]
    assert found[3 if top else -4, 3 if left else -4] < 60


def test_damaged_exif_is_no_reason_to_refuse() -> None:
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nonsense", b"Exif\0\0"):
        assert read(picture.parse(saved(CODE.convert("L"), "JPEG", exif=exif)), ours=ours) == (TEXT,)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = {"save_all": True, "append_images": [Image.new("L", CODE.size, 77)], "duration": 100}
    assert read(picture.parse(saved(CODE.convert("L"), kind, **frames)), ours=ours) == (TEXT,)


def test_nothing_is_empty() -> None:
    assert refusal(b"") == "picture_empty"


def test_too_many_bytes_are_refused() -> None:
    assert refusal(bytes(10 * 1024 * 1024 + 1)) == "picture_too_large"
    assert refusal(VALID["PNG"], most_bytes=100) == "picture_too_large"


def bomb_png(side: int) -> bytes:
    """A PNG that declares side x side pixels, and holds none of them."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7072, 10_000, 20_000, 65_535, 1_000_000])
def test_bombs_are_refused_by_their_header(side: int) -> None:
    assert refusal(bomb_png(side)) == "picture_too_many_pixels"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_50_megapixel_picture_is_refused(kind: str) -> None:
    assert refusal(saved(Image.new("L", (10_000, 5_000), 255), kind)) == "picture_too_many_pixels"


def test_the_header_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(picture, "_gray", never)
    assert refusal(VALID["PNG"], most_pixels=1000) == "picture_too_many_pixels"
    with pytest.raises(AssertionError):
        picture.parse(VALID["PNG"])


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = saved(Image.new("L", (6000, 6000), 128), "JPEG", progressive=True)
    scan = data[data.rindex(picture.SCAN) : -2]
    assert picture.parse(data).shape == (6000, 6000)
    assert refusal(data[:-2] + scan * 10_000 + data[-2:]) == "picture_too_many_pixels"


@pytest.mark.parametrize("name", VALID)
def test_cut_uploads_are_called_cut(name: str) -> None:
    data = VALID[name]
    for share in (0.3, 0.6, 0.9):
        assert refusal(data[: int(len(data) * share)]) == "picture_truncated"


@pytest.mark.parametrize(
    "data",
    [b"hello", b"%PDF-1.7\n" + bytes(500), b"<svg xmlns='http://www.w3.org/2000/svg'/>", bytes(1000), b"PK\3\4" * 99],
)
def test_what_is_no_picture_is_called_so(data: bytes) -> None:
    assert refusal(data) == "picture_format"


@pytest.mark.parametrize("kind", ["TIFF", "ICO", "PPM", "TGA", "PCX", "EPS", "JPEG2000"])
def test_other_formats_stay_shut(kind: str) -> None:
    assert refusal(saved(CODE.convert("RGB"), kind)) == "picture_format"


@pytest.mark.parametrize("name", ["PNG", "palette PNG", "16 bit PNG", "GIF", "lossless WEBP"])
def test_a_damaged_middle_is_unreadable(name: str) -> None:
    data = bytearray(VALID[name])
    half = len(data) // 2
    data[half : half + 40] = bytes(40)
    assert refusal(bytes(data)) == "picture_unreadable"


def accepted_or_refused(data: bytes) -> None:
    try:
        found = picture.parse(data, most_pixels=1_000_000)
    except PictureError as refused:
        assert refused.code in CODES
    else:
        assert found.ndim == 2
        assert found.dtype == np.uint8


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes(data: bytes) -> None:
    accepted_or_refused(data)


@given(st.sampled_from([*picture.MAGIC, b"RIFF\x40\0\0\0WEBPVP8 ", b"RIFF"]), st.binary(max_size=300))
@settings(max_examples=500, deadline=None)
def test_any_bytes_after_a_known_beginning(magic: bytes, data: bytes) -> None:
    accepted_or_refused(magic + data)


@given(st.sampled_from(sorted(VALID)), st.data())
@settings(max_examples=600, deadline=None)
def test_damaged_pictures(name: str, draw: st.DataObject) -> None:
    data = bytearray(VALID[name])
    positions = st.integers(0, min(len(data) - 1, 700)) | st.integers(0, len(data) - 1)
    for position, value in draw.draw(st.lists(st.tuples(positions, st.integers(0, 255)), max_size=8)):
        data[position] = value
    accepted_or_refused(bytes(data[: draw.draw(st.integers(0, len(data)))] if draw.draw(st.booleans()) else data))


def test_every_code_has_a_sentence_in_both_languages() -> None:
    raised = {"picture_empty", "picture_too_large", "picture_too_many_pixels", "picture_format", "picture_truncated"}
    raised |= {"picture_unreadable", "text_shape", "text_too_long", "text_level", "module_size", OutOfTimeError().code}
    assert raised == CODES
    for sentences in SENTENCES.values():
        assert set(sentences) == {"ar", "en"}
        assert any("\u0600" <= letter <= "\u06ff" for letter in sentences["ar"])
        assert sentences["en"].isascii()
