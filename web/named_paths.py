"""Files and folders that a command was told of, looked at before its work begins."""

from __future__ import annotations

import os
from errno import ENOENT
from pathlib import Path


def require(*paths: Path | None) -> None:
    """Raise FileNotFoundError, with the path, for the first that was named and is not there: a worker would tell it to a log."""
    for path in filter(None, paths):
        if not path.exists():
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(path))
