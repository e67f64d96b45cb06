"""What a database refuses. Sentences are with those who show them: issuer/data/sentences.json."""

from __future__ import annotations

import errno


class KhatmError(Exception):
    """`code` is stable and the key of a sentence; `detail` holds no license data.

    The base of what storage and the rooms above it refuse: whoever only tells a person catches this one, so that no room's refusal ends
    in a traceback because it came from a floor below.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class StorageError(KhatmError):
    """A database cannot be used: `database_*`, `disk_full`, `disk`."""


class UnreadableError(StorageError):
    """One value of one row is not what this program wrote there: `database_unreadable`. The other rows can be read."""

    def __init__(self, detail: str) -> None:
        super().__init__("database_unreadable", detail)


FULL = (errno.ENOSPC, errno.EDQUOT)  # what the system says of a full disk, or a quota


def disk(error: OSError) -> str:
    """Return the code of what the system said of a file: `disk_full`, which who works here can mend, else `disk`."""
    return "disk_full" if error.errno in FULL else "disk"
