"""Why a version is not released, each with a stable code and a sentence in both languages."""

from __future__ import annotations

from keys.errors import SENTENCES as KEY_SENTENCES
from seal.catalogue import Catalogue

SENTENCES = Catalogue("deploy.release", over=(KEY_SENTENCES,))


class ReleaseError(Exception):
    """It cannot be released so. `code` is a key of SENTENCES."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
