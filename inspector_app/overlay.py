"""The live picture with what was found in it: a banner for the worst seal in view, a strip for each of the others."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from qr.read import Gray
from seal.catalogue import Language

from . import signs
from .frames import Picture
from .signs import Sign
from .words import say

SHOWN_WIDTH = 1280  # pixels: larger pictures are shown smaller, smaller ones as large, so that letters are crisp
STRIPS_MOST = 4
_WORST_FIRST = ("invalid", "undecided", "valid")


def shown(frame: Picture, found: Sequence[Sign], *, notes: str, language: Language) -> Gray:
    """Return `frame` with the signs of the seals in view over it, (height, width, 3) BGR. `frame` stays as it is."""
    picture = _sized(frame)
    height, width = picture.shape[:2]
    line = max(24, height // 18)
    _put(picture, signs.note(notes, (width, line), language), 0)
    if not found:
        _put(picture, signs.note(say("point_camera", language), (width, line), language), height - line)
        return picture
    worst_first = sorted(found, key=lambda sign: _WORST_FIRST.index(sign.decision))
    bottom = height - max(96, height // 4)
    _put(picture, signs.banner(worst_first[0], (width, height - bottom), language), bottom)
    for sign in worst_first[1 : 1 + STRIPS_MOST]:
        bottom -= line + line // 3
        _put(picture, signs.strip(sign, (width, line + line // 3), language), bottom)
    left = len(worst_first) - 1 - STRIPS_MOST
    if left > 0:
        _put(picture, signs.note(say("and_others", language, number=left), (width, line), language), bottom - line)
    return picture


def _sized(frame: Picture) -> Gray:
    """Return a copy in colours, `SHOWN_WIDTH` wide."""
    colour = cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR) if frame.ndim == 2 else frame
    height, width = colour.shape[:2]
    if width == SHOWN_WIDTH:
        return np.array(colour, np.uint8)
    size = (SHOWN_WIDTH, max(1, round(height * SHOWN_WIDTH / width)))
    return np.asarray(cv2.resize(colour, size, interpolation=cv2.INTER_AREA if width > SHOWN_WIDTH else cv2.INTER_LINEAR), np.uint8)


def _put(picture: Gray, part: Gray, top: int) -> None:
    """Lay `part` over `picture`; what reaches beyond it is cut off."""
    start = max(0, top)
    room = picture[start : start + part.shape[0]]
    room[:] = part[: room.shape[0]]
