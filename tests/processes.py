"""Programs and processes that tests start and then interrupt or kill."""

import multiprocessing
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, NamedTuple

from acts import acting
from storage import postgresql

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: How long a test waits for what is to come, on a machine that others use: only what never comes costs this.
PATIENCE_SECONDS = 120
#: Where the work of forked processes is: imported once for all of them.
WARM = (
    *("tests.office.applications.hands", "tests.office.messages.sending", "tests.office.payments.office"),
    *("tests.verifier.served", "verifier.app"),
)


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


class Forked(NamedTuple):
    """A process and our end of a pipe to it."""

    process: ForkServerProcess
    pipe: Connection

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def forked(work: Callable[..., None], *words: Any, errors: Path | None = None) -> ForkServerProcess:
    """Start `work` in a process of its own; what it writes to stderr goes to `errors`, if that is given.

    It is forked from a server that has everything imported and nothing open: a kill falls into the work and not into the start.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(WARM))
    started = context.Process(target=_work, args=(errors, work, *words))
    started.start()
    return started


def talking(work: Callable[..., None], *words: Any) -> Forked:
    """The same for work whose first argument is its end of a pipe."""
    ours, its = multiprocessing.Pipe()
    started = forked(work, its, *words)
    its.close()
    return Forked(started, ours)


def _work(errors: Path | None, work: Callable[..., None], *words: Any) -> None:
    """Do the work as the tests' own; requests and commands in it have actors of theirs."""
    if errors:
        with errors.open("ab", buffering=0) as stream:
            os.dup2(stream.fileno(), 2)
    postgresql.BUSY_SECONDS = PATIENCE_SECONDS
    with acting.process("program:tests", "test"):
        work(*words)
