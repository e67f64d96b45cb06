"""A folder of files, `ab/cdef…`, each written in one step: a copy of the folder is a backup."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from published import whole

from .errors import ObjectsError
from .naming import PARTS, Naming
from .store import Held, told, verified

_SHARED = 0o2770


class Folder:
    """A store in a folder, made when the first file comes. `most`: octets that a file of it may have."""

    def __init__(self, folder: Path, naming: Naming, *, most: int) -> None:
        self._folder, self._naming, self._most = folder, naming, most

    def put(self, content: bytes) -> bytes:
        """Keep octets and return their digest; what is there already, whole, stays and is touched. Raises OSError."""
        digest = sha256(content).digest()
        path = self._path(digest)
        with suppress(FileNotFoundError):
            if path.stat().st_size == len(content):
                os.utime(path)  # so that nobody deletes it before a row names it
                return digest
        self._make(path.parent)
        whole.clear(self._folder)
        whole.write({path: content}, mode=0o600, beside=self._folder)
        return digest

    def _make(self, place: Path) -> None:
        """Make a folder for files if there is none. In one that a group shares (setgid) it is shared too.

        Who deletes what nothing names any more may be another user's program than who took it in; the files stay their owner's.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        shared = bool(self._folder.stat().st_mode & stat.S_ISGID)
        with suppress(FileExistsError):
            place.mkdir(mode=0o770 if shared else 0o700)  # setgid comes from the folder that it is made in
            if shared and stat.S_IMODE(place.stat().st_mode) != _SHARED:
                place.chmod(_SHARED)  # this process takes rights away; a unit with RestrictSUIDSGID, which takes none, may not do this

    def get(self, digest: bytes) -> bytes:
        """Return the octets of a digest. Raises ObjectsError `object_missing`, `object_altered`; OSError."""
        try:
            with self._path(digest).open("rb") as stream:
                return verified(digest, stream.read(self._most + 1))
        except FileNotFoundError as error:
            raise ObjectsError("object_missing", told(digest)) from error

    def has(self, digest: bytes) -> bool:
        """Say whether there is a file of that digest. Raises OSError."""
        return self._path(digest).is_file()

    def delete(self, digest: bytes, *, untouched_since: int | None = None) -> bool:
        """Delete a file, unless somebody put it here since; say whether it went, or was not there. Raises OSError."""
        path = self._path(digest)
        if untouched_since is not None and not _older(path, untouched_since):
            return False
        path.unlink(missing_ok=True)
        return True

    def listed(self, part: str) -> Iterator[Held]:
        """Yield the files whose digest begins so. Raises OSError."""
        for path in self._folder.glob(f"{part}/*"):
            digest = self._naming.digest(f"{part}/{path.name}")
            with suppress(FileNotFoundError):  # deleted meanwhile
                if digest is not None and stat.S_ISREG((found := path.stat()).st_mode):
                    yield Held(digest, found.st_size, int(found.st_mtime))

    def due(self, now: int) -> Sequence[str]:
        """Return all parts: going through a folder costs little."""
        return PARTS

    def clear(self, before: int) -> int:
        """Delete what uploads left half written before a time; return how many. Raises OSError."""
        left = [path for path in self._folder.glob(f"[0-9a-f][0-9a-f]/{whole.PREFIX}*") if _older(path, before)]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _path(self, digest: bytes) -> Path:
        return self._folder / self._naming.name(digest)


def _older(path: Path, before: int) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False
