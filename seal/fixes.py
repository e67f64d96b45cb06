"""A fix as people type it: LAT,LON,ACCURACY. Strict, because a misread position is worse than none."""

from __future__ import annotations

import re
from datetime import datetime

from .errors import FormatError
from .site import Fix

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,12})?"
_FIX = re.compile(rf"({_NUMBER}),\s?({_NUMBER}),\s?(\d{{1,6}}(?:\.\d{{1,6}})?)", re.ASCII).fullmatch


def parse(text: str, *, measured_at: datetime, source: str = "typed") -> Fix:
    """Return the fix in `text`: decimal degrees WGS 84 and an accuracy in metres at 68 %.

    Raises FormatError `fix_invalid`, `latitude_range` or `longitude_range`.
    """
    match = _FIX(text.strip())
    if not match:
        raise FormatError("fix_invalid", "LAT,LON,ACCURACY in decimal degrees and metres")
    latitude, longitude, accuracy = map(float, match.groups())
    if not -90 <= latitude <= 90:
        raise FormatError("latitude_range")
    if not -180 <= longitude <= 180:
        raise FormatError("longitude_range")
    return Fix(latitude, longitude, accuracy, measured_at, source=source)
