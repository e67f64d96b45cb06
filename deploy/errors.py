"""Why a house is not set up, each with a stable code and a sentence in both languages."""

from __future__ import annotations

from keys.errors import SENTENCES as KEY_SENTENCES
from seal.catalogue import Catalogue

SENTENCES = Catalogue("deploy", over=(KEY_SENTENCES,))


class SetupError(Exception):
    """It cannot be set up so. `code` is a key of SENTENCES."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
