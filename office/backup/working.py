"""Create, verify, restore."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyrage

from published import whole

from . import archive, databases, owners, places, sealed
from .errors import BackupError
from .owners import Owned
from .places import Places

Progress = Callable[[str], None]
_WORK = ".khatm-"  # folders of plain copies begin so


class Backup(NamedTuple):
    """What a backup says of itself: when it was begun (seconds since 1970 UTC), how many files of each place, and their octets."""

    created_at: int
    files: Mapping[str, int]
    octets: int


def create(
    target: Path, where: Places, *, now: int, to: pyrage.x25519.Recipient | None = None, progress: Progress = lambda _: None
) -> Backup:
    """Write a backup to `target`, which is there whole or not at all.

    Raises BackupError `backup_exists`, `backup_nothing`, `backup_tool`; StorageError; OSError.
    """
    if target.exists():
        raise BackupError("backup_exists", str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    whole.clear(target.parent, of=target.name)
    with ExitStack() as open_:
        work = open_.enter_context(_own_folder(target.parent))
        stream = open_.enter_context(whole.staged(target, mode=0o600))
        writer = archive.Writer(open_.enter_context(sealed.writing(stream, to)))
        _add_folders(writer, where.before, progress)
        _add_databases(writer, where, work, progress)
        _add_folders(writer, where.after, progress)
        if not writer.members:
            raise BackupError("backup_nothing")
        writer.finish({"created_at": now})
        members = list(writer.members.values())
    return _told(now, members)


def _add_folders(writer: archive.Writer, folders: Mapping[str, Path], progress: Progress) -> None:
    for place, folder in folders.items():
        progress(place)
        for name, path in places.files(folder):
            writer.add(f"{place}/{name}", path)


def _add_databases(writer: archive.Writer, where: Places, work: Path, progress: Progress) -> None:
    for name, text in where.databases.items():
        if databases.exists(text):
            progress(name)
            copy = databases.copy(text, work, name)
            writer.add(copy.name, copy)
            copy.unlink()


def verify(source: Path, *, by: pyrage.x25519.Identity | None = None, work: Path | None = None) -> Backup:
    """Return what is in a backup, once every file of it is as it was written and its databases can be read.

    `work` is a folder on a disk with room for all of it. Raises BackupError, OSError.
    """
    with _unpacked(source, by, work) as (manifest, _, members):
        return _told(int(manifest["created_at"]), members)


def restore(
    source: Path,
    where: Places,
    *,
    by: pyrage.x25519.Identity | None = None,
    work: Path | None = None,
    progress: Progress = lambda _: None,
    owned: Callable[[Owned], None] = lambda _: None,
) -> Backup:
    """Put what a backup holds into the places that `where` names, each of which must be empty; the rest stays in the backup.

    A last checkpoint that is there stays: it may be newer than the backup, and then says so. Everything is looked at before anything is put
    anywhere. What root puts somewhere belongs to whom the place belongs to; `owned` is told.

    Raises BackupError, StorageError, OSError.
    """
    with _unpacked(source, by, work) as (manifest, paths, members):
        copies = {name: path for name, path in paths.items() if "/" not in name}
        wanted = {path: where.databases[path.stem] for path in copies.values() if path.stem in where.databases}
        folders = {place: folder for place, folder in where.before.items() if not (place == "log_store" and _used(folder))}
        for path, text in wanted.items():
            databases.refuse_used(text, path.suffix)
        for folder in folders.values():
            if _used(folder):
                raise BackupError("backup_target_used", str(folder))
        for place, folder in folders.items():
            progress(place)
            whose = owners.of(folder)
            if put := _place(paths, place, folder):
                owned(owners.give(whose, folder, put))
        for path, text in wanted.items():
            progress(path.stem)
            _load(path, text, owned)
        return _told(int(manifest["created_at"]), members)


def _load(path: Path, text: str, owned: Callable[[Owned], None]) -> None:
    file = databases.file_of(text)
    whose = owners.of(file.parent) if file else None
    databases.load(path, text)
    if file and whose:
        owned(owners.give_database(whose, file))


def _place(paths: Mapping[str, Path], place: str, folder: Path) -> list[Path]:
    private, put_there = place in ("documents", "files"), list[Path]()
    for name, path in paths.items():
        if name.startswith(f"{place}/"):
            target = folder / name.removeprefix(f"{place}/")
            with whole.staged(target, mode=0o600 if private else 0o644) as put, path.open("rb") as kept:
                shutil.copyfileobj(kept, put)
            put_there.append(target)
    return put_there


def _used(folder: Path) -> bool:
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


class _Unpacked(NamedTuple):
    manifest: dict[str, Any]
    paths: dict[str, Path]
    members: list[archive.Member]


@contextmanager
def _unpacked(source: Path, by: pyrage.x25519.Identity | None, work: Path | None) -> Iterator[_Unpacked]:
    with _own_folder(work or Path(tempfile.gettempdir())) as folder:
        with source.open("rb") as stream, sealed.reading(stream, by) as plain:
            manifest, paths = archive.read(plain, folder)
        for name, path in paths.items():
            if "/" not in name:
                databases.check(path)
        yield _Unpacked(manifest, paths, [archive.Member(*each) for each in manifest["members"]])


def _told(created_at: int, members: list[archive.Member]) -> Backup:
    counts = Counter(member.name.partition("/")[0] for member in members)
    return Backup(created_at, dict(counts), sum(member.size for member in members))


@contextmanager
def _own_folder(parent: Path) -> Iterator[Path]:
    """Make a folder for plain copies that is gone at the end; those that killed runs of ours left are removed first. Raises OSError."""
    for left in parent.glob(f"{_WORK}*"):
        _remove(left)
    with tempfile.TemporaryDirectory(dir=parent, prefix=_WORK) as folder:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield Path(folder)
        finally:
            os.close(descriptor)


def _remove(left: Path) -> None:
    """Remove a folder unless somebody works in it, or it is another user's."""
    try:
        descriptor = os.open(left, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    except OSError:  # it is gone, or not ours to look into
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_uid == os.getuid():
            shutil.rmtree(left, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(descriptor)
