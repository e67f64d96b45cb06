"""The license office as it runs for real: web server, worker with the keys, publisher, sender of messages, a payment provider to try."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from published import whole

from . import waiting
from .governorate import Governorate

STOP_SECONDS = 20


class Running(NamedTuple):
    """Where to look: the office, and the till of the payment provider."""

    office: str
    till: str


def free_port() -> int:
    """Return a port of this machine that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(governorate: Governorate, port: int, *, sites: Path, inspections: Path, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run the office's seven processes; they are ready when this gives their addresses. Raises DemoError `service_failed`."""
    till = free_port()
    provider = _provider_settings(governorate.folder, till)
    notify = f"http://127.0.0.1:{port}/payments/fawry/notification"
    locations = governorate.locations
    where = ["--register", locations.register, "--keys", str(locations.keys), "--published", str(locations.published)]
    documents = ["--documents", str(governorate.documents)]
    unlocked = ["--passphrase-file", str(locations.passphrase_file)]
    books, key = governorate.folder / "provider.sqlite", governorate.folder / "provider.key"
    simulator = ["--port", str(till), "--data", str(books), "--key-file", str(key)]
    web = ["--receipts", str(governorate.web_keys), "--provider", str(provider), "--bind", f"127.0.0.1:{port}", "--plain-http"]
    connected = ["--inspections", str(inspections)]
    commands = (
        [sys.executable, "-m", "demo.provider", *simulator, "--notify", notify],
        [*_KHATM, "office", "serve", *where, *documents, *unlocked, *web, *connected],
        [*_KHATM, "office", "work", *where, *documents, *unlocked, "--every", "2"],
        [*_KHATM, "publish", *where, *unlocked, "--follow", "--every", "2", "--sites", str(sites)],
        [*_KHATM, "office", "enforce", *where, *unlocked, *connected, "--every", "10"],
        [*_KHATM, "office", "send", *where, "--print"],
        [*_KHATM, "office", "payments", "poll", "--register", locations.register, "--provider", str(provider), "--every", "5"],
    )
    quiet = {**environment, "PYTHONUNBUFFERED": "1", "GUNICORN_CMD_ARGS": "--log-level warning --access-logfile " + os.devnull}
    with ExitStack() as stack:
        processes = [stack.enter_context(started(command, quiet)) for command in commands]
        office = f"http://127.0.0.1:{port}"
        waiting.until_ready(processes[1], office)
        yield Running(office, f"http://127.0.0.1:{till}")


_KHATM = (sys.executable, "-c", "from khatm import main; main()")


def _provider_settings(folder: Path, till: int) -> Path:
    """Write the settings and the key of the simulated provider."""
    key, settings = folder / "provider.key", folder / "provider.toml"
    told = f'address = "http://127.0.0.1:{till}"\nmerchant = "khatm-demo"\nkey_file = "provider.key"\nseconds = 10\n'
    whole.write({key: f"{secrets.token_hex(32)}\n".encode(), settings: told.encode()}, mode=0o600)
    return settings


@contextmanager
def started(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends; one that does not end by itself then is killed."""
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
