"""The license office as it runs for real: web server, worker, publisher, sender of messages, a payment provider to try.

Each has the keys that it needs and no others, under a passphrase of its own, as if each was another user of the system.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from issuer.locations import LOG_STORE, LOG_WITNESSES
from published import whole
from seal import trust

from . import waiting
from .governorate import Governorate
from .starting import KHATM, free_port, quiet, started


class Running(NamedTuple):
    """Where to look: the office, and the till of the payment provider."""

    office: str
    till: str


@contextmanager
def running(
    governorate: Governorate,
    port: int,
    *,
    sites: Path,
    streets: Path,
    inspections: Path,
    environment: Mapping[str, str],
    now: int,
) -> Iterator[Running]:
    """Run the office's seven processes, and vouch for this machine's clock, which says `now` (seconds since 1970 UTC).

    They are ready when this gives their addresses. Raises DemoError `service_failed`.
    """
    stated = ["--clock-confirmed", trust.moment(now).isoformat()]
    till = free_port()
    provider = _provider_settings(governorate.folder, till)
    notify = f"http://127.0.0.1:{port}/payments/fawry/notification"
    locations = governorate.locations
    register = ["--register", locations.register]
    shared = [*register, "--published", str(locations.published)]
    documents = ["--documents", str(governorate.documents)]
    books, key = governorate.folder / "provider.sqlite", governorate.folder / "provider.key"
    simulator = ["--port", str(till), "--data", str(books), "--key-file", str(key)]
    receipts = ["--receipts", str(governorate.program("web").keys)]
    receipts += ["--applicants", str(governorate.applicants)]
    web = [*receipts, "--provider", str(provider), "--bind", f"127.0.0.1:{port}", "--plain-http"]
    web += ["--origin", f"http://localhost:{port}"]  # passkeys are good for a name, not for an address of digits
    connected = ["--inspections", str(inspections)]
    commands = (
        [sys.executable, "-m", "demo.provider", *simulator, "--notify", notify],
        [*KHATM, "office", "serve", *shared, *_unlocked(governorate, "web"), *documents, *web, *connected, "--map", str(streets)],
        [*KHATM, "office", "work", *shared, *_unlocked(governorate, "worker"), *documents, "--every", "2", *stated],
        [*KHATM, "publish", *shared, *_unlocked(governorate, "publisher"), "--follow", "--every", "2", "--sites", str(sites), *stated],
        [*KHATM, "office", "enforce", *shared, *_unlocked(governorate, "enforcer"), *connected, "--every", "10", *stated],
        [*KHATM, "office", "send", *shared, "--keys", str(governorate.program("web").keys), "--print"],
        [*KHATM, "office", "payments", "poll", *register, "--provider", str(provider), "--every", "5"],
    )
    told = quiet(environment) | {LOG_WITNESSES: " ".join(locations.log_witnesses), LOG_STORE: str(locations.store)}
    with ExitStack() as stack:
        processes = [stack.enter_context(started(command, told)) for command in commands]
        office = f"http://127.0.0.1:{port}"
        waiting.until_ready(processes[1], office)
        yield Running(office, f"http://127.0.0.1:{till}")


def _unlocked(governorate: Governorate, name: str) -> list[str]:
    """Return the options by which a program finds its keys."""
    program = governorate.program(name)
    return ["--keys", str(program.keys), "--passphrase-file", str(program.passphrase_file)]


def _provider_settings(folder: Path, till: int) -> Path:
    """Write the settings and the key of the simulated provider."""
    key, settings = folder / "provider.key", folder / "provider.toml"
    told = f'address = "http://127.0.0.1:{till}"\nmerchant = "khatm-demo"\nkey_file = "provider.key"\nseconds = 10\n'
    whole.write({key: f"{secrets.token_hex(32)}\n".encode(), settings: told.encode()}, mode=0o600)
    return settings
