"""Text on pictures: Arabic is shaped and set from right to left by raqm, which OpenCV's own putText cannot."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PIL import ImageDraw, ImageFont

from seal.catalogue import Language

_FILE = str(files("fontpkg_cairo").joinpath("files/Cairo[slnt,wght].ttf"))
_AXES = {"Slant": 0.0}


@lru_cache(maxsize=64)
def font(size: int, weight: int = 400) -> ImageFont.FreeTypeFont:
    """Return Cairo in `size` pixels; `weight` from 200 to 1000."""
    loaded = ImageFont.truetype(_FILE, size, layout_engine=ImageFont.Layout.RAQM)
    order = [bytes(axis["name"]).decode("ascii", "replace") for axis in loaded.get_variation_axes()]
    loaded.set_variation_by_axes([_AXES.get(name, float(weight)) for name in order])
    return loaded


def isolated(text: str) -> str:
    """Return `text` with a direction of its own inside a line (UAX #9, FSI … PDI): a Latin name does not turn an Arabic line around."""
    return f"\u2068{text}\u2069"


def width(text: str, face: ImageFont.FreeTypeFont, language: Language) -> float:
    """Return how many pixels `text` takes in a line of `language`."""
    return float(face.getlength(text, direction=_direction(language), language=language))


def write(
    draw: ImageDraw.ImageDraw, text: str, *, edge: float, top: float, face: ImageFont.FreeTypeFont, language: Language, fill: str
) -> None:
    """Write one line from its starting `edge`: the right one in Arabic, the left one in English."""
    anchor = "ra" if language == "ar" else "la"
    draw.text((edge, top), text, fill=fill, font=face, anchor=anchor, direction=_direction(language), language=language)


def fitted(text: str, *, room: float, size: int, least: int, weight: int, language: Language) -> tuple[str, ImageFont.FreeTypeFont]:
    """Return `text` and a face in which it takes at most `room` pixels: smaller first, down to `least`, then cut off with an ellipsis."""
    for smaller in range(size, least, -1):
        if width(text, font(smaller, weight), language) <= room:
            return text, font(smaller, weight)
    face = font(least, weight)
    return _cut(text, room, face, language), face


def wrapped(text: str, *, room: float, face: ImageFont.FreeTypeFont, language: Language, most: int) -> list[str]:
    """Return `text` in at most `most` lines of `room` pixels; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < most:
        count = len(rest)
        while count > 1 and width(" ".join(rest[:count]), face, language) > room:
            count -= 1
        if len(lines) == most - 1:
            count = len(rest)
        lines.append(_cut(" ".join(rest[:count]), room, face, language))
        rest = rest[count:]
    return lines


def _cut(text: str, room: float, face: ImageFont.FreeTypeFont, language: Language) -> str:
    if width(text, face, language) <= room:
        return text
    while text and width(text + "…", face, language) > room:
        text = text[:-1].rstrip()
    return text + "…"


def _direction(language: Language) -> str:
    return "rtl" if language == "ar" else "ltr"
