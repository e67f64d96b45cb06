"""The fonts of papers. They come from their packages, which carry their licenses, and are embedded: a paper looks the same everywhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

UNKNOWN = "\ufffd"  # what is drawn for what no font has: a reader sees that something is there, and the seal has it


class Face(NamedTuple):
    """A font as its package has it. `weights` are those that papers use, for a font of any weight; empty for one that has only its own."""

    family: str
    weight: str
    package: str
    name: str
    weights: tuple[int, ...] = ()


# The first that has a letter draws it: Cairo has Arabic and Latin, Noto Sans has Greek, Cyrillic and signs.
FACES = (
    Face("Amiri", "400", "fontpkg_amiri", "Amiri-Regular.ttf"),
    Face("Amiri", "700", "fontpkg_amiri", "Amiri-Bold.ttf"),
    Face("Cairo", "", "fontpkg_cairo", "Cairo[slnt,wght].ttf", (400, 600, 700)),
    Face("Noto Sans", "100 900", "fontpkg_noto_sans", "NotoSans[wdth,wght].ttf"),
)


def path(face: Face) -> Path:
    """Return where a font's file is."""
    return Path(str(files(face.package).joinpath("files", face.name)))


@cache
def style() -> str:
    """Return the rules that make the faces known."""
    return "\n".join(
        f'@font-face {{ font-family: "{face.family}"; font-weight: {weight}; src: url("{address}"); }}'
        for face in FACES
        for weight, address in _addresses(face)
    )


def _addresses(face: Face) -> Iterator[tuple[str, str]]:
    """Yield each weight and where it is. Weights that every paper needs are made of the font once, not again for each paper."""
    if not face.weights:
        yield face.weight, path(face).as_uri()
    for weight in face.weights:
        with TTFont(path(face)) as font, io.BytesIO() as made:
            instancer.instantiateVariableFont(font, {"wght": weight, "slnt": 0}, inplace=True)
            font.save(made)
            yield str(weight), "data:font/ttf;base64," + base64.b64encode(made.getvalue()).decode()


@cache
def _drawn() -> frozenset[int]:
    known: set[int] = set()
    for face in FACES:
        with TTFont(path(face), lazy=True) as font:
            known.update(font.getBestCmap())
    return frozenset(known)


def drawable(text: str) -> str:
    """Return `text` with a sign in place of each character that no face has: a PDF/A holds no glyph that stands for nothing."""
    return "".join(character if ord(character) in _drawn() else UNKNOWN for character in text)
