"""A child process on the second core, for work that Python's threads would take turns at.

It is forked, so what it works with need not be sent, and it has to be before a database is opened. It has no other end of its pipe than its
own, and so ends by itself when the parent dies, however it dies. Nobody waits for a child that is stopped: neither for its next octet
(`patient`) nor for its end (`ended`).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from . import garbage

_END_SECONDS = 5.0  # how long a child may take to end when it is to


@contextmanager
def forked(work: Callable[[Any], Iterable[Any]], *, silent: float) -> Iterator[Connection | None]:
    """Open the pipe to a child that answers everything it is sent with all that `work` yields for it; None where processes cannot fork.

    Both have to be such that they can be pickled. What `work` raises ends the child: then the pipe raises EOFError or OSError. So it does
    where the child neither takes nor sends an octet for `silent` seconds while somebody waits for it.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        yield None
        return
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_serve, args=(work, theirs, ours), daemon=True)
    with _interrupts_held():
        child.start()
    theirs.close()
    try:
        patient(ours, silent)
        yield ours
    finally:
        ours.close()
        ended(child)


def patient(pipe: Connection, seconds: float) -> None:
    """Let a pipe of two ways raise BlockingIOError, at this end, after so many seconds in which not one octet comes or goes.

    It is the kernel that counts: also where the other process is stopped in the middle of a word.
    """
    limit = struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
    with closing(socket.socket(fileno=os.dup(pipe.fileno()))) as both:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            both.setsockopt(socket.SOL_SOCKET, option, limit)


def ended(child: BaseProcess) -> None:
    """Wait for the end of a child that has nothing more to do; one that does not come to it by itself is killed."""
    child.join(_END_SECONDS)
    if child.is_alive():
        child.kill()
        child.join()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while a child is made: in the child, before it ignores it, it would break what Python does after a fork."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(work: Callable[[Any], Iterable[Any]], pipe: Connection, other_end: Connection) -> None:
    """Answer what comes through the pipe until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is ours; it stays blocked here too
    other_end.close()
    try:
        with garbage.between() as collect:
            while True:
                for answer in work(pipe.recv()):
                    pipe.send(answer)
                collect()
    except (EOFError, OSError):
        os._exit(0)  # nothing of the parent's is to be finalised here
