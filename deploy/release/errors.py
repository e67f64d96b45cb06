"""Why a version is not released, each with a stable code and a sentence in both languages."""

from __future__ import annotations

from seal.catalogue import Catalogue

SENTENCES = Catalogue("deploy.release")


class ReleaseError(Exception):
    """It cannot be released so. `code` is a key of SENTENCES."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
