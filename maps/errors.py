"""What a map file is refused for. Every code has its sentence in data/sentences.json."""

from __future__ import annotations

from seal.catalogue import Catalogue
from storage.errors import KhatmError

SENTENCES = Catalogue("maps")


class MapError(KhatmError):
    """A map file cannot be drawn from: `map_missing`, `map_unreadable`, `map_corrupt`, `map_not_vector`. Or its names cannot be searched:
    `places_missing`, `places_unreadable`, `places_stale`, `places_corrupt`.
    """
