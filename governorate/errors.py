"""What is refused in a governorate's folder. Every code has its sentence in data/sentences.json."""

from __future__ import annotations

from seal.catalogue import Catalogue
from storage.errors import KhatmError

SENTENCES = Catalogue("governorate")


class RuleError(KhatmError):
    """A data file of rules must not be used. `file` and `line` (from 1) say where; both are in `detail` for the reader."""

    def __init__(self, code: str, file: str, line: int, what: str = "") -> None:
        super().__init__(code, f"{file}:{line}" + (f": {what}" if what else ""))
        self.file = file
        self.line = line
