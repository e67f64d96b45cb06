"""What custody refuses, with a stable code and a sentence in both languages."""

from __future__ import annotations

from seal.catalogue import Catalogue
from web.faults import SENTENCES as SETTING_SENTENCES

SENTENCES = Catalogue("keys", over=(SETTING_SENTENCES,))


def told(code: str, detail: str = "") -> str:
    """Return a code and its sentence in both languages, as commands tell it."""
    return SENTENCES.both(code, detail)


def named(error: OSError) -> str:
    """Return what failed, and the path if there is one."""
    return ": ".join(str(part) for part in (error.filename, error.strerror) if part)


class CustodyError(Exception):
    """Custody cannot or will not do it. `code` is a key of SENTENCES; `detail` holds no secret."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
