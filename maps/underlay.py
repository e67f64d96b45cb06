"""The streets of a program's pages: its map file, if it has one. What is drawn on top matters more than a map that is damaged."""

from __future__ import annotations

import logging
from pathlib import Path

from seal.catalogue import Language
from web.plan import Frame

from . import lettering
from .archive import Archive
from .drawing import Streets, draw
from .errors import MapError
from .gazetteer import Gazetteer, beside

_LOG = logging.getLogger(__name__)


class Underlay:
    """What lies under the maps of one program."""

    def __init__(self, path: Path | None) -> None:
        """Open the map file. Raises MapError."""
        self.archive = Archive(path) if path else None
        #: Its names; None without a map file.
        self.gazetteer = Gazetteer(self.archive, beside(path)) if self.archive and path else None

    def streets(self, frame: Frame, language: Language, *, letters: float = lettering.SIZE) -> Streets | None:
        """Return the streets beneath a picture; None without a map file, or where it is damaged. `letters`: the size of names, in units."""
        try:
            return draw(self.archive, frame, language, letters=letters) if self.archive else None
        except MapError as error:
            _LOG.error("no streets: %s", error)
            return None

    def described(self) -> dict[str, object]:
        """Return what an app must know: `version`, `zooms` (first and last), `attribution`, `invented`; nothing without a map file."""
        held = self.archive
        if held is None:
            return {}
        zooms = [held.zooms[0], held.zooms[-1]]
        return {"version": held.version, "zooms": zooms, "attribution": held.attribution, "invented": held.invented}

    def moving(self, at: str) -> dict[str, str]:
        """Return what a browser needs to draw the tiles beneath the path `at` by itself: `tiles`, `zooms`; nothing without a map file."""
        if self.archive is None:
            return {}
        return {"tiles": f"{at}/{self.archive.version}", "zooms": f"{self.archive.zooms[0]} {self.archive.zooms[-1]}"}
