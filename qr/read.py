"""A picture in, the texts of its QR codes out, by a cascade of readers: the cheap ones first.

The steps differ in what they forgive; their order is that of what they cost for what they add, measured on simulated photographs and
sheets (`python -m bench.pictures --steps`). zxing-cpp reads what is clear; a median filter takes 2 ms and forgives noise; zbar reads
scratched codes that zxing-cpp gives up; a stretch helps codes seen from the side, the logarithm and the shades those in bad light; and what
is bent, folded or soiled is made flat (`qr.flatten`), which costs as much as ten of the others and reads more than all of them together.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import threadpoolctl
import zxingcpp
from pyzbar import pyzbar

from qr import finders, flatten
from qr.errors import OutOfTimeError

Gray = npt.NDArray[np.uint8]
"""A picture: (height, width), 0 black to 255 white."""

# The matrices of flattening are small: a second thread of NumPy's BLAS only waits for the first, at full cost (a third of a picture's time
# on the processor). Servers read several pictures at once by threads of their own.
threadpoolctl.threadpool_limits(limits=1, user_api="blas")

FIRST_SIDE = 1280  # pixels: a larger picture is tried at this longest side first,
SMALL_SIDE = 720
SECOND_SIDE = 1920  # then at this one, then as it is by the plain reader
FINE_SIDE = 2560  # from here on a picture holds by itself what enlarging would make up
# `QRCode` is a family in zxing-cpp and would return Micro QR too.
MODEL_2 = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
SMALLEST_SIDE = 21  # pixels: a version 1 code has 21 modules


class Seen(NamedTuple):
    """The texts of the codes in a picture, and whether there are codes besides that were found and could not be read."""

    texts: list[str]
    unread: bool = False


@dataclass(frozen=True)
class Step:
    """One way to look at a picture. `name` is stable."""

    name: str
    look: Callable[[Gray], Seen]

    def texts(self, image: Gray) -> list[str]:
        """Every QR code's text, or none."""
        return self.look(image).texts


def _zxing(image: Gray, binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage) -> Seen:
    found = zxingcpp.read_barcodes(  # to be told of errors costs nothing
        np.ascontiguousarray(image), formats=MODEL_2, text_mode=zxingcpp.TextMode.Plain, binarizer=binarizer, return_errors=True
    )
    # The text is in the writing that the code names, or in the likeliest one: its octets need not be UTF-8.
    return Seen([barcode.text for barcode in found if barcode.valid], any(not barcode.valid for barcode in found))


def _zbar(image: Gray) -> Seen:
    if min(image.shape) < SMALLEST_SIDE:
        return Seen([])
    try:
        found = pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except ValueError:
        # pyzbar 0.1.9 gives structured-append symbols an orientation that its own enumeration lacks.
        return Seen([])
    return Seen([_as_written(symbol.data.decode("utf-8", errors="replace")) for symbol in found])


def _as_written(text: str) -> str:
    """UTF-8 that zbar took for a writing of East Asia or for Latin-1, which it tries first, turned back into what was written."""
    if text.isascii():
        return text
    for guess in ("cp932", "big5", "latin-1"):
        with contextlib.suppress(UnicodeError):
            return text.encode(guess).decode("utf-8")
    return text


def _scaled(image: Gray, factor: float) -> Gray:
    height, width = image.shape
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)


def _unsharp(image: Gray, sigma: float = 3) -> Gray:
    """image + 1.5·(image − blurred), `sigma` in pixels."""
    blurred = cv2.GaussianBlur(image, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(image, 2.5, blurred, -1.5, 0), np.uint8)


def _equalised(image: Gray) -> Gray:
    # A CLAHE object keeps state between calls: one for each call, so that threads do not share it.
    return np.asarray(cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(image), np.uint8)


def _thresholded(image: Gray) -> Gray:
    method, kind = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY  # a Gaussian's mean costs six times as much and reads the same
    return np.asarray(cv2.adaptiveThreshold(image, 255, method, kind, 51, 5), np.uint8)


def _stretched(image: Gray, across: float, down: float) -> Gray:
    """One axis made longer: a code seen from the side is as narrow as this is wide."""
    height, width = image.shape
    return np.asarray(cv2.resize(image, (round(width * across), round(height * down)), interpolation=cv2.INTER_CUBIC), np.uint8)


def _clipped(image: Gray, percentile: float) -> Gray:
    """All above a percentile made white: what lies in the shade gets the whole range."""
    white = max(8.0, float(np.percentile(image[::4, ::4], percentile)))
    levels = np.minimum(np.round(np.arange(256) * (255 / white)), 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, levels), np.uint8)


_LOGARITHM = np.round(255 * np.log1p(np.arange(256) / 6) / np.log1p(255 / 6)).astype(np.uint8)


def _logarithm(image: Gray) -> Gray:
    return np.asarray(cv2.LUT(image, _LOGARITHM), np.uint8)


def _small_equalised(image: Gray) -> Gray:
    small = _at_most(image, SMALL_SIDE)
    return np.asarray(cv2.createCLAHE(clipLimit=4.0, tileGridSize=(16, 16)).apply(small), np.uint8)


def _flattened(image: Gray) -> Seen:
    """The texts of codes that are bent, folded, steep or soiled: each frame where a code may lie is made flat and mended."""
    failed = zxingcpp.read_barcodes(np.ascontiguousarray(image), formats=MODEL_2, return_errors=True)
    frames = [*(found for barcode in failed for found in _frame_of(barcode)), *finders.frames(image)]
    texts: list[str] = []
    done: list[finders.Quad] = []
    for frame in itertools.chain(frames, finders.textured(image)):
        middle = frame.quad.mean(axis=0).tolist()
        if any(cv2.pointPolygonTest(quad, middle, False) >= 0 for quad in done):
            continue
        for clean in flatten.flattened(image, frame.quad, frame.modules):
            if read_here := _zxing(clean).texts:
                texts += read_here
                done.append(frame.quad)
                break
    return Seen(texts)


def _frame_of(barcode: zxingcpp.Barcode) -> Iterator[finders.Frame]:
    """Where zxing-cpp saw a code that it could not read."""
    version = str(barcode.extra.get("Version", "")) if isinstance(barcode.extra, dict) else ""
    if barcode.valid or not version.isdigit():
        return
    where = barcode.position
    quad = [(point.x, point.y) for point in (where.top_left, where.top_right, where.bottom_right, where.bottom_left)]
    yield finders.Frame(np.array(quad, np.float32), 17 + 4 * int(version), 0.0)


PLAIN = Step("plain", _zxing)
# Sharpened before it is enlarged, where it costs a quarter.
ENLARGED = Step("enlarged and sharpened", lambda image: _zxing(_scaled(_unsharp(image, 1.5), 2)))
ONE_THRESHOLD = Step("one threshold", lambda image: _zxing(image, zxingcpp.Binarizer.GlobalHistogram))
FLATTENED = Step("flattened", _flattened)
QUICK = (
    PLAIN,
    Step("half size", lambda image: _zxing(_scaled(image, 1 / 2))),
    Step("median", lambda image: _zxing(np.asarray(cv2.medianBlur(image, 3), np.uint8))),
)
EQUALISED = Step("equalised", lambda image: _zxing(_equalised(image)))
SHARPENED = Step("sharpened", lambda image: _zxing(_unsharp(image)))
BY_HALF = Step("enlarged by half", lambda image: _zxing(_scaled(image, 1.5)))
DOUBLED = Step("doubled", lambda image: _zxing(_scaled(image, 2)))
ZBAR = Step("zbar", _zbar)
ON_THRESHOLD = Step("zbar on threshold", lambda image: _zbar(_thresholded(image)))
DEEP = (
    ONE_THRESHOLD,
    Step("small and equalised", lambda image: _zxing(_small_equalised(image))),
    EQUALISED,
    SHARPENED,
    Step("stretched across", lambda image: _zxing(_stretched(image, 2.5, 1))),
    Step("stretched down", lambda image: _zxing(_stretched(image, 1, 2.5))),
    Step("zbar on a third", lambda image: _zbar(_scaled(image, 1 / 3))),
    FLATTENED,
    Step("logarithm", lambda image: _zxing(_logarithm(image))),
    Step("shade at 60 %", lambda image: _zxing(_clipped(image, 60))),
    Step("shade at 35 %", lambda image: _zxing(_clipped(image, 35))),
    BY_HALF,
    Step("zbar on half", lambda image: _zbar(_scaled(image, 1 / 2))),
    ZBAR,
    ENLARGED,
    DOUBLED,
    ON_THRESHOLD,
)
# What reads nothing more of a picture that is fine by itself (98 photographs of 8 megapixels: 90 read with these and without).
NOT_OF_FINE = frozenset({BY_HALF, ZBAR, ENLARGED, DOUBLED, ON_THRESHOLD})


def read(image: npt.NDArray[np.uint8], *, ours: Callable[[str], bool], deadline: Callable[[], bool] | None = None) -> tuple[str, ...]:
    """The texts of all codes up to the first step that finds one of ours, foreign ones too, each once.

    Codes that this step saw beside it and could not read are looked for by the quick steps and by flattening. If no step finds one of ours,
    all foreign texts of all steps; () if the picture shows no QR code at all. `image` is (height, width) or, as cameras give it,
    (height, width, 3) BGR. `ours` says whether a text has the form of a seal. `deadline` is asked before each step and is True when time
    is up.

    Raises OutOfTimeError if time was up before any text was found, or before the quick steps had looked for one of ours: then nothing is
    known about the picture.
    """
    return _first(plan(_gray(image)) if image.size else iter(()), ours, deadline)


def read_all(
    pictures: Iterable[npt.NDArray[np.uint8]], *, ours: Callable[[str], bool], budget: Callable[[], Callable[[], bool]] | None = None
) -> tuple[str, ...]:
    """As `read`, for the pages of one file: the texts of all of them, each once. `budget` gives each page a deadline of its own.

    Raises OutOfTimeError if a page's time was up and no page shows a text of ours.
    """
    found: dict[str, None] = {}
    late: OutOfTimeError | None = None
    for picture in pictures:
        try:
            found.update(dict.fromkeys(read(picture, ours=ours, deadline=budget() if budget else None)))
        except OutOfTimeError as error:
            late = error
    if late and not any(map(ours, found)):
        raise late
    return tuple(found)


def read_frame(image: npt.NDArray[np.uint8], *, ours: Callable[[str], bool], deep: bool = False) -> tuple[str, ...]:
    """As `read`, for one frame of a live video: the quick steps, and the enlarged one if `deep` (say, every tenth)."""
    if not image.size:
        return ()
    frame = frame_of(image)
    steps = (*QUICK, ENLARGED) if deep else QUICK
    return _first(((step, frame) for step in steps), ours, None)


def read_mean(image: Gray, *, ours: Callable[[str], bool]) -> tuple[str, ...]:
    """As `read`, for the mean of some frames of a live video: the quick steps, the enlarged one and the flattened one."""
    return _first(((step, image) for step in (*QUICK, ENLARGED, FLATTENED)), ours, None)


def frame_of(image: npt.NDArray[np.uint8]) -> Gray:
    """A frame of a camera as the readers of live video look at it: grey, at most `FIRST_SIDE` pixels on its longer side."""
    return _at_most(_gray(image), FIRST_SIDE)


def _first(looks: Iterator[tuple[Step, Gray]], ours: Callable[[str], bool], deadline: Callable[[], bool] | None) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for step, image in looks:
        if deadline is not None and deadline():
            if found and step not in QUICK:
                break
            raise OutOfTimeError(f"before the step: {step.name}")
        texts, unread = step.look(image)
        found.update(dict.fromkeys(filter(None, texts)))
        if any(map(ours, texts)):
            if unread:
                found.update(dict.fromkeys(_beside(looks, deadline)))
            break
    return tuple(found)


def _beside(looks: Iterator[tuple[Step, Gray]], deadline: Callable[[], bool] | None) -> Iterator[str]:
    """Texts of the codes that were seen beside one that was read, by the steps that read most for what they cost."""
    for step, image in looks:
        if deadline is not None and deadline():
            return
        if step in (*QUICK, FLATTENED):
            yield from filter(None, step.texts(image))


def plan(image: Gray) -> Iterator[tuple[Step, Gray]]:
    """Which step looks at which size; quick steps at every size before the deep ones. None for what is too small for a code."""
    if min(image.shape) < SMALLEST_SIDE:
        return
    longest = max(image.shape)
    first, second = _at_most(image, FIRST_SIDE), _at_most(image, SECOND_SIDE)
    yield from ((step, first) for step in QUICK)
    if longest > FIRST_SIDE:
        yield from ((step, second) for step in QUICK)
    if longest > SECOND_SIDE:
        yield PLAIN, image
    yield from _deep_plan(image, first, second)


def _deep_plan(image: Gray, first: Gray, second: Gray) -> Iterator[tuple[Step, Gray]]:
    """The deep steps. What costs most looks once, at the second size, where it reads all that it reads at the first, and more."""
    longest = max(image.shape)
    fine = longest >= FINE_SIDE
    for step in DEEP:
        if not (fine and step in NOT_OF_FINE):
            yield step, second if step is FLATTENED else first
    if longest > FIRST_SIDE:
        yield EQUALISED, second
        yield (SHARPENED, _at_most(image, FINE_SIDE)) if fine else (ENLARGED, second)


def _at_most(image: Gray, side: int) -> Gray:
    longest = max(image.shape)
    return image if longest <= side else _scaled(image, side / longest)


def _gray(image: npt.NDArray[np.uint8]) -> Gray:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8) if image.ndim == 3 else image
