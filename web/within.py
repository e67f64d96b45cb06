"""Calls that end: whoever answers an octet now and then, head or body, holds nobody for longer than the call may take."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer, local
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class TooSlowError(Exception):
    """Connected, and the time was over before the answer was."""


class Timed(HTTPConnection):
    """A connection whose calls end: a new one, and one that was kept from the call before."""

    way: Within

    def connect(self) -> None:
        super().connect()
        self.way.connected(self.sock)

    def request(self, *words: Any, **options: Any) -> None:
        if self.sock is not None:
            self.way.connected(self.sock)
        super().request(*words, **options)


class Within:
    """Calls of at most `seconds`, once connected, each by itself whatever thread it is of. `kind`: how its connections are made."""

    kind: type[Timed] = Timed

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._mine = local()  # the call of each thread

    def pools(self) -> dict[str, Any]:
        """Return the kinds of urllib3's pools whose connections are timed so, by scheme."""
        within, kind = self, self.kind

        class Plain(kind, HTTPConnection):  # type: ignore[misc, valid-type]
            way = within

        class Secure(kind, HTTPSConnection):  # type: ignore[misc, valid-type]
            way = within

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        return {"http": PlainPool, "https": SecurePool}

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """End what is connected within, when its time is over, however slowly the other side answers. Raises TooSlowError."""
        self._mine.ending = ending = _Ending(self._seconds)
        try:
            yield
        finally:
            ending.cancel()
            if ending.over:
                raise self.too_slow()  # what came may be half an answer, whatever was made of it

    def too_slow(self) -> Exception:
        """Return what is raised when the time is over."""
        return TooSlowError()

    def connected(self, sock: socket.socket) -> None:
        """Let the time of a connection begin."""
        self._mine.ending.begin(sock)


class _Ending:
    """The end of one call: its connection is shut down when the time is over."""

    def __init__(self, seconds: float) -> None:
        self.over, self._seconds = False, seconds
        self._timer: Timer | None = None

    def begin(self, sock: socket.socket) -> None:
        self.cancel()
        self._timer = Timer(self._seconds, self._end, [sock])
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _end(self, sock: socket.socket) -> None:
        self.over = True
        with suppress(OSError):  # it ended by itself
            sock.shutdown(socket.SHUT_RDWR)
