"""A gunicorn worker whose threads are nobody's for longer than a while: a request that is not over by then loses its connection.

gunicorn's own `timeout` is of whole processes: whoever sends an octet now and then holds one of the few threads for ever.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Timer
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]


class DeadlineWorker(ThreadWorker):  # type: ignore[misc]
    """Threads, each of which works on one request for `seconds` at most: from the first octet that it waits for to the answer's last."""

    seconds = 20.0

    def handle(self, conn: Any) -> Any:
        """Work on a request, as gunicorn does."""
        timer = Timer(self.seconds, _end, (conn,))
        timer.daemon = True
        timer.start()
        try:
            return super().handle(conn)
        finally:
            timer.cancel()


def _end(conn: Any) -> None:
    """End a connection: whoever reads or writes it finds it closed by the other side."""
    with suppress(OSError):
        conn.sock.shutdown(socket.SHUT_RDWR)
