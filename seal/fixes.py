"""A fix as people type it: a position, and perhaps how exact it is. Strict, because a misread position is worse than none."""

from __future__ import annotations

import re
from datetime import datetime

from . import positions
from .errors import FormatError
from .site import Fix

TYPED_ACCURACY_M = 15.0  # of a position without one: a point picked on a map
_EXACT = re.compile(r"(.*[^,]), ?([0-9]{1,6}(?:\.[0-9]{1,6})?)").fullmatch


def parse(text: str, *, measured_at: datetime, source: str = "typed") -> Fix:
    """Return the fix in `text`: a position as `positions` reads it, and behind a comma its accuracy in metres at 68 %, 15 without one.

    Raises FormatError `fix_invalid`, `latitude_range` or `longitude_range`.
    """
    try:
        point, accuracy = positions.parse(text), TYPED_ACCURACY_M
    except FormatError as error:
        short = len(text) <= positions.LENGTH_MOST
        exact = _EXACT(positions.plain(text)) if error.code == "fix_invalid" and short else None
        if not exact:
            raise
        point, accuracy = positions.parse(exact[1]), float(exact[2])
    return Fix(point.latitude, point.longitude, accuracy, measured_at, source=source)
