"""A request as it arrives: kept until all of it is there, so that a thread is nobody's before. Pure but for a temporary file.

Of HTTP no more is read than where a request ends (RFC 9112 §6.3); what it says is gunicorn's to parse, and to refuse.
"""

from __future__ import annotations

import re
import socket
import tempfile
from enum import Enum, auto
from typing import Any

HEAD_MOST = 65_536  # octets of request line and headers; gunicorn's own limits are below
BODY_MOST = 16 << 20  # a body that is kept; what is longer no service of ours takes, and a thread refuses it
_IN_MEMORY = 65_536
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\nContent-Length[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)
#: A body whose end its octets say, and a client that waits for a word before it sends one.
_UNKNOWN = re.compile(rb"\r\n(?:Transfer-Encoding|Expect)[ \t]*:", re.IGNORECASE)


class Arrival(Enum):
    """How far a request is."""

    PART = auto()  # more must come
    WHOLE = auto()  # everything is there
    OPEN = auto()  # where it ends cannot be told from here: a thread must read on


class Arriving:
    """What came of one request."""

    def __init__(self) -> None:
        self._kept = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self._head = bytearray()
        self._wanted = -1  # octets of the whole request, as soon as its head is there
        self.size = 0
        self.began = False
        self.state = Arrival.PART

    @property
    def headed(self) -> bool:
        """Whether its head is there."""
        return self._wanted >= 0 or self.state is Arrival.OPEN

    def add(self, data: bytes) -> Arrival:
        """Take in what came. Return how far the request is."""
        self._kept.write(data)
        self.size += len(data)
        if not self.headed:
            self._head += data
            self._look()
        if self.state is Arrival.PART and 0 <= self._wanted <= self.size:
            self.state = Arrival.WHOLE
        return self.state

    def _look(self) -> None:
        end = self._head.find(_HEAD_END)
        if end < 0:
            self.state = Arrival.OPEN if len(self._head) > HEAD_MOST else Arrival.PART
            return
        head = bytes(self._head[: end + 2])
        self._head.clear()
        lengths = _LENGTH.findall(head)
        if _UNKNOWN.search(head) or len(lengths) > 1 or not all(each.strip().isdigit() and len(each) < 12 for each in lengths):
            self.state = Arrival.OPEN
            return
        length = int(lengths[0]) if lengths else 0
        if length > BODY_MOST:
            self.state = Arrival.OPEN
            return
        self._wanted = end + len(_HEAD_END) + length

    def ended(self) -> None:
        """Nothing more will come."""
        self.state = Arrival.WHOLE

    def open(self) -> Any:
        """Return what came, as a file at its beginning. Whoever takes it closes it."""
        self._kept.seek(0)
        return self._kept

    def close(self) -> None:
        """Forget it."""
        self._kept.close()


class Replayed:
    """A socket for reading of which a request came already: first what was kept, then the socket's own."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._kept: Any = None

    def take(self, arriving: Arriving) -> None:
        """Read this request from now on."""
        self._kept = arriving.open()

    def recv(self, size: int) -> bytes:
        """Return some octets, b"" at the end."""
        if self._kept is not None:
            if data := bytes(self._kept.read(size)):
                return data
            self.close()
        return self._sock.recv(size)

    def rest(self) -> bytes:
        """Return what is left of what was kept: the beginning of the next request."""
        left = bytes(self._kept.read()) if self._kept is not None else b""
        self.close()
        return left

    def close(self) -> None:
        """Forget what was kept."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def gettimeout(self) -> float | None:
        """Return the socket's timeout, in seconds."""
        return self._sock.gettimeout()

    def settimeout(self, seconds: float | None) -> None:
        """Set the socket's timeout."""
        self._sock.settimeout(seconds)
