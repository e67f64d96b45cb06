"""The file of a backup: a gzipped tar whose last member, `manifest.json`, says of every other one how long it is and its SHA-256.

A file that lacks its end lacks its manifest, and is none. Members are plain files with plain names below one of the house's places.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NamedTuple

from published import whole

from .errors import BackupError

FORM = "khatm-backup-1"
MANIFEST = "manifest.json"
_MANIFEST_MAX = 1 << 30
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
_CHUNK = 1 << 20


class Member(NamedTuple):
    """A file in a backup: its name, its octets' number and SHA-256 in hexadecimal."""

    name: str
    size: int
    digest: str


class Writer:
    """Writes members one after another, each name once."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._packed = gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1, mtime=0)
        self._tar = tarfile.TarFile(fileobj=self._packed, mode="w", format=tarfile.PAX_FORMAT)
        self.members: dict[str, Member] = {}

    def add(self, name: str, path: Path) -> None:
        """Add the file at `path` as it is now; one that is gone meanwhile is left out. Raises OSError."""
        if name in self.members:
            return
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return
        with source:
            info = self._tar.gettarinfo(arcname=name, fileobj=source)
            told = _Told(source, info.size)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            self._tar.addfile(info, told)
        self.members[name] = Member(name, info.size, told.digest.hexdigest())

    def finish(self, told: dict[str, Any]) -> None:
        """Write the manifest, with `told` in it, and end the file."""
        members = [list(each) for each in self.members.values()]
        data = json.dumps({"form": FORM, **told, "members": members}, ensure_ascii=False).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(data)
        self._tar.addfile(info, io.BytesIO(data))
        self._tar.close()
        self._packed.close()


class _Told(io.RawIOBase):
    """Reads at most so many octets, filled up with zeros where a file got shorter meanwhile, and digests them on the way."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self._source, self._left, self.digest = source, size, sha256()

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._source.read(wanted)
        data += bytes(wanted - len(data))
        self._left -= len(data)
        self.digest.update(data)
        return data


def read(stream: IO[bytes], folder: Path) -> tuple[dict[str, Any], dict[str, Path]]:
    """Put every member below `folder`; return the manifest and the paths by name, once each is what the manifest says.

    Raises BackupError `backup_damaged`, `backup_foreign`; OSError.
    """
    found: dict[str, Member] = {}
    manifest: dict[str, Any] | None = None
    try:
        with gzip.GzipFile(fileobj=stream, mode="rb") as packed:
            with tarfile.open(fileobj=packed, mode="r|") as tar:
                for info in tar:
                    source = tar.extractfile(info) if info.isreg() else None
                    if source is None or manifest is not None or info.name in found or not _NAME.fullmatch(info.name):
                        raise BackupError("backup_foreign", info.name[:80])
                    if info.name == MANIFEST:
                        manifest = json.loads(source.read(_MANIFEST_MAX))
                    else:
                        found[info.name] = _kept(info.name, source, folder / info.name)
            for _ in _chunks(packed):
                pass  # to the end, where the checksum of all of it stands
        told = _told(manifest)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, KeyError, TypeError) as error:
        raise BackupError("backup_damaged") from error
    if told != set(found.values()):
        raise BackupError("backup_damaged", next(iter(sorted(each.name for each in told ^ set(found.values())))))
    return manifest or {}, {name: folder / name for name in found}


def _told(manifest: dict[str, Any] | None) -> set[Member]:
    if manifest is None:
        raise BackupError("backup_damaged")
    if manifest.get("form") != FORM or type(manifest["created_at"]) is not int:
        raise BackupError("backup_foreign")
    return {Member(str(name), int(size), str(digest)) for name, size, digest in manifest["members"]}


def _kept(name: str, source: IO[bytes], target: Path) -> Member:
    digest, size = sha256(), 0
    with whole.staged(target, mode=0o600, durable=False) as kept:
        for chunk in _chunks(source):
            kept.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return Member(name, size, digest.hexdigest())


def _chunks(source: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk
