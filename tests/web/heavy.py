"""What processes apart do in tests."""

from __future__ import annotations

import os
import time
from pathlib import Path


def work(what: str, where: str = "") -> object:
    """Do what is asked: wait for a file, die, break, or tell of the process."""
    if what == "wait":
        while not Path(where).exists():
            time.sleep(0.01)
    elif what == "die":
        os._exit(9)
    elif what == "break":
        raise KeyError(where)
    return os.getpid(), os.getppid(), os.nice(0)
