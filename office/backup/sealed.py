"""Backups that only the holder of an identity can read: the age format (C2SP, age-encryption.org/v1), X25519.

The machine that makes them holds the public key alone. `age -d -i IDENTITY FILE` opens them too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

import pyrage

from published import whole

from .errors import BackupError

MAGIC = b"age-encryption.org/v1\n"


def new_identity(path: Path) -> str:
    """Write a new identity, for its owner alone, and return its public key. Raises BackupError `backup_exists`, OSError."""
    if path.exists():
        raise BackupError("backup_exists", str(path))
    identity = pyrage.x25519.Identity.generate()
    whole.write({path: f"# public key: {identity.to_public()}\n{identity}\n".encode()}, mode=0o600)
    return str(identity.to_public())


def recipient(text: str) -> pyrage.x25519.Recipient:
    """Return the public key in `text`. Raises BackupError `backup_recipient`."""
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as error:
        raise BackupError("backup_recipient", text[:80]) from error


def identity(path: Path) -> pyrage.x25519.Identity:
    """Return the identity in a file, as `age-keygen` writes it too. Raises BackupError `backup_identity`, OSError."""
    lines = [line for line in path.read_text("utf-8", "replace").splitlines() if line.strip() and not line.startswith("#")]
    try:
        return pyrage.x25519.Identity.from_str(lines[0].strip())
    except (pyrage.IdentityError, IndexError) as error:
        raise BackupError("backup_identity", str(path)) from error


@contextmanager
def writing(target: IO[bytes], to: pyrage.x25519.Recipient | None) -> Iterator[IO[bytes]]:
    """Give a stream; what is written to it arrives at `target`, encrypted if there is somebody to encrypt it to."""
    if to is None:
        yield target
        return
    with _piped(lambda source: pyrage.encrypt_io(source, target, [to])) as stream:
        yield stream


@contextmanager
def reading(source: IO[bytes], by: pyrage.x25519.Identity | None) -> Iterator[IO[bytes]]:
    """Give a stream of what `source` holds, decrypted. Raises BackupError `backup_sealed`, `backup_identity`, `backup_damaged`."""
    start = source.read(len(MAGIC))
    source.seek(0)
    if start != MAGIC:
        yield source
        return
    if by is None:
        raise BackupError("backup_sealed", source.name)
    read, write = os.pipe()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(write, "wb") as stream:
                pyrage.decrypt_io(source, stream, [by])
        except (pyrage.DecryptError, OSError) as error:
            failed.append(error)

    thread = Thread(target=work)
    thread.start()
    try:
        with os.fdopen(read, "rb") as stream:
            yield stream
    except BackupError:
        thread.join()
        if failed and isinstance(failed[0], pyrage.DecryptError):
            raise BackupError("backup_identity" if _another_s(failed[0]) else "backup_damaged", source.name) from failed[0]
        raise
    finally:
        thread.join()


def _another_s(error: BaseException) -> bool:
    return "matching" in str(error).lower()


@contextmanager
def _piped(work: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """Give the writing end of a pipe whose other end `work` reads in a thread; what went wrong there is raised here."""
    read, write = os.pipe()

    def run() -> None:
        with os.fdopen(read, "rb") as source:
            work(source)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        try:
            with os.fdopen(write, "wb") as stream:
                yield stream
        except BrokenPipeError:
            running.result()  # why nobody reads any more
            raise
        running.result()
