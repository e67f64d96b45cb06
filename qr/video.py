"""Codes in a live video: each frame by itself, and where single ones fail, the mean of the last ones laid upon each other.

Noise falls with the square root of the number of frames, the code does not: at night four to eight frames of an unsteady hand read what
none of them does. They are aligned by phase correlation and then by the enhanced correlation coefficient (G. D. Evangelidis,
E. Z. Psarakis, IEEE TPAMI 30(10), 2008), both on smaller pictures; a frame that does not fit is left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from qr import read

Gray = npt.NDArray[np.uint8]

DEEP_EVERY = 8  # frames without a code between two deep looks: a quarter of a second at 30 a second
_MOST = 8  # frames in a mean
_FEWEST = 3
_SHARE = 1 / 3  # of a frame's size: what it is aligned at
_FITS = 0.3  # of the correlation: below this two frames do not show the same thing
_CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 25, 1e-3)


class Film:
    """The frames of one camera or video, one after the other."""

    def __init__(self, ours: Callable[[str], bool]) -> None:
        """`ours` says whether a text has the form of a seal."""
        self._ours = ours
        self._lately: deque[Gray] = deque(maxlen=_MOST)
        self._blank = 0

    def read(self, frame: npt.NDArray[np.uint8]) -> tuple[str, ...]:
        """The texts of the codes in the newest frame, (height, width) or (height, width, 3) BGR; a deep look now and then."""
        deep = self._blank % DEEP_EVERY == DEEP_EVERY - 1
        texts = read.read_frame(frame, ours=self._ours, deep=deep)
        self._lately.append(read.frame_of(frame))
        if not texts and deep:
            texts = self._together()
        self._blank = 0 if texts else self._blank + 1
        return texts

    def _together(self) -> tuple[str, ...]:
        mean = laid(list(self._lately))
        return () if mean is None else read.read_mean(mean, ours=self._ours)


def laid(frames: list[Gray]) -> Gray | None:
    """The mean of the frames, each laid upon the newest (the last); None if too few fit. (height, width)"""
    if len(frames) < _FEWEST:
        return None
    newest = frames[-1]
    small = _small(newest)
    total, count = newest.astype(np.float32), 1
    for frame in frames[:-1]:
        view = _onto(small, _small(frame)) if frame.shape == newest.shape else None
        if view is not None:
            size = (newest.shape[1], newest.shape[0])
            total += cv2.warpAffine(frame, view, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
            count += 1
    return np.asarray(total / count, np.uint8) if count >= _FEWEST else None


def _small(frame: Gray) -> npt.NDArray[np.float32]:
    smaller = cv2.resize(frame, None, fx=_SHARE, fy=_SHARE, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.float32)


def _onto(newest: npt.NDArray[np.float32], frame: npt.NDArray[np.float32]) -> npt.NDArray[np.float32] | None:
    """The affine view that leads from a point of the newest frame to the same one of `frame`, in whole pixels of the full size."""
    window = cv2.createHanningWindow((newest.shape[1], newest.shape[0]), cv2.CV_32F)
    (right, down), _ = cv2.phaseCorrelate(newest, frame, window)
    view = np.array([[1, 0, right], [0, 1, down]], np.float32)
    try:
        fit, view_found = cv2.findTransformECC(newest, frame, view, cv2.MOTION_AFFINE, _CRITERIA, None, 5)  # type: ignore[call-overload]
    except cv2.error:  # it raises where it does not converge
        return None
    if fit < _FITS:
        return None
    found = np.asarray(view_found, np.float32).copy()
    # A pixel's middle is half a pixel from its corner at either size.
    found[:, 2] = (found[:, 2] + 0.5 * (found[:, :2].sum(axis=1) - 1)) / _SHARE - 0.5 * (found[:, :2].sum(axis=1) - 1)
    return found
