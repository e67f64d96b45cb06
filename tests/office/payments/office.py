"""An office that takes money, for tests: bills, the simulator as a process, and our own processes that can be killed."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, NamedTuple

import urllib3
from flask import Flask
from sqlalchemy import Connection, Engine, text
from werkzeug.serving import make_server

from demo.provider import __main__ as program
from demo.provider.protocol import Merchant, notification
from office.database import DATABASE, open_register
from office.payments import bills, charging, commands, settings, web
from office.payments.billed import BilledLine, BilledName
from office.payments.ledger import Charge
from office.payments.provider import Payer
from storage.database import reading
from tests import clock, processes
from tests.issuer.dying import die_at
from tests.ports import free_port

AUTHORITY = "MN1"
PAYER = Payer("010" + "0" * 7 + "1", "منى حسن", "mona@example.com")  # built here: no number of anybody's is in the repository
END_SECONDS = 120.0


def now() -> int:
    return clock.seconds()  # the simulator lives by the clock, so the office it works for does too


def datetime_of(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def prepare(engine: Engine) -> None:
    """What a test's office is told: that a bill is settled. A second time breaks the key, and with it the transaction."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS told (bill_id BIGINT PRIMARY KEY, subject TEXT NOT NULL)"))


def settled(connection: Connection, subject: str, bill_id: int, now: int) -> None:
    connection.execute(text("INSERT INTO told VALUES (:bill, :subject)"), {"bill": bill_id, "subject": subject})


def told(engine: Engine) -> list[int]:
    """The bills that the office was told of as settled."""
    with reading(engine) as connection:
        return sorted(connection.scalars(text("SELECT bill_id FROM told")))


def line(piastres: int = 550, *, rule: str = "examination", sample: bool = False) -> BilledLine:
    return BilledLine(rule, "2026-01", BilledName("رسم فحص", "Examination fee"), "1", piastres, sample)


def open_bill(engine: Engine, subject: str, piastres: int = 550) -> int:
    with engine.begin() as connection:
        return bills.open_bill(connection, subject=subject, authority=AUTHORITY, lines=[line(piastres)], now=now())


def show(engine: Engine, bill_id: int) -> bills.Bill:
    with reading(engine) as connection:
        return bills.show(connection, bill_id)


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + END_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
    return found


def provide(words: Sequence[str]) -> None:
    """Run `python -m demo.provider`, until killed; `khatm demo` starts it as its own program."""
    with open(os.devnull, "w") as nobody, contextlib.redirect_stdout(nobody):  # noqa: PTH123
        program.main(words)


class Simulator:
    """The provider, as a process that can be killed and started again on the same books and port."""

    def __init__(self, folder: Path, *, notify: str = "http://127.0.0.1:9/") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port, self.notify = folder, free_port(), notify
        self.merchant = Merchant("khatm-test", secrets.token_hex(16))
        self.key_file, self.settings = folder / "provider.key", folder / "provider.toml"
        self.key_file.write_text(self.merchant.key)
        self.key_file.chmod(0o600)
        self.settings.write_text(f'address = "{self.address}"\nmerchant = "khatm-test"\nkey_file = "provider.key"\nseconds = 10\n')
        self._http = urllib3.PoolManager(retries=False, timeout=processes.PATIENCE_SECONDS)
        self.process: ForkServerProcess | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = ["--merchant", self.merchant.code, "--notify", self.notify, "--port", str(self.port), "--key-file", str(self.key_file)]
        self.process = processes.forked(provide, [*words, "--data", str(self.folder / "books.sqlite")])
        wait_until(self._ready, "the simulator listens")

    def _ready(self) -> bool:
        assert self.code() is None, "the simulator ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def code(self) -> int | None:
        """Return how its process ended; None while there is none that did."""
        return self.process.exitcode if self.process else None

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()

    def ended(self) -> None:
        """Return once the process killed itself."""
        assert self.process is not None
        self.process.join(END_SECONDS)
        assert self.code() == -signal.SIGKILL

    def till(self, what: str, **wish: object) -> dict[str, Any]:
        answer = self._http.request("POST", f"{self.address}/till/{what}", json=wish)
        assert answer.status == 200, (what, wish, answer.data)
        return dict(answer.json())

    def orders(self) -> list[dict[str, Any]]:
        return list(self._http.request("GET", f"{self.address}/till/orders").json()["orders"])

    def order(self, reference: str) -> dict[str, Any]:
        answer = self._http.request("GET", f"{self.address}/till/orders/{reference}")
        assert answer.status == 200, (reference, answer.data)
        return dict(answer.json())

    def unsent(self) -> int:
        return int(self._http.request("GET", f"{self.address}/till/orders").json()["unsent"])

    def settlement(self, day: object) -> bytes:
        return bytes(self._http.request("GET", f"{self.address}/till/settlement?day={day}").data)

    def body(self, reference: str, *, forged: bool = False, **changes: object) -> bytes:
        """A notification about an order as it is now, written and signed by the simulator's own code."""
        return json.dumps(notification(self.order(reference), self.merchant, forged=forged, **changes)).encode()

    def provider(self) -> Any:
        return settings.load(self.settings)


class Paying(NamedTuple):
    """A register with a provider beside it."""

    engine: Engine
    url: str
    simulator: Simulator

    @property
    def provider(self) -> Any:
        return self.simulator.provider()

    def charge(self, bill_id: int) -> Charge:
        return charging.start(self.engine, self.provider, bill_id, payer=PAYER, now=now())

    def charged(self, subject: str, piastres: int = 550) -> Charge:
        """A new bill's charge."""
        return self.charge(open_bill(self.engine, subject, piastres))


def serve(url: str, provider: Path, port: int) -> None:
    """Serve the notification address, until killed."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = Flask(__name__)
    app.register_blueprint(web.blueprint(open_register(url), settings.load(provider), settled=settled, now=now))
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


def start(url: str, provider: Path, bill_id: int) -> None:
    """Charge a bill, as a clerk's process does."""
    charging.start(open_register(url), settings.load(provider), bill_id, payer=PAYER, now=now())


def payments(*words: str | int | Path) -> None:
    """Run `khatm office payments`."""
    commands.group(settled)(list(map(str, words)), obj=DATABASE)


def process(work: Callable[..., None], *words: str | int | Path, die: str = "") -> ForkServerProcess:
    """Start `work` in a process of its own; `die` is `module:attribute.path,call,before|after`, the moment when it kills itself."""
    return processes.forked(_role, work, words, die)


def _role(work: Callable[..., None], words: Sequence[str | int | Path], die: str) -> None:
    if die:
        function, call, when = die.split(",")
        die_at(function, int(call), when)
    work(*words)


def run(work: Callable[..., None], *words: str | int | Path, die: str = "") -> None:
    """Run `work` to its end, or to the moment at which it kills itself."""
    ran = process(work, *words, die=die)
    ran.join(END_SECONDS)
    assert ran.exitcode == (-signal.SIGKILL if die else 0)


@contextlib.contextmanager
def serving(url: str, provider: Path, port: int, die: str = "") -> Iterator[ForkServerProcess]:
    """The notification address as a process; killed at the end, if it did not do so itself."""
    served = process(serve, url, provider, port, die=die)

    def ready() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return served.exitcode is not None

    try:
        wait_until(ready, "the office listens")
        yield served
    finally:
        served.kill()
        served.join()
