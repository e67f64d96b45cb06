"""What the pages about licenses say, in Arabic and English."""

from __future__ import annotations

from seal.catalogue import Catalogue

#: Every text by its code.
WORDS = Catalogue("office.licenses", "words.json")
