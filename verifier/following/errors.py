"""Why nothing could be fetched or put in place, each with a stable code and a sentence in both languages."""

from __future__ import annotations

import errno

from seal.catalogue import Catalogue
from seal.sentences import SENTENCES as SEAL_SENTENCES

SENTENCES = Catalogue("verifier.following", over=(SEAL_SENTENCES,))
_FULL = (errno.ENOSPC, errno.EDQUOT)


class FollowError(Exception):
    """A look ended without a new publication, or a file of it was not had. `code` is a key of SENTENCES.

    `wait` is how long the host asks to be left alone, seconds.
    """

    def __init__(self, code: str, detail: str = "", *, wait: int = 0) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail, self.wait = code, detail, wait


class StoppedError(Exception):
    """Somebody ended the program."""


def of_disk(error: OSError) -> FollowError:
    """Return what the system said of a file of ours."""
    return FollowError("follow_disk_full" if error.errno in _FULL else "follow_disk", error.strerror or type(error).__name__)
