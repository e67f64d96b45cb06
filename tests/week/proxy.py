"""A piece of network between two programs, which can go bad: refuse, hang, crawl, or break a connection in the middle."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import Literal

from tests.processes import PATIENCE_SECONDS

How = Literal["well", "refuses", "hangs", "slow", "resets"]
_CHUNK, _SLOW_SECONDS, _RESET_AFTER = 4096, 0.15, 40


class Proxy:
    """Listens on a port of 127.0.0.1 and passes on to another one, as `how` says."""

    def __init__(self, port: int, to: int) -> None:
        self.how: How = "well"
        self.passed = 0
        self.harmed = 0
        self._to, self._open, self._half = to, set[socket.socket](), set[socket.socket]()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = port
        threading.Thread(target=self._accept, daemon=True).start()

    def becomes(self, how: How) -> None:
        """Change how it is. What stood while it was bad is broken when it gets well, as by a router that starts again."""
        before, self.how = self.how, how
        if how in ("refuses", "resets", "hangs") or before == "hangs":
            for each in list(self._open):
                self.harmed += 1
                _reset(each)

    def close(self) -> None:
        self._listener.close()
        for each in list(self._open):
            _reset(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self.how == "refuses":
            self.harmed += 1
            return _reset(client)
        self._open.add(client)
        if self.how == "hangs":
            self.harmed += 1
            return None  # taken, and never answered: until it becomes something else
        try:
            server = socket.create_connection(("127.0.0.1", self._to), timeout=PATIENCE_SECONDS)
        except OSError:
            return _reset(client)
        server.settimeout(None)
        self._open.add(server)
        self.passed += 1
        threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()
        return self._pump(client, server, False)

    def _pump(self, one: socket.socket, other: socket.socket, back: bool) -> None:
        moved = 0
        with contextlib.suppress(OSError):
            while data := one.recv(_CHUNK):
                if self.how == "slow":
                    time.sleep(_SLOW_SECONDS)
                if self.how == "resets" and back:
                    other.sendall(data[: max(0, _RESET_AFTER - moved)])
                    moved += len(data)
                    if moved >= _RESET_AFTER:
                        self.harmed += 1
                        break
                    continue
                other.sendall(data)
            if self.how != "resets":
                other.shutdown(socket.SHUT_WR)
                if one not in self._half and other not in self._half:
                    self._half.add(one)  # the other direction goes on
                    return
        for each in (one, other):
            self._open.discard(each)
            self._half.discard(each)
            _reset(each)


def _reset(one: socket.socket) -> None:
    """Close with RST instead of FIN."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RD)
    with contextlib.suppress(OSError):
        one.close()
