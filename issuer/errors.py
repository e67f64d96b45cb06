"""What the issuer refuses as a whole (a row's refusal is issuer.intake's). Sentences are in data/sentences.json."""

from __future__ import annotations

from storage.errors import KhatmError


class IssuerError(KhatmError):
    """A command cannot go on. `code` is stable and the key of its sentence; `detail` holds no license data."""
