"""A file of pixels as a grey picture, or a refusal with a reason. Nothing is decoded before its header is within bounds.

Pillow opens lazily: `Image.open` reads the header only, so a bomb is known by the size that it declares.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, UnidentifiedImageError

from qr.errors import PictureError

#: What phones and browsers send; "JPEG" takes MPO too. The decoders of some forty other formats stay shut.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM")

# A JPEG can be decoded at a half, a quarter or an eighth of its size, each block to fewer pixels: a phone's 108 megapixels in the memory
# of 27. Only a single scan of all colours comes row by row, though; others lie whole in memory first.
JPEG_TIMES = 3  # how many times `most_pixels` such a JPEG may have
_HALVINGS = (1, 2, 4, 8)  # ITU-T T.81 gives blocks of 8 x 8 pixels

# A progressive JPEG may walk over all its pixels once more for every sixty bytes. Cameras and editors write about
# ten scans; an upload may cost as much as sixteen of the largest picture.
SCAN = b"\xff\xda"  # start of scan, ITU-T T.81 §B.1.1.3; inside a scan's data 0xFF is always stuffed
MOST_SCANS = 16

# What Pillow's readers raise on damaged files (each seen in its source or by fuzzing).
DAMAGED = (
    *(OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error),
    *(IndexError, KeyError, TypeError, AttributeError, OverflowError, RuntimeError),
)

EXIF_ORIENTATION = 0x0112
UPRIGHT = {  # Exif 2.32 §4.6.4, tag 274: what turns the stored rows upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def parse(data: bytes, *, formats: tuple[str, ...] = FORMATS, most_pixels: int) -> npt.NDArray[np.uint8]:
    """The picture as (height, width) uint8, 0 black to 255 white, upright; transparent parts are white.

    Of an animation, the first frame; a JPEG of more than `most_pixels` at a fraction of its size. Raises PictureError
    `picture_too_many_pixels`, `picture_format`, `picture_truncated`, `picture_unreadable`.
    """
    with _refusals(data, known=formats != FORMATS), Image.open(BytesIO(data), formats=formats) as image:
        _check_size(image, data, most_pixels)
        _check_sums(image, data)
        turn = UPRIGHT.get(_orientation(image))
        _draft(image, most_pixels)
        gray = _gray(image)
        return np.asarray(gray if turn is None else gray.transpose(turn), np.uint8)


@contextmanager
def _refusals(data: bytes, *, known: bool) -> Iterator[None]:
    """Turns what Pillow raises into a PictureError, and keeps its warnings about a stranger's file out of our logs.

    `known` says that the file's beginning was recognised by somebody else.
    """
    # A switch of the whole process, which WeasyPrint turns on as it is imported: half a picture would pass for a whole one.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with warnings.catch_warnings():
        # Not thread-safe, but all that a race can leave behind is this same filter.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        try:
            yield
        except Image.DecompressionBombError as error:
            raise PictureError("picture_too_many_pixels", str(error)) from error
        except UnidentifiedImageError as error:
            raise PictureError(_unidentified(data, known), f"{len(data)} bytes") from error
        except MemoryError as error:  # a header may declare tables that do not fit
            raise PictureError("picture_costly") from error
        except DAMAGED as error:
            code = "picture_truncated" if _cut_off(data, error) else "picture_unreadable"
            raise PictureError(code, str(error)) from error


def _check_size(image: Image.Image, data: bytes, most_pixels: int) -> None:
    width, height = image.size
    jpeg = image.format in {"JPEG", "MPO"}
    scans = data.count(SCAN) if jpeg else 1
    most = most_pixels * (JPEG_TIMES if jpeg and _single_scan(data) else 1)
    if width * height > most or width * height * scans > most_pixels * MOST_SCANS:
        raise PictureError("picture_too_many_pixels", f"{width}x{height} pixels, {scans} scans")


def _single_scan(data: bytes) -> bool:
    """Whether a JPEG's first scan holds all its colours, line by line (ITU-T T.81 §B.2.2, §B.2.3)."""
    place, colours = 2, 0
    while place + 10 <= len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4])
        if marker in (0xC0, 0xC1):  # baseline and extended sequential
            colours = data[place + 9]
        elif marker == 0xDA:
            return colours > 0 and data[place + 4] == colours
        place += 2 + length
    return False


def _draft(image: Image.Image, most_pixels: int) -> None:
    """Have a JPEG decoded to its luminance alone, at a size within bounds. No effect on other formats."""
    width, height = image.size
    by = next(by for by in _HALVINGS if width * height <= most_pixels * by * by)
    image.draft("L", (max(1, width // by), max(1, height // by)))


def _check_sums(image: Image.Image, data: bytes) -> None:
    """PNG carries check sums; without a look at them, damaged rows would come out black and nobody would know."""
    if image.format == "PNG":
        with Image.open(BytesIO(data), formats=("PNG",)) as once:  # `verify` uses the object up
            once.verify()


def _orientation(image: Image.Image) -> int:
    """1–8; 1 if there is none. Damaged Exif data is no reason to refuse a picture."""
    try:
        value = image.getexif().get(EXIF_ORIENTATION, 1)
    except DAMAGED:
        return 1
    return value if isinstance(value, int) else 1


def _gray(image: Image.Image) -> Image.Image:
    """The first frame in mode L. Decoding happens here."""
    image.load()
    if image.mode.startswith("I"):  # 16 bits a pixel (PNG), in a mode of 16 or 32 bits: keep the upper eight
        wide = np.asarray(image).astype(np.int32)
        return Image.fromarray((wide >> 8).clip(0, 255).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("L")
    seen = image if image.mode in {"RGBA", "LA"} else image.convert("RGBA")
    white = Image.new("L", image.size, 255)
    white.paste(seen.convert("L"), mask=seen.getchannel("A"))
    return white


def _unidentified(data: bytes, known: bool) -> str:
    """A known beginning that Pillow cannot open is a picture with its header cut off or broken."""
    if known or data.startswith(MAGIC) or (data[:4] == b"RIFF" and data[8:12] in {b"", b"WEBP"}):
        return "picture_truncated" if _cut_off(data, None) else "picture_unreadable"
    return "picture_format"


def _cut_off(data: bytes, error: BaseException | None) -> bool:
    """Whether the file ends too early: by its own end mark or length where the format has one."""
    if data[4:8] == b"ftyp":
        return _boxes_end(data) > len(data)
    if data.startswith(b"RIFF"):
        return len(data) < 12 or len(data) < 8 + struct.unpack("<I", data[4:8])[0]
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data[-12:]
    if data.startswith(b"\xff\xd8"):
        return b"\xff\xd9" not in data[-64:]
    if data.startswith(b"GIF8"):
        return not data.endswith(b"\x3b")
    return isinstance(error, EOFError) or "truncated" in str(error)


def _boxes_end(data: bytes) -> int:
    """Where the boxes of an ISO base media file say that it ends (ISO/IEC 14496-12 §4.2)."""
    place = 0
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4])
        if length == 1:  # a length of eight octets follows
            length = int.from_bytes(data[place + 8 : place + 16])
        if length == 0:  # to the end of the file
            return len(data)
        place += max(8, length)
    return place
