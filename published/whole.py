"""Whole files: each is there in full or not at all, whatever happens while it is written.

A file is written beside its place under a name of its own, `.new-…`, and then takes its place in one step. Whoever is killed in between
leaves such a name behind; the next run clears it away. Whether somebody is still writing it says a lock, which dies with its holder.
"""

from __future__ import annotations

import fcntl
import glob
import os
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

PREFIX = ".new-"


@contextmanager
def staged(target: Path, *, mode: int | None = None, durable: bool = True, beside: Path | None = None) -> Iterator[IO[bytes]]:
    """Give a stream whose content takes the place of `target` at the end, unless the body raises. Raises OSError.

    `mode` are its rights, else those that the process gives new files; `durable` survives a power cut; `beside` is another folder of
    the same disk to write in, else the target's.
    """
    with _opened(target, mode, beside) as (stream, temporary):
        yield stream
        _settle(stream, durable=durable)
        temporary.replace(target)
    if durable:
        sync_folder(target.parent)


def write(files: Mapping[Path, bytes], *, mode: int | None = None, durable: bool = True, beside: Path | None = None) -> None:
    """Put files in their places: all are on the disk before the first takes its place. Raises OSError; then nothing has changed."""
    with ExitStack() as open_:
        ready: list[tuple[Path, Path]] = []
        streams: list[IO[bytes]] = []
        for target, data in files.items():
            stream, temporary = open_.enter_context(_opened(target, mode, beside))
            stream.write(data)
            streams.append(stream)
            ready.append((temporary, target))
        _settle(*streams, durable=durable)
        for temporary, target in ready:
            temporary.replace(target)
    for parent in {target.parent for target in files} if durable else ():
        sync_folder(parent)


def clear(folder: Path, *, of: str = "") -> int:
    """Remove what killed runs left half-written in `folder`, and return how many: all of it, or only what was to become the file `of`.

    What somebody is writing just now stays. Raises OSError where a file cannot be removed.
    """
    shape = f"{PREFIX}{glob.escape(of[:_NAME_MOST])}-*" if of else f"{PREFIX}*"
    return sum(_removed(path) for path in folder.glob(shape))


def sync_folder(folder: Path) -> None:
    """Make new names in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_WORTH_THREADS, _THREADS = 4, 8  # a log's first tiles are thousands of files
_NAME_MOST = 80  # characters of the target's name in the name of its beginning


@contextmanager
def _opened(target: Path, mode: int | None, beside: Path | None) -> Iterator[tuple[IO[bytes], Path]]:
    folder = beside or target.parent
    for needed in {target.parent, folder}:
        _made(needed, for_all=mode is not None and bool(mode & 0o004))
    stream, temporary = _locked(folder / f"{PREFIX}{target.name[:_NAME_MOST]}", 0o666 if mode is None else 0o600)
    try:
        with stream:
            if mode is not None:
                os.fchmod(stream.fileno(), mode)
            yield stream, temporary
    finally:
        temporary.unlink(missing_ok=True)  # it is gone where it took its place


def _made(folder: Path, *, for_all: bool) -> None:
    """Make a folder if there is none. What others may read they can also reach, whatever rights the process gives new folders."""
    if folder.is_dir():  # a log has thousands of files, and few new folders
        return
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing if for_all else ():
        each.chmod(0o755)


def _locked(start: Path, mode: int) -> tuple[IO[bytes], Path]:
    """Return a new file that nobody else clears away, made again if somebody did between its making and its lock."""
    while True:
        path = Path(f"{start}-{secrets.token_hex(4)}")
        stream = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX)
        if os.fstat(stream.fileno()).st_nlink:
            return stream, path
        stream.close()


def _settle(*streams: IO[bytes], durable: bool) -> None:
    """Hand files to the disk; `durable`: so that they survive a power cut. A disk waits for many at once as long as for one."""
    for stream in streams:
        stream.flush()
    if not durable:
        return
    descriptors = [stream.fileno() for stream in streams]
    if len(descriptors) < _WORTH_THREADS:
        for descriptor in descriptors:
            os.fsync(descriptor)
        return
    with ThreadPoolExecutor(_THREADS) as threads:
        for _ in threads.map(os.fsync, descriptors):  # raises what one of them raised
            pass


def _removed(path: Path) -> bool:
    """Remove a file unless somebody holds its lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:  # its owner was done, or another cleared it
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
