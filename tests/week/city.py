"""The governorate of the week: an office with everything that its units run, a second machine that only verifies, and what is around them.

Those are processes of their own: PostgreSQL, a payment provider, a message centre, each behind a piece of network that can go bad.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import published
from deploy import steps
from keys.custody import Custody
from tests import postgres, processes
from tests.conftest import ROOT
from tests.inspections.phone import Answer, Phone
from tests.office.messages import smsc
from tests.ports import free_port
from tests.week import outside
from tests.week.machine import Machine
from tests.week.outside import Provider
from tests.week.people import Browser, Member, TroubleError
from tests.week.proxy import Proxy
from tests.week.simulated import SimulatedClock

HOST, OFFICE = "khatm.gov.example", "office.gov.example"
AUTHORITY = "MN1"
PASSPHRASE = "blue heron walks slowly 77"
WITNESS = "witness.example"
OFFICE_STAFF = {
    "mona": ("clerk",),
    "reem": ("reviewer",),
    "adel": ("reviewer",),
    "tarek": ("cashier",),
    "hoda": ("manager",),
}
STREET_STAFF = {"amal": ("inspector",), "badr": ("inspector",), "salma": ("supervisor",), "nagwa": ("supervisor",)}
ADMINISTRATORS = {"karim": "كريم حسن", "nadia": "نادية فوزي"}
#: What runs on each machine, in the order of starting. `tests/week/test_week.py` holds that no unit of deploy/systemd is missing.
ON_OFFICE = (
    *("khatm-witness", "khatm-publisher", "khatm-worker", "khatm-office", "khatm-sender", "khatm-poller"),
    *("khatm-verifier", "khatm-inspections", "khatm-deliver", "khatm-enforcer", "khatm-doctor"),
)
ON_VERIFIER = ("khatm-follower", "khatm-verifier")
_DISK_OCTETS = 1 << 30
SHORT_KEY_DAYS = 25  # warnings begin at 30 (issuer/endings.py)


class City:
    """Everything of the week. `kind`: postgresql or sqlite. Close it by the stack that made it."""

    def __init__(self, folder: Path, clock: SimulatedClock, kind: str, stack: ExitStack, told: Callable[[str], None]) -> None:
        self.folder, self.clock, self.kind, self.tell = folder, clock, kind, told
        self._stack = stack
        app = ROOT / "inspector_app/pwa/dist"
        app_ = app if (app / "index.html").exists() else None
        self.disk = folder / "disk"  # a small one of its own, which can be full
        self.disk.mkdir()
        self.small = self._mount()
        self.office = Machine(self.disk / "office", folder / "aside-office", clock, "office", app=app_)
        self.verifier = Machine(folder / "verifier", folder / "aside-verifier", clock, "verifier", app=app_)
        self.postgres: postgres.Server | None = None
        self.register = str(self.office.folder / "var/lib/khatm/register/register.sqlite")
        self.inspections = str(self.office.folder / "var/lib/khatm/inspections/inspections.sqlite")
        if kind == "postgresql":
            self._postgres()
        self.members: dict[str, Member] = {}
        self.street: dict[str, Member] = {}
        self.stopped: list[str] = []

    def _mount(self) -> bool:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_DISK_OCTETS}", "khatm-week", self.disk], check=False, capture_output=True
        )
        if done.returncode == 0:
            self._stack.callback(subprocess.run, ["umount", "--lazy", self.disk], check=False)
        return done.returncode == 0

    def _postgres(self) -> None:
        self.postgres = self._stack.enter_context(postgres.stoppable("khatm-weekdb-"))
        for name in ("khatm", "inspections"):
            postgres.execute(self.postgres.url, f'CREATE DATABASE "{name}"')
        where = self.postgres.url.replace("+psycopg", "")
        self.register, self.inspections = (where.replace("/postgres?", f"/{name}?") for name in ("khatm", "inspections"))

    # -- set up ----------------------------------------------------------------------------------------------------------------------

    def found(self) -> None:
        """Everything that is done once, by the documents: setup, witness, provider, gateway, people."""
        self._setup()
        self._around()
        self._witness()
        self._settings()
        self._inspections_token()
        for name in ON_OFFICE:
            self.office.start(name)
        self.until(self.ready, "the office's servers are ready")
        self._second_machine()
        self._people()

    def _setup(self) -> None:
        self.tell("khatm setup")
        secret = self.office.folder / "etc/passphrase"
        secret.write_text(PASSPHRASE + "\n")
        secret.chmod(0o600)
        given = [
            "--host",
            HOST,
            "--office-host",
            OFFICE,
            "--keys",
            str(self.keys),
            "--passphrase-file",
            str(secret),
            "--one-user",
            "--no-start",
        ]
        given += ["--beneath", str(self.office.folder), "--register", self.register, "--inspections", self.inspections]
        for name, display in ADMINISTRATORS.items():
            given += ["--administrator", f"{name}={display}"]
        site = self.office.folder / "etc/nginx/sites-available/khatm"
        site.parent.mkdir(parents=True)
        shutil.copy(ROOT / "deploy/nginx/khatm.conf", site)
        said = self.office.khatm("setup", *given)
        self.root_code = re.findall(r"announce it by: ([0-9A-F ]{24})", said)[0]
        self._invitations = {
            "office": dict(zip(ADMINISTRATORS, re.findall(rf"https://{OFFICE}/centre/welcome/(\S{{40,}})", said), strict=True)),
            "street": dict(zip(ADMINISTRATORS, re.findall(rf"https://{HOST}/inspections/welcome/(\S{{40,}})", said), strict=True)),
        }

    @property
    def keys(self) -> Path:
        return self.office.folder / "key-store"

    @property
    def published(self) -> Path:
        return self.office.folder / "var/lib/khatm/published"

    @property
    def etc(self) -> Path:
        return self.office.folder / "etc/khatm"

    def _around(self) -> None:
        """Start who is not the governorate's: provider and message centre, and the network to them."""
        hook = f"http://127.0.0.1:{self.office.port(8010)}"
        self.webhook = Proxy(free_port(), self.office.port(8010))
        self.provider = Provider(
            self.folder / "provider",
            self.clock,
            notify=hook.replace(str(self.office.port(8010)), str(self.webhook.port)) + "/payments/fawry/notification",
        )
        self.provider.start()
        self._stack.callback(self.provider.kill)
        self.gateway = self._stack.enter_context(smsc.running())
        self.to_provider = Proxy(free_port(), self.provider.port)
        self.to_gateway = Proxy(free_port(), self.gateway.port)
        self.to_host = Proxy(free_port(), self.office.port(8000))
        for each in (self.webhook, self.to_provider, self.to_gateway, self.to_host):
            self._stack.callback(each.close)
        (self.etc / "provider.key").write_text(self.provider.merchant.key)
        (self.etc / "provider.toml").write_text(
            f'address = "http://127.0.0.1:{self.to_provider.port}"\nmerchant = "khatm-test"\nkey_file = "provider.key"\nseconds = 5\n'
        )
        (self.etc / "password").write_text(smsc.PASSWORD + "\n")
        (self.etc / "gateway.toml").write_text(
            f'[smpp]\nhost = "127.0.0.1"\nport = {self.to_gateway.port}\ntls = false\nsystem_id = "{smsc.SYSTEM_ID}"\n'
            'password_file = "password"\nsource = "KHATM"\n'
        )
        for name in ("provider.key", "password"):
            (self.etc / name).chmod(0o600)

    def _witness(self) -> None:
        """Another body's witness, whose keys the trust list names from now on: one of one must have seen a head."""
        folder, secret = self.office.folder / "var/lib/khatm/witness", self.etc / "passphrases/witness"
        secret.write_text("seven slow herons cross 19\n")
        secret.chmod(0o600)
        keys = [
            line
            for line in self.office.khatm("witness", "init", folder, "--name", WITNESS, "--passphrase-file", secret).splitlines()
            if line.startswith(f"{WITNESS}+")
        ]
        listed = self.office.khatm("keys", "log", "list", "--keys", self.keys)
        parts = listed.split("\nacts ")
        for part in parts:
            vkeys = [line for line in part.splitlines() if re.match(r"\S+\+[0-9a-f]{8}\+", line) and not line.startswith(WITNESS)]
            self.office.khatm("witness", "follow", folder, *(word for key in vkeys for word in ("--key", key)))
        self.office.khatm(
            "keys", "log", "witnesses", "--keys", self.keys, *(word for key in keys for word in ("--add", key)), "--threshold", "1"
        )
        self.renew_status_key(*self._ends_soon())
        self.part("publisher")

    def _ends_soon(self) -> list[str]:
        """Options by which a key ends soon: it has to be told, until somebody makes another one."""
        until = self.clock.day() + timedelta(SHORT_KEY_DAYS)
        return ["--until", until.isoformat(), "--overlap", "10"]

    def renew_status_key(self, *options: str) -> None:
        """A key for status lists in the place of the newest, and the list that names it."""
        secret = ("--passphrase-file", str(self.office.folder / "etc/passphrase"))
        self.office.khatm("keys", "status", "renew", "--keys", self.keys, *secret, *options)
        self.sign_trust_list()

    def sign_trust_list(self) -> None:
        """The weekly ceremony, where root and office are one folder."""
        secret = ("--passphrase-file", str(self.office.folder / "etc/passphrase"))
        self.office.khatm("keys", "trust-list", "sign", "--keys", self.keys, *secret, "--published", self.published, typed="y\n" * 60)

    def part(self, program: str) -> None:
        """Give a program its keys anew, as the documents say: keys were added, or who must have seen a head."""
        own, fresh = self.etc / "keys" / program, self.etc / "keys" / f"{program}-fresh"
        told = [
            "--new-passphrase-file",
            str(self.etc / "passphrases" / program),
            "--passphrase-file",
            str(self.office.folder / "etc/passphrase"),
        ]
        self.office.khatm("keys", "part", program, "--keys", self.keys, "--to", fresh, *told)
        for each in own.iterdir():
            if each.name == "applicants.keys":
                shutil.copy2(each, fresh)
        shutil.rmtree(own)
        fresh.rename(own)

    def _settings(self) -> None:
        """What an operator writes into khatm.conf."""
        stated = self.stated
        told = {
            "OFFICE_OPTIONS": f"--host {OFFICE} --host 127.0.0.1 --origin https://{OFFICE} --provider {self.etc}/provider.toml"
            f" --inspections {self.etc}/inspections.toml",
            "INSPECTIONS_OPTIONS": f"--host {HOST} --host 127.0.0.1",
            "KHATM_LOG_WITNESSES": f"{WITNESS}=http://127.0.0.1:{self.office.port(8030)}",
            "BACKUP_OPTIONS": f"--recipient {self._identity()}",
        }
        steps.written(self.etc / "khatm.conf", told)
        machine = self.office
        machine.variables = {
            "WORKER_OPTIONS": lambda: f"--clock-confirmed {stated()}",
            "PUBLISHER_OPTIONS": lambda: f"--every 5 --clock-confirmed {stated()}",
            "ENFORCER_OPTIONS": lambda: f"--every 30 --clock-confirmed {stated()}",
            "SENDER_OPTIONS": lambda: f"--clock-confirmed {stated()}",
            "POLLER_OPTIONS": lambda: f"--clock-confirmed {stated()}",
            "KHATM_WORKERS": "1",
            "KHATM_INSPECTIONS_WORKERS": "1",
        }
        (self.etc / "inspections.toml").write_text(
            f'address = "http://127.0.0.1:{self.office.port(8020)}"\ntoken_file = "office-token"\nseconds = 5\n'
        )

    def _identity(self) -> str:
        """The key by which backups are read, on the machine that would restore."""
        said = self.office.khatm("backup", "identity", self.folder / "identity.txt")
        found = re.search(r"age1[0-9a-z]+", said)
        assert found, said
        return found[0]

    def stated(self) -> str:
        """The time, as a person reads it off another clock and types it when a process starts: nobody keeps this machine's clock."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _inspections_token(self) -> None:
        where = ("--database", self.inspections, "--files", str(self.office.folder / "var/lib/khatm/inspections/files"))
        token = self.office.khatm("inspections", "office-token", *where).split()[-1]
        (self.etc / "office-token").write_text(token + "\n")
        (self.etc / "office-token").chmod(0o600)

    def _second_machine(self) -> None:
        """A machine that only verifies, and follows the first one over the network."""
        site = self.verifier.folder / "etc/nginx/sites-available/khatm-verifier"
        site.parent.mkdir(parents=True)
        shutil.copy(ROOT / "deploy/nginx/khatm-verifier.conf", site)
        base = f"http://127.0.0.1:{self.to_host.port}"
        given = ["--follow", base, "--pinned", str(self.etc / "root.cose"), "--root-code", self.root_code, "--host", HOST]
        self.verifier.khatm("setup", *given, "--beneath", str(self.verifier.folder), "--one-user", "--no-start")
        self.verifier.variables = {"KHATM_WORKERS": "1"}
        for name in ON_VERIFIER:
            self.verifier.start(name)

    def _people(self) -> None:
        """Everybody takes their invitation up: a password, an authenticator."""
        self.tell("people take their invitations up")
        where = ["--register", self.register, "--published", str(self.published), "--keys", str(self.etc / "keys/worker")]
        commands = {("office", name): ["office", "account", "add", name, *_as(name, roles), *where] for name, roles in OFFICE_STAFF.items()}
        commands |= {
            ("street", name): ["inspections", "account", "add", name, *_as(name, roles), *self._inside]
            for name, roles in STREET_STAFF.items()
        }
        for (house, name), said in zip(commands, self.office.several(*commands.values()), strict=True):
            self._invitations[house][name] = re.findall(r"welcome/(\S{40,})", said)[0]
        for serial, (name, invitation) in enumerate(self._invitations["office"].items()):
            self.members[name] = Member(self.clock, self.base(8010), OFFICE, f"192.0.2.{serial + 1}", name, "/centre")
            self.members[name].accept(invitation)
        for serial, (name, invitation) in enumerate(self._invitations["street"].items()):
            self.street[name] = Member(self.clock, self.base(8020), HOST, f"192.0.2.{serial + 100}", name, "/inspections")
            self.street[name].accept(invitation)

    @property
    def _inside(self) -> list[str]:
        """Options by which commands find inspections, and the lists they work by."""
        files = str(self.office.folder / "var/lib/khatm/inspections/files")
        return ["--database", self.inspections, "--files", files, "--published", str(self.published), "--root", str(self.etc / "root.cose")]

    # -- while it runs ---------------------------------------------------------------------------------------------------------------

    def base(self, port: int, machine: Machine | None = None) -> str:
        return f"http://127.0.0.1:{(machine or self.office).port(port)}"

    def citizen(self, serial: int) -> Browser:
        return Browser(self.base(8010), OFFICE, f"198.51.{100 + serial // 250}.{serial % 250 + 1}")

    def phone(self, name: str) -> Phone:
        """A phone that is enrolled for an inspector."""
        said = self.office.khatm("inspections", "device", "code", name, AUTHORITY, *self._inside)
        code = re.search(r"\b([0-9A-Z]{5}-[0-9A-Z]{5})\b", said)
        assert code, said
        made = Phone(self.send, now=self.clock.seconds(), authority=AUTHORITY)
        status, told = made.enrol(code[1])
        assert status == 201, told
        return made

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """What a phone asks inspections, over HTTP."""
        import json

        import urllib3

        known = headers | {"Host": HOST, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        try:
            answer = urllib3.PoolManager(retries=False, timeout=processes.PATIENCE_SECONDS).request(
                method, self.base(8020) + path, body=body, headers=known
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise TroubleError(f"{path}: {type(error).__name__}") from error
        try:
            return answer.status, json.loads(answer.data)
        except ValueError:
            return answer.status, {}

    def ready(self) -> bool:
        """Whether all web servers of the office say that they can answer."""
        asked = ((8010, OFFICE, "/health/ready"), (8000, HOST, "/health/ready"), (8020, HOST, "/inspections/health/ready"))
        with contextlib.suppress(TroubleError):
            return all(Browser(self.base(port), host, "192.0.2.250").get(path, (200, 503)).status == 200 for port, host, path in asked)
        return False

    def until(self, condition: Callable[[], object], what: str, seconds: float = 120.0) -> bool:
        """Wait in real seconds, tending the units. False: it did not come."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.tell(f"did not come within {seconds:.0f} s: {what}")
                return False
            self.tend()
            time.sleep(0.2)
        return True

    def tend(self) -> None:
        self.provider.tend()
        for machine in (self.office, self.verifier):
            for told in machine.tend():
                self.tell(told)
                if "for good" in told:
                    self.stopped.append(told)

    def published_at(self) -> int:
        """When the newest status list was signed, by what anybody can fetch."""
        root = published.read_root(self.etc / "root.cose")
        held = published.load(self.published, root=root, memory=published.Memory(), now=self.clock.seconds() + 600)
        return held.status.newest

    def custody(self) -> Custody:
        return Custody(self.keys)

    def codes(self, mobile: str) -> list[str]:
        """The texts that the message centre took for a number, oldest first, as a telephone shows them."""
        return [text for to, text in self.texts() if to == "+2" + mobile]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every message that was submitted, its parts joined."""
        return outside.texts(list(self.gateway.events))

    def stop(self) -> dict[str, int]:
        """End everything by SIGTERM, in the order of ending; each one's exit code."""
        codes = {}
        for machine, names in ((self.verifier, ON_VERIFIER), (self.office, tuple(reversed(ON_OFFICE)))):
            for name in names:
                if name in machine.running:
                    codes[f"{machine.name} {name}"] = machine.stop(name, signal.SIGTERM)
        return codes


def _as(name: str, roles: tuple[str, ...]) -> list[str]:
    return ["--display", name.title(), *(word for role in roles for word in ("--role", f"{AUTHORITY}:{role}"))]
