"""Reading an uploaded picture: what a process of its own does for a server's threads, and the command line does itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from qr import picture
from qr.errors import OutOfTimeError, PictureError
from qr.read import read_all
from seal import slips, wire

WORK = f"{__name__}:read"


def read(data: bytes, most_bytes: int, most_pixels: int, seconds: float) -> tuple[str, tuple[str, ...]]:
    """Return the codes in a picture, and "": seals if it shows any, else slips, else the others. Without any, the code of why, and nothing.

    That is `no_code`, `busy` when `seconds` were over before all was tried, or the picture's own.
    """
    try:
        pictures = picture.parse(data, most_bytes=most_bytes, most_pixels=most_pixels)
        found = read_all(pictures, ours=_ours, budget=lambda: _budget(seconds))
    except PictureError as error:
        return error.code, ()
    except OutOfTimeError:
        return "busy", ()
    texts = tuple(filter(wire.ours, found)) or tuple(filter(slips.letter_of, found)) or found
    return ("", texts) if texts else ("no_code", ())


def _budget(seconds: float) -> Callable[[], bool]:
    """Return a deadline from now on: decoding has bounds of its own."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def _ours(text: str) -> bool:
    """Say whether a picture need not be searched on: it shows a seal, or a slip."""
    return wire.ours(text) or slips.letter_of(text) is not None
