"""The pictures of a pass, drawn when they are asked for: the ring of the project's icon, in the sizes that Apple's Wallet wants."""

from __future__ import annotations

import io
import math
from functools import cache

from PIL import Image, ImageDraw

#: Points on a side, by the picture's name, and pixels of a point, by what a file's name has for it.
_POINTS, _SCALES = {"icon": 29, "logo": 50}, {"": 1, "@2x": 2, "@3x": 3}
#: Names of files with their side in pixels.
SIDES = {f"{name}{mark}.png": points * scale for name, points in _POINTS.items() for mark, scale in _SCALES.items()}
_BIGGER = 4  # drawn so much larger, then made smaller, which smooths the edges
_INK, _GOLD, _WHITE = (13, 59, 79), (233, 196, 106), (255, 255, 255)
#: Of a square of 48: the tick's corners, as in icon.svg.
_TICK = ((15.5, 24.5), (21.5, 30.5), (33.0, 18.0))
_DASHES = 20


@cache
def pictures() -> dict[str, bytes]:
    """Return every picture of a pass by its file name, as PNG."""
    return {name: _png(side) for name, side in SIDES.items()}


def _png(side: int) -> bytes:
    size = side * _BIGGER
    unit = size / 48
    drawn = Image.new("RGBA", (size, size))
    pen = ImageDraw.Draw(drawn)
    pen.ellipse(_box(unit, 22), fill=_INK)
    for turn in range(_DASHES):
        start = 360 * turn / _DASHES
        pen.arc(_box(unit, 18.5), start, start + 0.62 * 360 / _DASHES, fill=_GOLD, width=round(2 * unit))
    tick = [(x * unit, y * unit) for x, y in _TICK]
    pen.line(tick, fill=_WHITE, width=math.ceil(4 * unit), joint="curve")
    written = io.BytesIO()
    drawn.resize((side, side), Image.Resampling.LANCZOS).save(written, "PNG", optimize=True)
    return written.getvalue()


def _box(unit: float, radius: float) -> tuple[float, float, float, float]:
    return ((24 - radius) * unit, (24 - radius) * unit, (24 + radius) * unit, (24 + radius) * unit)
