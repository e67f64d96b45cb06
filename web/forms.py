"""Bodies of requests: how much of one is taken, and what becomes of the rest.

Both faults that this module ends were seen with real photographs: werkzeug refused files whose octets are mixed, and a refusal before the
last octet had arrived reached nobody, for the connection was cut beneath it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The least that werkzeug may hold of a form in memory. Its parser takes 64 KiB at a time and may hold back the end of the piece before,
#: from a CR or LF on, for that may begin a boundary; a limit at or below 64 KiB plus that refuses any file but the smallest.
MEMORY_LEAST = 128 * 1024
#: What is read of a body that nobody wanted, so that the answer is seen: browsers look at none before they have sent everything.
DISCARDED_MOST = 128 << 20  # octets
DISCARDED_SECONDS = 60.0
_PIECE = 64 * 1024


def limit(app: Flask, *, most_octets: int, memory: int = MEMORY_LEAST, parts: int) -> None:
    """Bound the bodies that `app` takes: octets of the whole, octets of a form without its files, parts of a form.

    Raises ValueError for less memory than real files need.
    """
    if memory < MEMORY_LEAST:
        raise ValueError(f"a form needs {MEMORY_LEAST} octets of memory")
    app.config["MAX_CONTENT_LENGTH"] = most_octets
    app.config["MAX_FORM_MEMORY_SIZE"] = memory
    app.config["MAX_FORM_PARTS"] = parts
    app.wsgi_app = Whole(app.wsgi_app)  # type: ignore[method-assign]


class Whole:
    """Reads what an application left unread of a body before it answers.

    A server that closes a connection with octets unread makes TCP throw away what it has just sent (RFC 9293 §3.6.1, RFC 9112 §9.6): the
    person sees "connection reset" where a sentence was written for them. What announces more than we would read is answered at once.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, once it has been heard out."""
        answer = self._application(environ, start_response)
        if _announced(environ) <= DISCARDED_MOST:
            _discard(environ)
        return answer


def _announced(environ: WSGIEnvironment) -> int:
    """Return the length that a request announces, 0 where it announces none."""
    told = environ.get("CONTENT_LENGTH", "")
    return int(told) if told.isascii() and told.isdigit() else 0


def _discard(environ: WSGIEnvironment) -> None:
    """Read a body to its end, within bounds. Servers end the stream by themselves where `wsgi.input_terminated` says so."""
    chunked = environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
    if not (_announced(environ) or chunked) or not environ.get("wsgi.input_terminated"):
        return
    stream, left, end = environ["wsgi.input"], DISCARDED_MOST, time.monotonic() + DISCARDED_SECONDS
    try:
        while left > 0 and time.monotonic() < end:
            piece = stream.read(_PIECE)
            if not piece:
                return
            left -= len(piece)
    except (OSError, ValueError):  # the client went away, or sent no chunks after all
        return
