"""A store of S3 on this machine, Swift's, and a way to it that fails as ways do."""

from __future__ import annotations

import secrets
import select
import socket
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from botocore.config import Config
from botocore.session import Session

from objects.settings import Where
from tests import processes
from tests.conftest import ROOT
from tests.ports import free_port

PYTHON = ROOT / ".venv-swift/bin/python"
USER, REGION = "gov:khatm", "us-east-1"
_PIECE = 65536


class SwiftUnavailable(Exception):
    """There is no Swift to test on; the text says what is missing."""


class Swift:
    """One store. Stopped and started again it has what it had, at the same port."""

    def __init__(self, folder: Path) -> None:
        if not PYTHON.exists():
            raise SwiftUnavailable("no .venv-swift: make environment")
        self._folder, self.port, self.secret = folder, free_port(), secrets.token_hex(16)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        words = [str(PYTHON), str(Path(__file__).with_name("swift_process.py")), str(self._folder), str(self.port), self.secret]
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = processes.start(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=self._folder)
        self._heard("ready")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def quota(self, bucket: str, octets: int) -> None:
        """Let a bucket hold no more."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(f"quota {bucket} {octets}\n")
        self._process.stdin.flush()
        self._heard("done")

    def where(self, bucket: str, *, prefix: str = "", port: int | None = None, seconds: int = 10) -> Where:
        """A bucket of it as settings name one."""
        return Where(f"http://127.0.0.1:{port or self.port}", bucket, prefix, REGION, USER, self.secret, None, seconds)

    def settings(self, folder: Path, bucket: str, *, prefix: str = "", port: int | None = None, seconds: int = 10) -> Path:
        """The same as a file of settings, with its secret beside it."""
        folder.mkdir(parents=True, exist_ok=True)
        secret = folder / "store.secret"
        secret.write_text(self.secret)
        secret.chmod(0o600)
        lines = {"endpoint": f"http://127.0.0.1:{port or self.port}", "bucket": bucket, "prefix": prefix, "access_key": USER}
        text = "".join(f'{name} = "{value}"\n' for name, value in lines.items() if value)
        made = folder / "store.toml"
        made.write_text(f'{text}secret_key_file = "store.secret"\nseconds = {seconds}\n')
        return made

    def files(self) -> list[Path]:
        """What lies on its disk: the octets of each object, as it keeps them."""
        return sorted((self._folder / "devices/disk/objects").rglob("*.data"))

    def _heard(self, word: str) -> None:
        assert self._process is not None and self._process.stdout is not None
        if self._process.stdout.readline().strip() != word:
            self.stop()
            raise SwiftUnavailable(f"Swift did not start: {(self._folder / 'log').read_text()[-3000:]}")


class Way:
    """A way to a server, which tests can spoil.

    `mode`: "through"; "hang" (nothing comes back); "cut" (what comes back ends after `octets`); "drip" (an octet now and then);
    any other text is what each request is answered with. It holds for what is asked from then on, also over a connection that was
    kept. `spoilt`: how many requests got nothing through.
    """

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._to, self._tls, self.mode, self.octets, self.spoilt = port, tls, "through", 0, 0
        self._ended = Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._ended.set()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ours, _ = self._listening.accept()
                Thread(target=self._carry, args=(ours,), daemon=True).start()

    def _carry(self, ours: socket.socket) -> None:
        with suppress(OSError), ours if self._tls is None else self._tls.wrap_socket(ours, server_side=True) as ours:
            self._carried(ours)

    def _carried(self, ours: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._to)) as theirs:
            left = self.octets
            while ready := [ours] if _waits(ours) else select.select([ours, theirs], [], [])[0]:
                for each in ready:
                    if not (data := each.recv(_PIECE)):
                        return
                    if each is theirs:
                        ours.sendall(data[:left] if self.mode == "cut" else data)
                        left -= len(data)
                        if self.mode == "cut" and left <= 0:
                            return
                    elif self.mode in ("through", "cut"):
                        left = self.octets
                        theirs.sendall(data)
                    else:
                        self._spoil(ours, self.mode)
                        return

    def _spoil(self, ours: socket.socket, mode: str) -> None:
        self.spoilt += 1
        if mode == "hang":
            self._ended.wait(60)
            return
        if mode == "drip":
            ours.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not self._ended.wait(0.3):
                ours.sendall(b"x")
        ours.sendall(mode.encode())
        ours.shutdown(socket.SHUT_WR)
        while ours.recv(_PIECE):
            pass


def client(where: Where) -> Any:
    """Somebody else's client of a bucket: Amazon's, as it comes, with nothing of the house in it."""
    config = Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required")
    keys = {"aws_access_key_id": where.access_key, "aws_secret_access_key": where.secret_key}
    return Session().create_client("s3", endpoint_url=where.endpoint, region_name=where.region, config=config, **keys)


def make_bucket(where: Where) -> None:
    client(where).create_bucket(Bucket=where.bucket)


def _waits(sock: socket.socket) -> bool:
    """Whether TLS has octets that select does not see."""
    return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0


_SLOW_DOWN = "<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
SLOW_DOWN = (
    f"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: {len(_SLOW_DOWN)}\r\nConnection: close\r\n\r\n{_SLOW_DOWN}"
)
