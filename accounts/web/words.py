"""What the pages of signing in say."""

from __future__ import annotations

from seal.catalogue import Catalogue

WORDS = Catalogue("accounts.web", "words.json")
