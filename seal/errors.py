"""Everything the core raises, in one tree. Each error carries a stable `code`, which is also the key of its sentence.

SealError
├── FormatError        a text, wire, token or claims set that docs/format.md does not allow
│   └── UnknownVersionError a version digit this program is too old to know
├── SignatureError     a signature that does not hold
├── ListError          a published file (trust list, status list) that must not be used
└── LicenseError       license data outside the limits of the format; names the field
"""

from __future__ import annotations


class SealError(Exception):
    """Base of all refusals of the core.

    `code` is stable and machine-readable; `detail` is for people who read logs and never holds license data.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class FormatError(SealError):
    """The input is not what docs/format.md describes."""


class UnknownVersionError(FormatError):
    """The version digit is newer than this program: not wrong, just not ours to judge."""


class SignatureError(SealError):
    """A signature does not hold."""


class ListError(SealError):
    """A published file is corrupt, signed by the wrong key, of the wrong type, or older than one already seen."""


class LicenseError(SealError):
    """License data breaks a limit of the format."""

    def __init__(self, code: str, field: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.field = field
