"""The license office as it runs for real: web server, worker, publisher, sender of messages, a payment provider to try.

Each has the keys that it needs and no others, under a passphrase of its own, and is a user of the system for itself where that can be
(users.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from issuer.locations import LOG_STORE, LOG_WITNESSES
from seal import trust

from . import waiting
from .errors import DemoError
from .governorate import Governorate
from .inspections import Street
from .ownership import INSPECTIONS, PROVIDER, PROVIDER_KEY
from .starting import KHATM, quiet, started
from .users import Users


class Running(NamedTuple):
    """Where to look: the office, and the till of the payment provider."""

    office: str
    till: str


@contextmanager
def running(
    governorate: Governorate, port: int, till: int, *, users: Users, street: Street, environment: Mapping[str, str], now: int
) -> Iterator[Running]:
    """Run the office's seven processes, and vouch for this machine's clock, which says `now` (seconds since 1970 UTC).

    `port` is the desk's, `till` that of the provider's till. They are ready when this gives their addresses. Raises DemoError
    `service_failed`.
    """
    office = f"http://127.0.0.1:{port}"
    given = _options(governorate, port, users=users, street=street, till=till, stated=trust.moment(now).isoformat())
    locations = governorate.locations
    told = quiet(environment) | {LOG_WITNESSES: " ".join(locations.log_witnesses), LOG_STORE: str(locations.store)}
    with ExitStack() as stack:
        processes = {name: stack.enter_context(started(options, told, users.of(name))) for name, options in given.items()}
        waiting.until_ready(processes["web"], office)
        for name, process in processes.items():
            if process.poll() is not None:
                raise DemoError("service_failed", name)
        yield Running(office, f"http://127.0.0.1:{till}")


def _options(governorate: Governorate, port: int, *, users: Users, street: Street, till: int, stated: str) -> dict[str, Sequence[str]]:
    """Return what each of the processes is started with (Python's options), by its name."""
    locations = governorate.locations
    clock = ["--clock-confirmed", stated]
    shared = ["--register", locations.register, "--published", str(locations.published)]
    documents = ["--documents", str(governorate.documents)]
    provider = users.home("provider")
    simulator = ["--port", str(till), "--data", str(provider / "books.sqlite"), "--key-file", str(provider / PROVIDER_KEY)]
    web = ["--receipts", str(governorate.program("web").keys), "--provider", str(users.home("web") / PROVIDER)]
    web += ["--applicants", str(governorate.applicants)]
    web += ["--inspections", str(users.home("web") / INSPECTIONS), "--map", str(street.map)]
    web += ["--origin", f"http://localhost:{port}"]  # passkeys are good for a name, not for an address of digits
    inspections, sites = ["--inspections", str(users.home("enforcer") / INSPECTIONS)], ["--sites", str(street.sites)]
    polled = ["--register", locations.register, "--provider", str(users.home("poller") / PROVIDER)]

    def own(name: str) -> list[str]:
        program = governorate.program(name)
        return [*shared, "--keys", str(program.keys), "--passphrase-file", str(program.passphrase_file)]

    return {
        "provider": ["-m", "demo.provider", *simulator, "--notify", f"http://127.0.0.1:{port}/payments/fawry/notification"],
        "web": [*KHATM, "office", "serve", *own("web"), *documents, *web, "--bind", f"127.0.0.1:{port}", "--plain-http"],
        "worker": [*KHATM, "office", "work", *own("worker"), *documents, "--every", "2", *clock],
        "publisher": [*KHATM, "publish", *own("publisher"), "--follow", "--every", "2", *sites, *clock],
        "enforcer": [*KHATM, "office", "enforce", *own("enforcer"), *inspections, "--every", "10", *clock],
        "sender": [*KHATM, "office", "send", *shared, "--keys", str(users.home("sender")), "--print", *clock],
        "poller": [*KHATM, "office", "payments", "poll", *polled, "--every", "5", *clock],
    }
