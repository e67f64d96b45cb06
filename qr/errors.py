"""Everything that this package raises, in one tree. Each error has a stable `code`, the key of its sentences.

QrError
├── TextError      a text that cannot be written as one of our codes
├── PictureError   an uploaded picture that is refused
└── OutOfTimeError the reader's time was up before all steps were tried: not the same as "no code"
"""

from __future__ import annotations

from seal.catalogue import Catalogue


class QrError(Exception):
    """Base of all refusals of this package.

    `code` is stable and machine-readable, a key of `SENTENCES`; `detail` is for logs and never holds license data.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class TextError(QrError):
    """The text has not the shape of a seal, or no QR code is large enough for it."""


class PictureError(QrError):
    """The bytes are not a picture that we accept."""


class OutOfTimeError(QrError):
    """The deadline passed between two steps of the reader and no seal had been found until then."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("reading_out_of_time", detail)


# Suggested sentences; whoever shows them may have better ones under the same codes.
SENTENCES = Catalogue("qr")

CODES = frozenset(SENTENCES)
