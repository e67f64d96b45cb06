"""Uploaded bytes to a grey picture: bounds, damage, colours, orientation. Nothing but PictureError ever comes out."""

import io
import random
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pikepdf
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from qr import confined, picture, raster, write
from qr.errors import CODES, SENTENCES, OutOfTimeError, PictureError
from qr.read import read, read_all
from tests.qr import phone
from tests.qr.camera import ours, seal_text
from tests.share import share

TEXT = seal_text(1)
CODE = Image.open(io.BytesIO(write.png(TEXT)))
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
pillow_heif.register_heif_opener()


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def only(data: bytes, **limits: int) -> npt.NDArray[np.uint8]:
    """The one picture in a file."""
    (found,) = picture.parse(data, **limits)
    return found


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
    found = only(VALID[name])
    assert found.dtype == np.uint8
    assert found.shape == (CODE.height, CODE.width)
    assert read(found, ours=ours) == (TEXT,)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_transparent_parts_are_white(kind: str) -> None:
    """Black modules on transparent black: without a white ground there is nothing to see."""
    dark = CODE.convert("L").point(lambda value: 255 - value)
    image = Image.merge("RGBA", (*[Image.new("L", CODE.size, 0)] * 3, dark))
    found = only(saved(image, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert read(found, ours=ours) == (TEXT,)


def test_grey_with_alpha_is_laid_on_white() -> None:
    image = Image.merge("LA", (Image.new("L", (30, 30), 0), Image.new("L", (30, 30), 128)))
    assert np.all(np.abs(only(saved(image, "PNG")).astype(int) - 127) <= 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_turns_the_picture_upright(orientation: int, kind: str) -> None:
    stored = Image.new("L", (60, 40), 200)
    stored.paste(0, (0, 0, 10, 10))
    exif = Image.Exif()
    exif[raster.EXIF_ORIENTATION] = orientation
    found = only(saved(stored, kind, exif=exif))
    assert found.shape == ((40, 60) if orientation < 5 else (60, 40))
    # Exif 2.32 tag 274: where the stored first row and first column are to be seen.
    top, left = {1: (1, 1), 2: (1, 0), 3: (0, 0), 4: (0, 1), 5: (1, 1), 6: (1, 0), 7: (0, 0), 8: (0, 1)}[orientation]
    assert found[3 if top else -4, 3 if left else -4] < 60


def test_damaged_exif_is_no_reason_to_refuse() -> None:
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nonsense", b"Exif\0\0"):
        assert read(only(saved(CODE.convert("L"), "JPEG", exif=exif)), ours=ours) == (TEXT,)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = {"save_all": True, "append_images": [Image.new("L", CODE.size, 77)], "duration": 100}
    assert read(only(saved(CODE.convert("L"), kind, **frames)), ours=ours) == (TEXT,)


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


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "JPEG of many scans"])
def test_a_50_megapixel_picture_is_refused(kind: str) -> None:
    many = {"progressive": True} if " " in kind else {}
    assert refusal(saved(Image.new("L", (10_000, 5_000), 255), kind.split(maxsplit=1)[0], **many)) == "picture_too_many_pixels"


def test_the_header_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(raster, "_gray", never)
    assert refusal(VALID["PNG"], most_pixels=1000) == "picture_too_many_pixels"
    with pytest.raises(AssertionError):
        picture.parse(VALID["PNG"])


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = saved(Image.new("L", (6000, 6000), 128), "JPEG", progressive=True)
    scan = data[data.rindex(raster.SCAN) : -2]
    assert only(data).shape == (6000, 6000)
    assert refusal(data[:-2] + scan * 10_000 + data[-2:]) == "picture_too_many_pixels"


@pytest.mark.parametrize("name", VALID)
def test_cut_uploads_are_called_cut(name: str) -> None:
    data = VALID[name]
    for part in (0.3, 0.6, 0.9):
        assert refusal(data[: int(len(data) * part)]) == "picture_truncated"


def test_half_a_picture_is_no_whole_one_whatever_other_libraries_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint does as it is imported
    assert refusal(VALID["JPEG"][: len(VALID["JPEG"]) // 2]) == "picture_truncated"


@pytest.mark.parametrize(
    "data",
    [
        *(b"hello", b"\0\0\0\x18ftypisom\0\0\2\0mp42isom" + bytes(500)),
        *(b"<svg xmlns='http://www.w3.org/2000/svg'/>", bytes(1000), b"PK\3\4" * 99),
    ],
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
        found = only(data, most_pixels=1_000_000)
    except PictureError as refused:
        assert refused.code in CODES
    else:
        assert found.ndim == 2
        assert found.dtype == np.uint8


@given(st.binary(max_size=300))
@settings(max_examples=share(300), deadline=None)
def test_any_bytes(data: bytes) -> None:
    accepted_or_refused(data)


@given(st.sampled_from([*raster.MAGIC, b"RIFF\x40\0\0\0WEBPVP8 ", b"RIFF"]), st.binary(max_size=300))
@settings(max_examples=share(500), deadline=None)
def test_any_bytes_after_a_known_beginning(magic: bytes, data: bytes) -> None:
    accepted_or_refused(magic + data)


@given(st.sampled_from(sorted(VALID)), st.data())
@settings(max_examples=share(600), deadline=None)
def test_damaged_pictures(name: str, draw: st.DataObject) -> None:
    data = bytearray(VALID[name])
    positions = st.integers(0, min(len(data) - 1, 700)) | st.integers(0, len(data) - 1)
    for position, value in draw.draw(st.lists(st.tuples(positions, st.integers(0, 255)), max_size=8)):
        data[position] = value
    accepted_or_refused(bytes(data[: draw.draw(st.integers(0, len(data)))] if draw.draw(st.booleans()) else data))


# What is decoded in a process of its own: each such test costs a start of Python.


def portable(*images: Image.Image) -> bytes:
    buffer = io.BytesIO()
    images[0].save(buffer, "PDF", save_all=True, append_images=images[1:], resolution=150)
    return buffer.getvalue()


def wide(side: int, count: int) -> bytes:
    """A PDF page that shows `count` black squares of side x side pixels, each a few octets."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    images, packed = {}, zlib.compress(bytes(side * side), 1)
    for number in range(count):
        image = pikepdf.Stream(document, b"")
        image.write(packed, filter=pikepdf.Name.FlateDecode)
        image.stream_dict.update({"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": side, "/Height": side})
        image.stream_dict.update({"/BitsPerComponent": 8, "/ColorSpace": pikepdf.Name.DeviceGray})
        images[f"/I{number}"] = image
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(images))
    page.contents_add(b"".join(b"q 500 0 0 500 0 0 cm /I%d Do Q\n" % number for number in range(count)))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


PHOTO = phone.Exposure(megapixels=1.2, noise=4)


def photo() -> Image.Image:
    """The code as a phone takes it."""
    card = Image.new("RGB", (1240, 877), "white")
    card.paste(CODE.resize((500, 500)), (60, 200))
    return Image.open(io.BytesIO(phone.photograph(card, PHOTO, seed=1)))


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "PDF"])
def test_photographs_of_newer_phones_and_scanners_are_read(kind: str) -> None:
    data = portable(photo()) if kind == "PDF" else saved(photo(), kind, quality=70)
    assert picture.kind_of(data) == kind
    assert read_all(picture.parse(data), ours=ours) == (TEXT,)


def test_a_code_that_a_pdf_draws_is_read_on_any_of_its_pages() -> None:
    """Our own papers draw their codes: there is no picture in them."""
    import weasyprint

    code = write.encode(TEXT)
    page = f'<p>ترخيص</p><p style="break-after: page"></p><svg width="35mm" height="35mm" viewBox="0 0 {code.side} {code.side}">'
    data = weasyprint.HTML(string=f'{page}<path d="{code.path}"/></svg>').write_pdf()
    found = picture.parse(data)
    assert len(found) == 2
    assert read_all(found, ours=ours) == (TEXT,)


def test_a_pdf_of_many_pages_is_refused() -> None:
    pages = [Image.new("L", (100, 140), 255)] * (confined.PAGES_MOST + 1)
    assert len(picture.parse(portable(*pages[1:]))) == confined.PAGES_MOST
    assert refusal(portable(*pages)) == "picture_too_many_pages"


@pytest.mark.parametrize(("side", "count"), [(8_000, 30), (1_000, 1_000)])
def test_what_unpacks_a_thousandfold_has_bounds(side: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "WALL_SECONDS", 1.5)
    data = wide(side, count)
    assert len(data) < picture.MOST_BYTES
    assert refusal(data) == "picture_costly"


def test_a_process_that_wants_too_much_memory_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import qr.confined as c; c._bound(); bytearray(c.MEMORY_MOST)"
    monkeypatch.setattr(confined.sys, "executable", "/bin/sh")
    assert refusal(b"%PDF-1.7") == "picture_costly", "a process that says nothing of ours"
    monkeypatch.undo()
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert b"MemoryError" in done.stderr


def test_cut_and_damaged_files_of_newer_formats_are_called_so() -> None:
    for kind in ("HEIF", "AVIF"):
        data = saved(CODE.convert("RGB"), kind)
        assert refusal(data[: len(data) // 2]) == "picture_truncated"
        huge = bytearray(data)
        place = huge.index(b"ispe") + 8  # ISO/IEC 23008-12 §6.5.3: width, height
        huge[place : place + 8] = struct.pack(">II", 60_000, 60_000)
        assert refusal(bytes(huge)) in {"picture_too_many_pixels", "picture_unreadable"}
    assert refusal(b"%PDF-1.7\n" + bytes(500)) == "picture_unreadable"


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "PDF"])
@pytest.mark.parametrize("seed", range(3))
def test_any_damage_is_a_refusal_or_a_picture(kind: str, seed: int) -> None:
    data = bytearray(portable(CODE.convert("L")) if kind == "PDF" else saved(CODE.convert("RGB"), kind))
    chance = random.Random(seed)
    for _ in range(25):
        data[chance.randrange(12, len(data) if seed else 500)] = chance.randrange(256)
    try:
        found = picture.parse(bytes(data))
    except PictureError as refused:
        assert refused.code in {"picture_unreadable", "picture_truncated", "picture_format", "picture_too_many_pixels"}
    else:
        assert all(page.ndim == 2 for page in found)


@pytest.mark.parametrize("side", [(8_000, 6_000), (12_000, 9_000)])
def test_a_phone_s_48_and_108_megapixels_are_decoded_at_a_fraction(side: tuple[int, int]) -> None:
    """Sharp squares 64 pixels wide: they are still there, and the picture is within bounds. Figures: bench/results.md."""
    tile = np.kron([[0, 255], [255, 0]], np.ones((64, 64))).astype(np.uint8)
    data = saved(Image.fromarray(np.tile(tile, (side[1] // 128 + 1, side[0] // 128 + 1))[: side[1], : side[0]]), "JPEG", quality=60)
    found = only(data)
    assert found.size <= picture.MOST_PIXELS
    assert found.shape[1] / found.shape[0] == side[0] / side[1]
    by = side[0] // found.shape[1]
    assert (found[32 // by, 32 // by], found[32 // by, 96 // by]) == (0, 255)
    assert refusal(saved(Image.new("L", (13_000, 10_000), 255), "JPEG")) == "picture_too_many_pixels"


def test_every_code_has_a_sentence_in_both_languages() -> None:
    raised = {"picture_empty", "picture_too_large", "picture_too_many_pixels", "picture_format", "picture_truncated"}
    raised |= {"picture_too_many_pages", "picture_costly"}
    raised |= {"picture_unreadable", "text_shape", "text_too_long", "text_level", "module_size", OutOfTimeError().code}
    assert raised == CODES
    for sentences in SENTENCES.values():
        assert set(sentences) == {"ar", "en"}
        assert any("\u0600" <= letter <= "\u06ff" for letter in sentences["ar"])
        assert sentences["en"].isascii()
