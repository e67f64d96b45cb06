"""An uploaded file as grey pictures, or a refusal with a reason: a photograph, or the pages of a PDF.

    JPEG, PNG, WebP, GIF, BMP    decoded here (raster.py)
    HEIC, AVIF, PDF              decoded in a process of their own, which may use only so much memory and time (confined.py)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from qr import confined, raster
from qr.errors import PictureError

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000  # decoded at once; of a JPEG that is decoded at half its size, four times as many

# Brands of the ISO base media file format (ISO/IEC 14496-12 §4.3): HEIF with HEVC in it (ISO/IEC 23008-12 §B.4), AVIF (§6, §7 of its own).
_AVIF = frozenset({b"avif", b"avis"})
_HEIF = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_PDF_WITHIN = 1024  # octets before "%PDF-" that readers forgive (ISO 32000-2 §7.5.2, and what mail programs add)


def parse(data: bytes, *, most_bytes: int = MOST_BYTES, most_pixels: int = MOST_PIXELS) -> tuple[npt.NDArray[np.uint8], ...]:
    """The pictures in a file, one but for a PDF, whose pages they are: each (height, width) uint8, 0 black to 255 white, upright.

    Raises PictureError `picture_empty`, `picture_too_large` (bytes), `picture_too_many_pixels`, `picture_too_many_pages`, `picture_format`,
    `picture_truncated`, `picture_unreadable`, `picture_costly` (more memory or time than a picture may cost).
    """
    if not data:
        raise PictureError("picture_empty")
    if len(data) > most_bytes:
        raise PictureError("picture_too_large", f"{len(data)} bytes")
    kind = kind_of(data)
    if kind is None:
        return (raster.parse(data, most_pixels=most_pixels),)
    return confined.pictures(kind, data, most_pixels=most_pixels)


def kind_of(data: bytes) -> confined.Kind | None:
    """Which of the formats that are decoded apart a file begins as; None for all others, whether we know them or not."""
    if data[4:8] == b"ftyp":
        brands = _brands(data)
        return "AVIF" if brands & _AVIF else "HEIF" if brands & _HEIF else None
    return "PDF" if b"%PDF-" in data[:_PDF_WITHIN] and not data.startswith(raster.MAGIC) else None


def _brands(data: bytes) -> set[bytes]:
    """The brands of a file, of which the second four octets are a version."""
    end = min(int.from_bytes(data[:4]), 1024, len(data))
    return {data[place : place + 4] for place in range(8, end, 4) if place != 12}
