"""The fonts of papers. They come from their packages, which carry their licenses, and are embedded: a paper looks the same everywhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

from fontTools.ttLib import TTFont

from issuer.cards import glyphs
from issuer.cards.glyphs import FACES, Face, path

__all__ = ["FACES", "UNKNOWN", "Face", "drawable", "keep", "kept", "path", "style"]

UNKNOWN = "\ufffd"  # what is drawn for what no font has, with its code: a reader sees that something is there, and what the seal has
_KEPT: list[str] = []  # the rules, once they are made or told


def style() -> str:
    """Return the rules that make the faces known."""
    if not _KEPT:
        keep(_made())
    return _KEPT[0]


def kept() -> str | None:
    """Return the rules, if this process has them already: to make them takes three seconds."""
    return _KEPT[0] if _KEPT else None


def keep(rules: str) -> None:
    """Take the rules from a process that made them."""
    _KEPT[:] = [rules]


def _made() -> str:
    return "\n".join(
        f'@font-face {{ font-family: "{face.family}"; font-weight: {weight}; src: url("{address}"); }}'
        for face in FACES
        for weight, address in _addresses(face)
    )


def _addresses(face: Face) -> Iterator[tuple[str, str]]:
    """Yield each weight and where it is. Weights that every paper needs are made of the font once, not again for each paper."""
    from fontTools.varLib import instancer  # noqa: PLC0415 - who is told the rules makes no fonts

    if not face.weights:
        yield face.weight, path(face).as_uri()
    for weight in face.weights:
        with TTFont(path(face)) as font, io.BytesIO() as made:
            instancer.instantiateVariableFont(font, {"wght": weight, "slnt": 0}, inplace=True)
            font.save(made)
            yield str(weight), "data:font/ttf;base64," + base64.b64encode(made.getvalue()).decode()


def drawable(text: str) -> str:
    """Return `text` with a sign and its code in place of each character that no face has: a PDF/A holds no glyph for nothing."""
    known = glyphs.drawn()
    return "".join(each if ord(each) in known else f"{UNKNOWN}({glyphs.code_of(each)})" for each in text)
