"""A verdict as people see it from an arm's length: colour, icon and words. Drawn once, then kept for as long as the same is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from qr.read import Gray
from seal import sentences
from seal.catalogue import Language
from seal.verdict import Decision, Verdict

from . import lettering

Colours = tuple[str, str]  # ground and ink

#: Contrast of ink on ground is at least 6 : 1, for sunlight (WCAG 2.2 asks 4.5 : 1).
COLOURS: Mapping[Decision, Colours] = {
    "valid": ("#0a6b37", "#ffffff"),
    "invalid": ("#b00020", "#ffffff"),
    "undecided": ("#ffb300", "#1a1200"),
}


class Sign(NamedTuple):
    """What a verdict says on the screen. `name` is empty unless the signature held."""

    decision: Decision
    headline: str
    reason: str
    name: str


def sign(verdict: Verdict, language: Language) -> Sign:
    """Return the sign of a verdict."""
    held = verdict.license
    return Sign(
        verdict.decision,
        sentences.headline(verdict, language),
        sentences.finding(verdict.reason, language),
        held.trade_name if held else "",
    )


@lru_cache(maxsize=32)
def banner(shown: Sign, size: tuple[int, int], language: Language) -> Gray:
    """Return the sign as a picture, (height, width, 3) BGR for `size` = (width, height): icon, headline, reason, trade name."""
    width, height = size
    ground, ink = COLOURS[shown.decision]
    picture = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(picture)
    pad = height // 12
    icon = height - 2 * pad
    far = width - pad - icon if language == "ar" else pad
    _icon(draw, shown.decision, (far, pad, far + icon, pad + icon), ink=ink, ground=ground)
    edge = width - 2 * pad - icon - pad if language == "ar" else 3 * pad + icon
    _lines(draw, shown, edge=edge, room=width - icon - 5 * pad, height=height, ink=ink, language=language)
    return _bgr(picture)


@lru_cache(maxsize=32)
def strip(shown: Sign, size: tuple[int, int], language: Language) -> Gray:
    """Return the sign on one line, for the other seals in view."""
    width, height = size
    ground, ink = COLOURS[shown.decision]
    picture = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(picture)
    pad = height // 6
    icon = height - 2 * pad
    far = width - pad - icon if language == "ar" else pad
    _icon(draw, shown.decision, (far, pad, far + icon, pad + icon), ink=ink, ground=ground)
    words = f"{shown.headline} — {lettering.isolated(shown.name or shown.reason)}"
    edge = width - 2 * pad - icon if language == "ar" else 2 * pad + icon
    text, face = lettering.fitted(words, room=width - icon - 4 * pad, size=height // 2, least=11, weight=600, language=language)
    lettering.write(draw, text, edge=edge, top=_middle(face.size, height), face=face, language=language, fill=ink)
    draw.line((0, height - 1, width, height - 1), fill=ink, width=1)
    return _bgr(picture)


@lru_cache(maxsize=32)
def note(text: str, size: tuple[int, int], language: Language) -> Gray:
    """Return a line of plain information, white on dark."""
    picture = Image.new("RGB", size, "#14201c")
    height = size[1]
    fitted, face = lettering.fitted(text, room=size[0] - height, size=height // 2, least=10, weight=500, language=language)
    edge = size[0] - height / 2 if language == "ar" else height / 2
    lettering.write(
        ImageDraw.Draw(picture), fitted, edge=edge, top=_middle(face.size, height), face=face, language=language, fill="#ffffff"
    )
    return _bgr(picture)


def _lines(
    draw: ImageDraw.ImageDraw, shown: Sign, *, edge: float, room: float, height: int, ink: str, language: Language
) -> None:
    """Write headline, reason (up to two lines) and trade name. Cairo's line is 1.87 of its size high, most of it above."""
    text, face = lettering.fitted(shown.headline, room=room, size=height * 26 // 100, least=12, weight=800, language=language)
    lettering.write(draw, text, edge=edge, top=height * 0.015, face=face, language=language, fill=ink)
    if not shown.name:
        face = lettering.font(max(10, height * 15 // 100), 500)
        for number, line in enumerate(lettering.wrapped(shown.reason, room=room, face=face, language=language, most=2)):
            lettering.write(draw, line, edge=edge, top=height * (0.43 + 0.23 * number), face=face, language=language, fill=ink)
    else:
        text, face = lettering.fitted(shown.reason, room=room, size=height * 14 // 100, least=10, weight=500, language=language)
        lettering.write(draw, text, edge=edge, top=height * 0.42, face=face, language=language, fill=ink)
        text, face = lettering.fitted(shown.name, room=room, size=height * 17 // 100, least=11, weight=700, language=language)
        lettering.write(draw, text, edge=edge, top=height * 0.64, face=face, language=language, fill=ink)


def _middle(face_size: float, height: int) -> float:
    """Return where a line of text starts so that it stands in the middle of `height`."""
    return (height - 1.87 * face_size) / 2


def _icon(draw: ImageDraw.ImageDraw, decision: Decision, box: tuple[int, int, int, int], *, ink: str, ground: str) -> None:
    """Draw a check in a disc, a cross in an octagon, a question mark in a diamond: three shapes, for eyes that see no colour."""
    left, top, right, bottom = box
    side = right - left
    x, y = (left + right) / 2, (top + bottom) / 2
    sides = {"valid": 48, "invalid": 8, "undecided": 4}[decision]
    radius = side / 2
    turn = math.pi / sides if decision == "invalid" else 0.0
    corners = [
        (x + radius * math.sin(turn + 2 * math.pi * i / sides), y - radius * math.cos(turn + 2 * math.pi * i / sides)) for i in range(sides)
    ]
    draw.polygon(corners, fill=ink)
    stroke = max(2, side // 9)
    if decision == "valid":
        check = [(x - 0.24 * side, y + 0.02 * side), (x - 0.06 * side, y + 0.2 * side), (x + 0.25 * side, y - 0.17 * side)]
        draw.line(check, fill=ground, width=stroke, joint="curve")
    elif decision == "invalid":
        arm = 0.2 * side
        for slope in (1, -1):
            draw.line((x - arm, y - slope * arm, x + arm, y + slope * arm), fill=ground, width=stroke)
    else:
        face = lettering.font(max(8, side * 55 // 100), 900)
        draw.text((x, y), "?", fill=ground, font=face, anchor="mm")


def _bgr(picture: Image.Image) -> Gray:
    return np.ascontiguousarray(np.asarray(picture, np.uint8)[:, :, ::-1])
