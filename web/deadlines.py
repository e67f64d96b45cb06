"""A gunicorn worker whose threads are nobody's before a whole request is there, and not for longer than a while after.

gunicorn's own threads wait for the first octet of every connection, and for each next one: eight sockets that send nothing stop a server
of eight threads, and a connection that is not closed by its client stops all of them, for gunicorn waits for that where it accepts others.
Here connections wait in the event loop, a file descriptor each: idle ones, slow heads, slow uploads, and those that are being closed.
A body whose end cannot be told beforehand (chunked, or announced by Expect) has to be read by a thread; only some of the threads do that.

What arrives by TLS is not to be looked at before a thread has made it plain: there it stays gunicorn's own way. Only the demo on a local
network serves so; elsewhere a proxy has the certificates.
"""

from __future__ import annotations

import selectors
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn import http  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from . import measured
from .arriving import Arrival, Arriving, Replayed

HEAD_SECONDS = 10.0  # until the head of a request is there
WHOLE_SHARE = 3  # until all of it is there, in times that one may be worked on
STOPPING_SECONDS = 2.0  # what may still arrive at a server that stops
LINGER_SECONDS, LINGER_OCTETS = 2.0, 1 << 20  # of a client that was answered and does not close (RFC 9112 §9.6)
KEPT_MOST = 512 << 20  # octets of all requests that arrive at one process, on its disk
_ONCE, _MUCH = 65_536, 1 << 20


class _Waiting:
    """One request that arrives."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.arriving = Arriving()

    def over(self, now: float, seconds: float) -> bool:
        """Say whether it took too long, where a request may be worked on for `seconds`."""
        return now - self.since > (WHOLE_SHARE * seconds if self.arriving.headed else min(HEAD_SECONDS, seconds))


class DeadlineWorker(ThreadWorker):  # type: ignore[misc]
    """Threads, each of which works on one whole request, for gunicorn's `timeout` at most: then its connection is shut down."""

    wsgi: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: dict[Any, _Waiting] = {}
        self._running: dict[Any, float] = {}
        self._reading: set[Any] = set()  # whose bodies threads read
        self._unread: deque[Any] = deque()  # that wait for such a thread
        self._lingering: dict[Any, list[float]] = {}
        self._readers = max(1, self.cfg.threads // 4)

    def init_process(self) -> None:
        """Begin. A thread that computes gives way to the others five times as often as Python lets it: some parse uploads of megabytes."""
        sys.setswitchinterval(0.001)
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application; where a monitor is told numbers, at that address they are all that is served."""
        super().load_wsgi()
        self.application: Any = self.wsgi
        context: Any = getattr(self.application, "extensions", {}).get("khatm")
        if measured.counting():
            self.log.application = context if hasattr(context, "watched") else None
            self.wsgi = measured.Served(self.application, measured.MetricsVariables().bind, getattr(context, "numbers", dict))

    @property
    def seconds(self) -> float:
        """How long a thread may work on one request."""
        return float(self.cfg.timeout)

    def accept(self, listener: Any) -> None:
        """Accept a connection, and let its request arrive."""
        if self.cfg.is_ssl:
            super().accept(listener)
            return
        try:
            sock, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        conn = TConn(self.cfg, sock, address, listener.getsockname())
        conn.replayed = Replayed(sock)
        conn.parser = http.get_parser(self.cfg, conn.replayed, address)
        conn.data_ready = True
        self._begin(conn, b"")

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Let the next request of a connection arrive."""
        if self.cfg.is_ssl:
            super().on_client_socket_readable(conn, client)
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._begin(conn, b"")

    def _begin(self, conn: Any, data: bytes) -> None:
        conn.sock.setblocking(False)
        self._arriving[conn] = waiting = _Waiting()
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._arrives, conn))
        if data and waiting.arriving.add(data) is not Arrival.PART:
            self._arrived(conn)

    def _arrives(self, conn: Any, sock: socket.socket) -> None:
        """Take in what came; a request that is whole gets a thread."""
        waiting = self._arriving[conn]
        try:
            data = sock.recv(_ONCE)
        except BlockingIOError:
            return
        except OSError:
            self._drop(conn)
            return
        if not data:
            if not waiting.arriving.size:
                self._drop(conn)
                return
            waiting.arriving.ended()  # gunicorn says what is wrong with it
        elif waiting.arriving.add(data) is Arrival.PART:
            if waiting.arriving.size > _MUCH and sum(each.arriving.size for each in self._arriving.values()) > KEPT_MOST:
                self._drop(conn)
            return
        self._arrived(conn)

    def _arrived(self, conn: Any) -> None:
        """Give a request to the threads, or let it wait for one that may read on."""
        self.poller.unregister(conn.sock)
        waiting = self._arriving.pop(conn)
        conn.replayed.take(waiting.arriving)
        if waiting.arriving.state is Arrival.OPEN:
            self._unread.append(conn)
            self._read_on()
        else:
            self._work(conn)

    def _read_on(self) -> None:
        while self._unread and len(self._reading) < self._readers:
            conn = self._unread.popleft()
            self._reading.add(conn)
            self._work(conn)

    def _work(self, conn: Any) -> None:
        self._running[conn] = time.monotonic()
        self.enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep a connection that goes on, in the event loop, or take leave of it."""
        if self.cfg.is_ssl:
            super().finish_request(conn, fs)
            return
        self._running.pop(conn, None)
        self._reading.discard(conn)
        self._read_on()
        if fs.cancelled() or fs.exception() is not None or not fs.result():
            conn.replayed.close()
            self._leave(conn)
        elif rest := conn.parser.unreader.take_buffered() + conn.replayed.rest():  # it sent the next one at once
            self._begin(conn, rest)
        else:
            super().finish_request(conn, fs)

    def _leave(self, conn: Any) -> None:
        """Say that nothing more comes, and wait for the client to close, without keeping anybody waiting meanwhile."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self._lingering[conn] = [time.monotonic(), 0]
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._lingers, conn))
        except (OSError, ValueError):  # gone, or closed already
            self._lingering.pop(conn, None)
            self._forget(conn)

    def _lingers(self, conn: Any, sock: socket.socket) -> None:
        with suppress(BlockingIOError):
            try:
                count = len(sock.recv(_ONCE))
            except ConnectionError:
                count = 0
            self._lingering[conn][1] += count
            if not count or self._lingering[conn][1] > LINGER_OCTETS:
                del self._lingering[conn]
                self.poller.unregister(sock)
                self._forget(conn)

    def murder_pending(self) -> None:
        """End what takes too long: arriving, being answered, or being closed. Called at least once a second."""
        super().murder_pending()
        now = time.monotonic()
        for conn, waiting in list(self._arriving.items()):
            if waiting.over(now, self.seconds) or (not self.alive and now - waiting.since > STOPPING_SECONDS):
                self._drop(conn)
        if self.nr_conns >= self.worker_connections:  # a crowd that sends nothing must not keep others out
            for conn in [conn for conn, waiting in self._arriving.items() if not waiting.arriving.headed][: self.worker_connections // 4]:
                self._drop(conn)
        for conn, since in list(self._running.items()):
            if now - since > self.seconds:
                with suppress(OSError):  # whoever reads or writes it finds it closed by the other side
                    conn.sock.shutdown(socket.SHUT_RDWR)
        for conn, (since, _) in list(self._lingering.items()):
            if now - since > LINGER_SECONDS or not self.alive:
                del self._lingering[conn]
                self.poller.unregister(conn.sock)
                self._forget(conn)

    def _drop(self, conn: Any) -> None:
        """Close a connection whose request will not be there."""
        self._arriving.pop(conn).arriving.close()
        self.poller.unregister(conn.sock)
        self._forget(conn)

    def _forget(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()
