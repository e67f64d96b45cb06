"""Formats whose decoders are large programs, decoded in a process of its own that may use only so much memory and time.

HEIC and AVIF are video codecs, a PDF is a language; each may ask for any amount of work, and each had its memory faults. What goes wrong
there ends there: the process dies, and the person is told. docs/adr/0025-pictures.md says why these programs.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from qr import raster
from qr.errors import CODES, PictureError

Kind = Literal["HEIF", "AVIF", "PDF"]

CODEC_TIMES = 5 / 4  # how many times `most_pixels` HEIC and AVIF may have here, where memory is bounded: a phone's 48 megapixels
PAGES_MOST = 4
PAGE_SIDE = 3000  # pixels of a page's longer side; at A4, 256 dots per inch
MEMORY_MOST = 1 << 30  # octets of address space; the programs themselves take 300 MB of it
PROCESSOR_SECONDS = 6
WALL_SECONDS = 12.0
_ROOT = Path(__file__).resolve().parents[1]
_HEAD = 8  # octets before each picture: height and width, four each


def pictures(kind: Kind, data: bytes, *, most_pixels: int) -> tuple[npt.NDArray[np.uint8], ...]:
    """Return the pictures in a file of `kind`, each (height, width) uint8. Raises PictureError."""
    command = [sys.executable, "-m", __name__, kind, str(most_pixels)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=WALL_SECONDS, check=False, cwd=_ROOT)
    except subprocess.TimeoutExpired as error:
        raise PictureError("picture_costly", "time") from error
    if done.returncode == 0:
        return tuple(_taken_apart(done.stdout))
    code = done.stdout.decode("ascii", "replace").strip()
    # A process that ended in another way than by a code of ours ran into its bounds, or its decoder fell.
    raise PictureError(code if code in CODES else "picture_costly", f"exit {done.returncode}")


def _taken_apart(output: bytes) -> list[npt.NDArray[np.uint8]]:
    found, place = [], 0
    while place < len(output):
        height, width = (int.from_bytes(output[start : start + 4]) for start in (place, place + 4))
        end = place + _HEAD + height * width
        found.append(np.frombuffer(output, np.uint8, height * width, place + _HEAD).reshape(height, width))
        place = end
    return found


def decode(kind: Kind, data: bytes, *, most_pixels: int) -> list[npt.NDArray[np.uint8]]:
    """Return the pictures in a file, decoding it in this process. Raises PictureError."""
    if kind == "PDF":
        return _pages(data)
    if kind == "HEIF":
        import pillow_heif  # noqa: PLC0415 - only where it is confined

        pillow_heif.options.DECODE_THREADS = 1  # threads would each take address space
        pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    return [raster.parse(data, formats=(kind,), most_pixels=round(most_pixels * CODEC_TIMES))]


def _pages(data: bytes) -> list[npt.NDArray[np.uint8]]:
    """Return the pages of a PDF as they would be printed: a code in it may be a picture, or drawn."""
    import pypdfium2  # noqa: PLC0415 - only where it is confined

    try:
        with pypdfium2.PdfDocument(data) as document:
            if len(document) > PAGES_MOST:
                raise PictureError("picture_too_many_pages", f"{len(document)} pages")
            if not len(document):
                raise PictureError("picture_unreadable", "no pages")
            return [_drawn(document[number]) for number in range(len(document))]
    except pypdfium2.PdfiumError as error:
        raise PictureError("picture_unreadable", str(error)) from error


def _drawn(page: object) -> npt.NDArray[np.uint8]:
    longest = max(page.get_size())  # type: ignore[attr-defined]
    if not 1 <= longest <= 1e6:  # points; also when it is no number
        raise PictureError("picture_unreadable", f"a page of {longest} points")
    bitmap = page.render(scale=PAGE_SIDE / longest, grayscale=True, may_draw_forms=False)  # type: ignore[attr-defined]
    return np.array(bitmap.to_numpy(), np.uint8).reshape(bitmap.height, bitmap.width)


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST, MEMORY_MOST))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: Sequence[str]) -> int:
    """Decode standard input within bounds: pictures to standard output, or the code of what is wrong and exit code 1."""
    kind, most_pixels = cast(Kind, arguments[0]), int(arguments[1])
    _bound()
    output = sys.stdout.buffer
    with suppress(BrokenPipeError):
        try:
            for found in decode(kind, sys.stdin.buffer.read(), most_pixels=most_pixels):
                output.write(b"".join(side.to_bytes(4) for side in found.shape) + found.tobytes())
        except PictureError as error:
            output.write(error.code.encode())
            return 1
        except MemoryError:
            output.write(b"picture_costly")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
