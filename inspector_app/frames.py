"""Where pictures come from: a camera, a video file, picture files. All give frames, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from qr import picture

from .errors import SourceError

Picture = npt.NDArray[np.uint8]
"""(height, width) grey or (height, width, 3) BGR."""

CAMERA_WIDTH, CAMERA_HEIGHT = 1280, 720  # what the readers are measured on; a camera without it gives its nearest
USUAL_FPS = 25.0  # for videos that do not say
FPS_MOST = 240.0


class Frame(NamedTuple):
    """One picture. `at` is in seconds of the source's own time: a video's play time, or the `clock` of a camera."""

    picture: Picture
    source: str
    number: int
    at: float


def camera(index: int, *, clock: Callable[[], float]) -> Iterator[Frame]:
    """Yield what camera `index` sees, for as long as it does. Raises SourceError `camera_missing` or `camera_lost`."""
    name = f"camera {index}"
    with _opened(index) as capture:
        if not capture.isOpened():
            raise SourceError("camera_missing", name)
        # Motion JPEG first: over USB 2 raw frames of this size come five times a second.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, CAMERA_WIDTH)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, CAMERA_HEIGHT)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest picture, not a queue of old ones
        for number, seen in enumerate(_pictures(capture)):
            yield Frame(seen, name, number, clock())
        raise SourceError("camera_lost", name)


def video(path: Path) -> Iterator[Frame]:
    """Yield a video's frames to its end. Raises SourceError `video_missing` or `video_unreadable` (also: not one frame in it)."""
    if not path.is_file():
        raise SourceError("video_missing", str(path))
    with _opened(str(path.absolute())) as capture:  # absolute: a name like "http:x" is a file here, never an address
        fps = capture.get(cv2.CAP_PROP_FPS) if capture.isOpened() else 0.0
        pace = fps if 0 < fps <= FPS_MOST else USUAL_FPS
        number = -1
        for number, seen in enumerate(_pictures(capture)):
            yield Frame(seen, path.name, number, number / pace)
        if number < 0:
            raise SourceError("video_unreadable", path.name)


def pages(path: Path) -> tuple[Frame, ...]:
    """Return a picture file as frames, grey and upright: one, or a PDF's pages.

    Raises SourceError `image_missing` or `image_unreadable`; PictureError.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(picture.MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise SourceError("image_missing", str(path)) from error
    except OSError as error:
        raise SourceError("image_unreadable", f"{path}: {error.strerror}") from error
    return tuple(Frame(seen, path.name, 0, 0.0) for seen in picture.parse(data))


@contextmanager
def _opened(source: int | str) -> Iterator[cv2.VideoCapture]:
    try:
        capture = cv2.VideoCapture(source) if isinstance(source, int) else cv2.VideoCapture(source, cv2.CAP_FFMPEG)
    except cv2.error as error:
        raise SourceError("camera_missing" if isinstance(source, int) else "video_unreadable", str(source)[-40:]) from error
    try:
        yield capture
    finally:
        capture.release()


def _pictures(capture: cv2.VideoCapture) -> Iterator[Picture]:
    while capture.isOpened():
        there, seen = capture.read()
        if not there or seen is None:
            return
        yield np.asarray(seen, np.uint8)
