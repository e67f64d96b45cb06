"""Programs that tests start and then interrupt."""

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def heeding() -> Iterator[None]:
    """Let programs that start meanwhile hear the signals that end them.

    What this process ignores, its children would ignore too: SIGINT in a background job of a script, SIGHUP under nohup.
    """
    ignored = [ending for ending in ENDING if signal.getsignal(ending) is signal.SIG_IGN]
    for ending in ignored:
        signal.signal(ending, signal.SIG_DFL)
    try:
        yield
    finally:
        for ending in ignored:
            signal.signal(ending, signal.SIG_IGN)


def start(words: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
    """`subprocess.Popen`, of a program that may be interrupted."""
    with heeding():
        return subprocess.Popen(words, **options)
