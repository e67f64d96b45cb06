"""Bent, folded and steep codes made flat by their own clock: the modules are a carrier wave, and its phase tells where each one is.

**Derivation.** Let u(x, y) and v(x, y) be the module coordinates of a point of the picture: u counts columns, v rows. Dark and light
change only where u (or v) is whole, so the size of the horizontal slope, averaged over some modules, is a constant plus c·cos 2πu,
whatever the code says: every second module differs from its neighbour. Around a point p the grid is nearly regular,
u(p + d) ≈ u(p) + d·∇u, and the windowed Fourier sum of the slope at the wave vector ∇u is c/2·exp(2πi u(p)). So for each point of a
coarse net the strongest of a bank of wave vectors (`qr.waves`) gives ∇u, and its phase gives u but for a whole number. Walking from point
to point, the most certain first, u and v are continued without a jump. Sampling where u and v are whole and a half yields the modules.
Which of them the code begins with, how many they are and which way up they lie, its finder patterns tell (`qr.grid`); errors are mended
with the doubtful modules given up first (`qr.codewords`).

**Limits.** The wave must be there: about 1.5 pixels a module in the picture at least, blur below about 0.6 of a module; local changes of
size between 0.6 and 1.6 and slants up to 0.5 against the frame; the sheet in one piece. Two finder patterns must be left well enough that
three of four of their modules are right. Nothing is guessed: what is read has passed the code's own error correction.

Sources: M. Takeda, H. Ina, S. Kobayashi, "Fourier-transform method of fringe-pattern analysis", J. Opt. Soc. Am. 72, 156 (1982), with
quality-guided unwrapping; ISO/IEC 18004:2015 §6.3.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from qr import grid, waves
from qr.waves import NET, PIXELS, WEAK, Net

Gray = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Fields = tuple[Floats, Floats]
"""u and v at the points of the net, (rows, columns) each, in modules."""

_MARGIN = 6  # modules around the frame: a bent edge bulges out
_FEWEST, _MOST = 21, 117  # modules a side, versions 1 to 25: the work grows with the cube, and larger codes are seldom seen
_SOUNDED = 8  # modules between the points that are listened to first
_SOUNDINGS = 3
_AGREES = 0.1
_JUMP = 0.30  # modules: how far a neighbour may be from where it is expected
_LEAST_WAVES = 0.3  # of a frame's inner part: other pictures have waves by chance, here and there
_LEAST_WALKED = 0.25  # of the net
_SAMPLES = 3  # across a module
_MIDDLE = 0.6  # of a module is sampled: a neighbour's blur does not reach there


def flattened(image: Gray, quad: Floats, modules: int) -> Iterator[Gray]:
    """Yield clean pictures of the code that lies about within `quad` and has about `modules` modules a side, the likeliest first.

    `image` is (height, width); `quad` its corners (4, 2) as x, y, one after the other around it.
    """
    seen = _heard(image, quad, modules)
    if seen is None:
        return
    rectified, back, u, v = seen
    fields = _walked(u, v)
    if fields is not None:
        side = (rectified.shape[0] // PIXELS) - 2 * _MARGIN
        yield from grid.codes(_sampled(image, back, fields, side))


def _heard(image: Gray, quad: Floats, modules: int) -> tuple[Floats, Doubles, Net, Net] | None:
    """The frame made square, the way back from it to the picture, and its waves; None if it has none.

    The frame's own guess at the number of modules may be far off. The waves know better: a few points are sounded until they agree.
    """
    for left in reversed(range(_SOUNDINGS)):
        view = _view(quad, modules)
        if view is None:
            return None
        rectified = _rectified(image, view, modules)
        u, v = waves.measured(rectified, net=_SOUNDED)
        strong = np.minimum(u.strength, v.strength) > WEAK
        if _inner(strong).mean() < _LEAST_WAVES:
            return None
        scale = float(np.sqrt(np.median(u.along[strong]) * np.median(v.along[strong])))
        if abs(scale - 1) < _AGREES or not left:
            return rectified, np.asarray(np.linalg.inv(view), np.float64), *waves.measured(rectified)
        modules = int(np.clip(round(modules * scale), _FEWEST, _MOST))
    return None


def _view(quad: Floats, modules: int) -> Doubles | None:
    """From the picture to the rectified frame; None for a frame without area."""
    side = modules * PIXELS
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32) + _MARGIN * PIXELS
    view = np.asarray(cv2.getPerspectiveTransform(np.asarray(quad, np.float32), square), np.float64)
    return view if np.isfinite(view).all() and abs(np.linalg.det(view)) > 1e-12 else None


def _rectified(image: Gray, view: Doubles, modules: int) -> Floats:
    extent = modules + 2 * _MARGIN
    extent += extent % NET
    size = (extent * PIXELS, extent * PIXELS)
    seen = cv2.warpPerspective(image, view, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.float32)


def _inner(net: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    edge = max(1, net.shape[0] // 5)
    return net[edge:-edge, edge:-edge]


def _walked(u: Net, v: Net) -> Fields | None:
    """Continue u and v from the most certain point over the net, the most certain neighbours first; None if that leads nowhere."""
    certain = np.minimum(u.strength, v.strength)
    points = certain.shape[0]
    edge = points // 4
    start, column = np.unravel_index(int(certain[edge:-edge, edge:-edge].argmax()), (points - 2 * edge, points - 2 * edge))
    first = (int(start) + edge, int(column) + edge)
    # By how much u and v grow a module to the right, and a module down: (u|v, right|down, rows, columns)
    growth = np.stack([np.stack([u.along, u.across]), np.stack([v.across, v.along])])
    phases = np.stack([u.phase, v.phase]).astype(np.float64)
    found = np.full((2, points, points), np.nan)
    about = (np.array(first[::-1]) + 0.5) * NET - _MARGIN
    found[:, first[0], first[1]] = _nearest(phases[:, first[0], first[1]], about)
    heap = [(-float(certain[first]), first)]
    while heap:
        _, (row, column) = heapq.heappop(heap)
        for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            there = (row + down, column + right)
            if not (0 <= there[0] < points and 0 <= there[1] < points) or certain[there] < WEAK or not np.isnan(found[0][there]):
                continue
            step = (growth[:, :, row, column] + growth[:, :, there[0], there[1]]) / 2
            expected = found[:, row, column] + NET * (step[:, 0] * right + step[:, 1] * down)
            taken = _nearest(phases[:, there[0], there[1]], expected)
            if np.abs(taken - expected).max() < _JUMP:
                found[:, there[0], there[1]] = taken
                heapq.heappush(heap, (-float(certain[there]), there))
    known = ~np.isnan(found[0])
    return (_filled(found[0], known), _filled(found[1], known)) if known.mean() >= _LEAST_WALKED else None


def _nearest(phase: Doubles, expected: Doubles) -> Doubles:
    """The number with this phase (in turns) that is nearest to the expected one."""
    return np.asarray(phase + np.round(expected - phase))


def _filled(field: Doubles, known: npt.NDArray[np.bool_]) -> Floats:
    """Continue a field where the wave was not there: the best cubic surface, and what is left of it nearby spread into the holes."""
    points = field.shape[0]
    rows, columns = np.mgrid[0:points, 0:points] / points
    terms = np.stack([columns**i * rows**j for i in range(4) for j in range(4 - i)])
    fit, *_ = np.linalg.lstsq(terms[:, known].T, field[known], rcond=None)
    surface = np.tensordot(fit, terms, axes=1)
    rest = np.where(known, field - surface, 0).astype(np.float32)
    weight = known.astype(np.float32)
    for sigma in (1.0, 2.0, 4.0, 8.0):
        share = cv2.GaussianBlur(weight, (0, 0), sigma)
        spread = cv2.GaussianBlur(rest * weight, (0, 0), sigma) / np.maximum(share, 1e-6)
        holes = (weight == 0) & (share > 0.05)
        rest = np.where(holes, spread, rest)
        weight = np.where(holes, np.float32(0.5), weight)
    return np.asarray(surface + rest, np.float32)


def _sampled(image: Gray, back: Doubles, fields: Fields, modules: int) -> Floats:
    """The brightness of every module, and of `grid.AROUND` around the frame: (side, side). `back` leads from the frame to the picture."""
    side = modules + 2 * grid.AROUND
    wanted = (np.arange(side * _SAMPLES) + 0.5) / _SAMPLES - grid.AROUND
    middles = np.floor(wanted) + 0.5
    want_u, want_v = np.meshgrid(*[middles + (wanted - middles) * _MIDDLE] * 2)
    x, y = _inverted(fields, want_u, want_v)
    seen = back @ np.stack([x, y, np.ones_like(x)]).reshape(3, -1)
    map_x, map_y = ((part / seen[2]).reshape(x.shape).astype(np.float32) for part in seen[:2])
    samples = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    return np.asarray(samples.reshape(side, _SAMPLES, side, _SAMPLES).mean(axis=(1, 3)), np.float32)


def _inverted(fields: Fields, want_u: Doubles, want_v: Doubles) -> tuple[Doubles, Doubles]:
    """Where in the rectified frame (pixels) the module coordinates are the wanted ones, by Newton's method."""
    (u, v), reach = fields, fields[0].shape[0] - 1
    growths = [np.asarray(part, np.float32) for field in fields for part in np.gradient(field, NET)[::-1]]
    x, y = want_u.copy(), want_v.copy()  # in modules, from the frame's corner
    for _ in range(8):
        net_x, net_y = (x + _MARGIN) / NET - 0.5, (y + _MARGIN) / NET - 0.5
        at_x, at_y = (np.clip(part, 0, reach).astype(np.float32) for part in (net_x, net_y))
        u_here, v_here, u_right, u_down, v_right, v_down = (cv2.remap(part, at_x, at_y, cv2.INTER_LINEAR) for part in (u, v, *growths))
        # Beyond the net the fields go on by their slope at its edge.
        over_x, over_y = NET * (net_x - at_x), NET * (net_y - at_y)
        off_u = want_u - u_here - (u_right * over_x + u_down * over_y)
        off_v = want_v - v_here - (v_right * over_x + v_down * over_y)
        area = np.maximum(u_right * v_down - u_down * v_right, 0.1)
        x += np.clip((v_down * off_u - u_down * off_v) / area, -3, 3)
        y += np.clip((u_right * off_v - v_right * off_u) / area, -3, 3)
    return (x + _MARGIN) * PIXELS, (y + _MARGIN) * PIXELS
