"""The demo's folder: made afresh each time, and nothing is ever deleted that the demo did not make itself."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .errors import DemoError

MARKER = ".khatm-demo"
_SAYS = "Made by `khatm demo`, with throw-away keys. The next `khatm demo` deletes this folder.\n"


@contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """Give an empty folder for as long as the demo runs. Raises DemoError `folder_not_ours` or `folder_in_use`; OSError."""
    _clear(folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    with (folder / MARKER).open("x", encoding="utf-8") as marker:
        _lock(marker, folder)
        marker.write(_SAYS)
        marker.flush()
        yield folder


def _clear(folder: Path) -> None:
    if not folder.is_symlink() and not folder.exists():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise DemoError("folder_not_ours", str(folder))
    marker = folder / MARKER
    if marker.is_file() and not marker.is_symlink():
        with marker.open(encoding="utf-8") as held:
            _lock(held, folder)
            if held.read() != _SAYS:
                raise DemoError("folder_not_ours", str(folder))
            shutil.rmtree(folder)
    elif any(folder.iterdir()):
        raise DemoError("folder_not_ours", str(folder))


def _lock(marker: TextIO, folder: Path) -> None:
    """Hold the marker until it is closed, so that a second demo does not delete the folder under a running one."""
    try:
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DemoError("folder_in_use", str(folder)) from error
