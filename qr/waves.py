"""The grid of modules as a wave: for every point of a net, how fast and which way the columns run there, and the phase.

What the slope of a picture says is told at the head of `qr.flatten`; here is the bank of windowed waves that listens to it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

PIXELS = 4  # of a rectified picture, a module
NET = 2  # modules between points of the net
WEAK = 0.16  # of the mean slope: below this the wave is not there

_BANKS = 24  # that are kept: one has up to 3 MB
_WINDOW = 2.4  # modules: sigma. Between 1.8 and 3.0 it matters little; smaller hears the code's own data, larger no bend
_SCALES = np.arange(0.6, 1.62, 0.1)  # of the grid's frequency, along it
_SLANTS = np.arange(-0.5, 0.51, 0.1)  # and across


class Net(NamedTuple):
    """What the bank says at each point of the net: (rows, columns) each.

    `phase` in turns; `along`, `across`: by how many modules the coordinate grows a module of the frame, in its own direction and across.
    """

    phase: Floats
    along: Floats
    across: Floats
    strength: Floats


def measured(rectified: Floats, *, net: int = NET) -> tuple[Net, Net]:
    """The waves of columns and of rows in a square picture of `PIXELS` a module, at points `net` modules apart."""
    columns = _strongest(_slope(rectified), net)
    rows = _strongest(_slope(np.ascontiguousarray(rectified.T)), net)
    return columns, Net(*(np.ascontiguousarray(part.T) for part in rows))


def _slope(rectified: Floats) -> Floats:
    """The size of the horizontal slope, around 0, in units of its own mean nearby: shade and contrast drop out."""
    smooth = cv2.GaussianBlur(rectified, (0, 0), 0.6)
    slope = np.abs(cv2.filter2D(smooth, cv2.CV_32F, np.array([[-1.0, 0.0, 1.0]], np.float32)))
    nearby = cv2.blur(slope, (7 * PIXELS, 7 * PIXELS))
    floor = 0.15 * float(nearby.mean()) + 1e-3
    return np.asarray(np.minimum(slope / (nearby + floor), 4.0) - 1.0, np.float32)


@lru_cache(_BANKS)
def _bank(extent: int, net: int) -> tuple[npt.NDArray[np.complex64], npt.NDArray[np.complex64]]:
    """Windowed waves over `extent` modules: along (pixels, scales · points) and across (slants, points, pixels)."""
    pixels = np.arange(extent * PIXELS) + 0.5
    points = (np.arange(extent // net) + 0.5) * net * PIXELS
    away = (pixels[:, None] - points[None, :]) / PIXELS
    window = np.exp(-0.5 * (away / _WINDOW) ** 2)
    window /= window.sum(axis=0, keepdims=True)
    along = np.hstack([window * np.exp(-2j * np.pi * scale * away) for scale in _SCALES])
    across = np.stack([(window * np.exp(-2j * np.pi * slant * away)).T for slant in _SLANTS])
    return along.astype(np.complex64), across.astype(np.complex64)


def _strongest(slope: Floats, net: int) -> Net:
    """The strongest wave at each point of the net."""
    extent = slope.shape[0] // PIXELS
    along, across = _bank(extent, net)
    points = extent // net
    half = (slope.astype(np.complex64) @ along).reshape(slope.shape[0], len(_SCALES), points)
    whole = np.tensordot(across, half, axes=(2, 0)).transpose(1, 3, 2, 0)  # rows, columns, scales, slants
    power = np.abs(whole)
    scale, slant = np.divmod(power.reshape(points, points, -1).argmax(axis=2), len(_SLANTS))
    rows, columns = np.mgrid[0:points, 0:points]
    peak = whole[rows, columns, scale, slant]
    by_scale, by_slant = power[rows, columns, :, slant], power[rows, columns, scale, :]
    return Net(
        np.asarray(np.angle(peak) / (2 * np.pi), np.float32),
        _between(by_scale, scale, _SCALES),
        _between(by_slant, slant, _SLANTS),
        np.asarray(np.abs(peak), np.float32),
    )


def _between(power: npt.NDArray[np.float32], at: Places, values: npt.NDArray[np.float64]) -> Floats:
    """The wave number between the bank's, by a parabola through three logarithms: the window is a Gaussian, so is the peak."""
    inner = np.clip(at, 1, len(values) - 2)
    before, here, after = (np.log(np.take_along_axis(power, (inner + step)[..., None], axis=2)[..., 0] + 1e-6) for step in (-1, 0, 1))
    bend = np.minimum(before - 2 * here + after, -1e-3)
    shift = np.clip(0.5 * (before - after) / bend, -0.6, 0.6)
    return np.asarray(values[inner] + shift * (values[1] - values[0]), np.float32)
