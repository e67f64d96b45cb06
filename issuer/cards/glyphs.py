"""Which characters our fonts draw. A card or paper that lacks one says so: the seal has it, and whoever compares must not miss it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from fontTools.ttLib import TTFont


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
def drawn(family: str = "") -> frozenset[int]:
    """Return the code points that at least one face draws, or one of `family`."""
    known: set[int] = set()
    for face in FACES:
        if family not in ("", face.family):
            continue
        with TTFont(path(face), lazy=True) as font:
            known.update(font.getBestCmap())
    return frozenset(known)


def missing(text: str, family: str = "") -> list[str]:
    """Return the characters of `text` that no face (of `family`) draws, each once, as U+1F355."""
    return [code_of(character) for character in dict.fromkeys(text) if ord(character) not in drawn(family)]


def code_of(character: str) -> str:
    """Return a character's code point as it is usually written."""
    return f"U+{ord(character):04X}"
