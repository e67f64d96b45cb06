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
    """A database cannot be used: `database_*`, `disk_full`, `disk`, `permission`, `read_only`."""


class UnreadableError(StorageError):
    """One value of one row is not what this program wrote there: `database_unreadable`. The other rows can be read."""

    def __init__(self, detail: str) -> None:
        super().__init__("database_unreadable", detail)


_SAID = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "disk_full"),  # a full disk, or a quota
    **dict.fromkeys((errno.EACCES, errno.EPERM), "permission"),  # rights of the file or folder, or what the program's unit may
    errno.EROFS: "read_only",
}


def disk(error: OSError) -> str:
    """Return the code of what the system said of a file: `disk_full`, `permission`, `read_only`, which people mend; else `disk`."""
    return _SAID.get(error.errno or 0, "disk")
