"""The fonts of papers. They come from their packages, which carry their licenses, and are embedded: a paper looks the same everywhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from fontTools.ttLib import TTFont

UNKNOWN = "\ufffd"  # what is drawn for what no font has: a reader sees that something is there, and the seal has it
# family, weight, package, file. The first that has a letter draws it: Cairo has Arabic and Latin, Noto Sans has Greek, Cyrillic and signs.
FACES = (
    ("Amiri", "400", "fontpkg_amiri", "Amiri-Regular.ttf"),
    ("Amiri", "700", "fontpkg_amiri", "Amiri-Bold.ttf"),
    ("Cairo", "200 1000", "fontpkg_cairo", "Cairo[slnt,wght].ttf"),
    ("Noto Sans", "100 900", "fontpkg_noto_sans", "NotoSans[wdth,wght].ttf"),
)


def path(package: str, name: str) -> Path:
    """Return where a font's file is."""
    return Path(str(files(package).joinpath("files", name)))


@cache
def style() -> str:
    """Return the rules that make the faces known."""
    return "\n".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{path(package, name).as_uri()}"); }}'
        for family, weight, package, name in FACES
    )


@cache
def _drawn() -> frozenset[int]:
    known: set[int] = set()
    for _, _, package, name in FACES:
        with TTFont(path(package, name), lazy=True) as font:
            known.update(font.getBestCmap())
    return frozenset(known)


def drawable(text: str) -> str:
    """Return `text` with a sign in place of each character that no face has: a PDF/A holds no glyph that stands for nothing."""
    return "".join(character if ord(character) in _drawn() else UNKNOWN for character in text)
