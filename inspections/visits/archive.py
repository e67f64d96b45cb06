"""Status lists as they were published, kept by their times: so that it can be said since when a license was revoked.

The published folder holds the newest lists alone. Each one that is seen there is copied, as it was signed, and verified again when it is
read; what is older than `KEPT_SECONDS` goes away.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from published import whole
from seal import status
from seal.dating import CLOCK_TOLERANCE
from seal.errors import ListError
from seal.status import StatusList
from seal.trust import TrustList

KEPT_SECONDS = 100 * 86_400
_FILE_MAX = 1 << 20
_LOOKED_AT_MAX = 200  # lists of one question: a week of hourly ones


class Since(NamedTuple):
    """A status stands in the list signed at `first` and in all after it; the one of `before` said otherwise (None: none is here)."""

    first: int
    before: int | None


class Archive:
    """The folder of lists, `<n>/<time>` (seconds since 1970 UTC). Several processes may share one."""

    def __init__(self, folder: Path, published: Path) -> None:
        self._folder, self._published = folder, published

    def learn(self, trust: TrustList, *, now: int) -> int:
        """Copy the published lists that are not here yet and let old ones go; return how many are new. Raises OSError."""
        new = 0
        for path in sorted((self._published / "status").glob("*")):
            if not re.fullmatch(r"[1-9][0-9]{0,3}", path.name) or path.stat().st_size > _FILE_MAX:
                continue
            data = path.read_bytes()
            try:
                entry = status.verify(data, trust=trust)
            except ListError:
                continue  # it is not used either
            if entry.iat > now + CLOCK_TOLERANCE:
                continue  # nor is what is not there yet
            target = self._folder / path.name / str(entry.iat)
            if not target.exists():
                whole.write({target: data})
                new += 1
                self._forget(target.parent, now)
        return new

    def _forget(self, folder: Path, now: int) -> None:
        for path in folder.glob("[0-9]*"):
            if int(path.name) < now - KEPT_SECONDS:
                path.unlink(missing_ok=True)

    def since(self, newest: StatusList, index: int, trust: TrustList) -> Since:
        """Return since when an index has the status that `newest` gives it."""
        wanted, first = newest.at(index), newest.iat
        for path in self._before(newest):
            entry = _read(path, trust)
            if entry is None or entry.uri != newest.uri:
                continue
            if entry.at(index) != wanted:
                return Since(first, entry.iat)
            first = entry.iat
        return Since(first, None)

    def _before(self, newest: StatusList) -> list[Path]:
        """Return the lists of the same name before one, the newest first."""
        name = newest.uri.rsplit("/", 1)[-1]
        if not re.fullmatch(r"[1-9][0-9]{0,3}", name):
            return []
        found = [path for path in (self._folder / name).glob("[0-9]*") if int(path.name) < newest.iat]
        return sorted(found, key=lambda path: -int(path.name))[:_LOOKED_AT_MAX]


def _read(path: Path, trust: TrustList) -> StatusList | None:
    try:
        return status.verify(path.read_bytes(), trust=trust)
    except (OSError, ListError):
        return None
