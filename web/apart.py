"""Work apart: a few processes that do one kind of heavy work for a server's threads, at a lower priority than what serves people.

A thread that computes holds up the others of its process (one interpreter lock); a process that computes at the same priority as the
servers takes their turn on the processor. So heavy work has processes of its own, each of which does one thing at a time, a bounded number
of questions waits for them, and one that takes too long, or dies, is replaced: what fails there fails nobody else.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from queue import Empty, LifoQueue
from threading import BoundedSemaphore, Thread
from typing import Any

NICE = 5  # of 19: a third of a server's share, where both want the processor
_READY_SECONDS = 120.0  # until a process has loaded what it works with, on a machine that is busy


class BusyError(Exception):
    """As many wait already as may, or it was not one's turn in time."""


class LostError(Exception):
    """The process took too long, or died."""


class Apart:
    """`processes` that do `work` ("module:function"), which takes and returns what can be pickled, refusals too. Threads share it.

    `waiting`: questions at most that are worked on or wait; `seconds`: how long one may be worked on; `turn_seconds`: how long one waits
    for its turn. Whatever `work` raises ends its process. Processes begin with the first question, or with `start`.
    """

    def __init__(self, work: str, *, processes: int, waiting: int, seconds: float, turn_seconds: float) -> None:
        self._work, self._seconds, self._turn = work, seconds, turn_seconds
        self._room = BoundedSemaphore(waiting)
        self._asked = 0  # for a monitor: no lock, so perhaps not exact
        self._free: LifoQueue[_Hand] = LifoQueue()  # the one that worked last is in the caches still
        for _ in range(processes):
            self._free.put(_Hand(work))

    def do(self, *words: Any) -> Any:
        """Return what `work` returns for `words`. Raises BusyError, LostError."""
        if not self._room.acquire(blocking=False):
            raise BusyError
        self._asked += 1
        try:
            return self._done(words)
        finally:
            self._asked -= 1
            self._room.release()

    def count(self) -> int:
        """Return how many questions are worked on or wait."""
        return self._asked

    def _done(self, words: tuple[Any, ...]) -> Any:
        try:
            hand = self._free.get(timeout=self._turn)
        except Empty:
            raise BusyError from None
        try:
            return hand.do(words, self._seconds)
        finally:
            self._free.put(hand)

    def start(self) -> None:
        """Begin the processes, and do not wait for it: questions have their turn as soon as one is there."""
        hands = []
        with contextlib.suppress(Empty):
            while True:
                hands.append(self._free.get_nowait())

        def begin(hand: _Hand) -> None:
            with contextlib.suppress(OSError, EOFError, LostError):  # the question that finds it so says so
                hand.begin()
            self._free.put(hand)

        for hand in hands:
            Thread(target=begin, args=(hand,), daemon=True).start()

    def close(self) -> None:
        """End the processes that nobody waits for."""
        with contextlib.suppress(Empty):
            while True:
                self._free.get_nowait().end()


class _Hand:
    """One process, and our end of a pipe to it."""

    def __init__(self, work: str) -> None:
        self._work = work
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def begin(self) -> Connection:
        """Start the process, unless it runs. Return the pipe to it."""
        if self._pipe is None or self._process is None or not self._process.is_alive():
            self.end()
            context = multiprocessing.get_context("spawn")  # not forked: a server's threads and locks are no part of it
            ours, its = context.Pipe()
            self._process = context.Process(target=_serve, args=(its, self._work, os.getpid()), daemon=True)
            self._process.start()
            its.close()
            self._pipe = ours
            if not ours.poll(_READY_SECONDS):
                raise LostError
            ours.recv()
        return self._pipe

    def do(self, words: tuple[Any, ...], seconds: float) -> Any:
        """Return what the process says of `words`. Raises LostError."""
        try:
            pipe = self.begin()
            pipe.send(words)
            if not pipe.poll(seconds):
                raise LostError
            return pipe.recv()
        except (OSError, EOFError, LostError) as error:
            self.end()
            raise LostError from error

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _serve(pipe: Connection, work: str, parent: int) -> None:
    """Do what comes through the pipe, until nobody is at its other end."""
    for each in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C and the end of a service are for the server: it lets us finish, and goes
        signal.signal(each, signal.SIG_IGN)
    module, _, name = work.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    os.nice(NICE)
    pipe.send(None)
    while os.getppid() == parent:
        try:
            words = pipe.recv()
        except (EOFError, OSError):
            return
        told = function(*words)
        with contextlib.suppress(BrokenPipeError):
            pipe.send(told)
