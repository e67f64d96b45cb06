"""Draws one page of a document, in a process of its own that may use only so much memory and time, and write no file.

What strangers send is parsed twice: once as it comes in (office/applications/portable.py), once here, by another program (PDFium), for a
page that costs too much or breaks its parser. What goes wrong here ends here. ADR 25 says why this program, ADR 77 why here.
"""

from __future__ import annotations

import io
import resource
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageFile, ImageOps

if TYPE_CHECKING:
    import pypdfium2

MEMORY_MOST = 1 << 30  # octets of address space; PDFium and Pillow themselves take 300 MB of it
PROCESSOR_SECONDS = 6
PAGES_MOST = 30  # pages that are drawn; whoever wants the others downloads the document
PIXELS_MOST = 40_000_000  # of a picture that was attached
DPI_MOST = 200  # of a page; a scan has no more to show
QUALITY = 85
HEAD = struct.Struct(">IHH")  # pages of the document, width and height of the picture that follows
#: Longest side in pixels, by how large somebody wants it: to fit a column of the page, or to read small print.
SIDES = {"fit": 1400, "full": 4000}
_POINTS = 72  # to an inch (ISO 32000-2 §8.3.2.3)


class _RefusedError(Exception):
    """The argument is a code of `errors.SAID`."""


class _Wanted(NamedTuple):
    media: str
    page: int
    side: int


def draw(content: bytes, media: str, page: int, zoom: str) -> bytes:
    """Return HEAD and the JPEG of page `page` (1 is the first), drawn in this process. Raises _RefusedError, MemoryError."""
    wanted = _Wanted(media, page, SIDES[zoom])
    picture, pages = _of_pdf(content, wanted) if media == "application/pdf" else _of_picture(content, wanted)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=QUALITY)  # pixels alone: nothing of the file's own data goes along
    return HEAD.pack(pages, picture.width, picture.height) + written.getvalue()


def _of_pdf(content: bytes, wanted: _Wanted) -> tuple[Image.Image, int]:
    import pypdfium2  # noqa: PLC0415 - only where it is confined

    try:
        with pypdfium2.PdfDocument(content) as document:
            pages = len(document)
            if not pages:
                raise _RefusedError("preview_broken")
            if not 1 <= wanted.page <= min(pages, PAGES_MOST):
                raise _RefusedError("preview_page_unknown")
            document.init_forms()  # what was typed into a form's fields is part of what the document says
            return _of_page(document[wanted.page - 1], wanted.side), pages
    except pypdfium2.PdfiumError as error:
        raise _RefusedError("preview_locked" if "password" in str(error).lower() else "preview_broken") from error


def _of_page(page: pypdfium2.PdfPage, side: int) -> Image.Image:
    longest = max(page.get_size())
    if not 1 <= longest <= 1e6:  # points; also when it is no number
        raise _RefusedError("preview_broken")
    drawn: Image.Image = page.render(scale=min(side / longest, DPI_MOST / _POINTS), may_draw_forms=True).to_pil()
    return _plain(drawn)


def _of_picture(content: bytes, wanted: _Wanted) -> tuple[Image.Image, int]:
    if wanted.page != 1:
        raise _RefusedError("preview_page_unknown")
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as picture:
            if picture.width * picture.height > PIXELS_MOST:
                raise _RefusedError("preview_costly")
            picture.draft("RGB", (wanted.side, wanted.side))  # a JPEG is decoded no larger than need be
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((wanted.side, wanted.side))
            return _on_white(upright), 1
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:  # what Pillow's decoders raise
        raise _RefusedError("preview_broken") from error


def _on_white(picture: Image.Image) -> Image.Image:
    """Return a picture without what shines through: as it would be printed."""
    if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
        return _plain(picture)
    held = picture.convert("RGBA")
    paper = Image.new("RGBA", held.size, "white")
    paper.alpha_composite(held)
    return _plain(paper)


def _plain(picture: Image.Image) -> Image.Image:
    """Return the pixels of a picture and nothing else: Pillow would write comments and EXIF along."""
    plain = picture.convert("RGB")
    plain.info.clear()
    return plain


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST, MEMORY_MOST))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main(arguments: Sequence[str]) -> int:
    """Draw a page of what comes in: its picture goes out; or the code of what is wrong, with exit code 1."""
    media, page, zoom = arguments
    _bound()
    output = sys.stdout.buffer
    with suppress(BrokenPipeError):
        try:
            output.write(draw(sys.stdin.buffer.read(), media, int(page), zoom))
        except _RefusedError as refusal:
            output.write(str(refusal).encode())
            return 1
        except MemoryError:
            output.write(b"preview_costly")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
