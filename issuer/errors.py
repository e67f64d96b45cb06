"""What the issuer refuses as a whole (a row's refusal is issuer.intake's). Sentences are in data/sentences.json."""

from __future__ import annotations


class IssuerError(Exception):
    """A command cannot go on. `code` is stable and the key of its sentence; `detail` holds no license data."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
