"""The steps of `khatm setup`. Each looks whether it was done, so that a run that was ended goes on where it was."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import published
from governorate import folder as governorate_folder
from keys import ceremony, founding, parts, policy, root_documents
from keys.custody import POLICY, Custody
from published import whole
from published.pinning import DOCUMENT
from seal import slips, trust
from seal.errors import ListError

from .answers import Answers
from .errors import SetupError
from .places import INSPECTIONS, PUBLISHER, REGISTER_GROUP, USERS, WORKER, House

SERVER_KEY = "inspections/files/server-key.pem"
_PROGRAM = (sys.executable, "-c", "import khatm; khatm.main()")  # the command, whatever the PATH has


class Setup(NamedTuple):
    """A house, what it shall be, the key store's passphrase, the time (seconds since 1970 UTC), and the variables that commands see."""

    house: House
    answers: Answers
    secret: bytes
    now: int
    surroundings: Mapping[str, str]

    @property
    def custody(self) -> Custody:
        """The key store. Raises CustodyError."""
        return Custody(self.answers.keys)

    def khatm(self, user: str, *words: str | Path, umask: int = 0o077, secret: bytes = b"") -> str:
        """Run a command as a user of the system; return what it printed.

        `secret`, a passphrase, is handed over by a descriptor: its file is root's. Raises SetupError `step_failed` with what was said.
        """
        switched = self.house.as_user(user)
        command = [*_PROGRAM, *map(str, words)]
        handed = _handed(secret) if secret else None
        if handed is not None:
            command += ["--passphrase-fd", str(handed)]
            switched["pass_fds"] = (handed,)
        surroundings = dict(self.surroundings) | {"HOME": "/tmp"}  # noqa: S108 - nobody of the package's has a home
        if self.answers.governorate:
            surroundings[governorate_folder.SETTING] = str(self.answers.governorate)
        quiet: dict[str, Any] = {"cwd": "/", "env": surroundings, "capture_output": True, "stdin": subprocess.DEVNULL}
        try:
            done = subprocess.run(command, check=False, text=True, umask=umask, **quiet, **switched)
        finally:
            if handed is not None:
                os.close(handed)
        if done.returncode:
            raise SetupError("step_failed", " ".join(map(str, words[:3])) + ": " + done.stderr.strip()[-2000:])
        return str(done.stdout)


class Step(NamedTuple):
    """What is done, in words; whether it is done already; and doing it, which yields lines for people."""

    name: str
    done: Callable[[Setup], bool]
    do: Callable[[Setup], Iterator[str]]


def _handed(secret: bytes) -> int:
    """Return a descriptor from which a child reads `secret`, a line at most."""
    reading, writing = os.pipe()
    os.write(writing, secret)
    os.close(writing)
    return reading


def _keys(setup: Setup) -> Iterator[str]:
    """Make the key store whole or not at all: root, status, logs, receipts, notices, one key for each authority."""
    answers, secret, now = setup.answers, setup.secret, setup.now
    with founding.founded(answers.keys) as beside:
        custody = Custody.create(beside, secret, policy.start([answers.host]))
        whose = policy.governorate(custody)
        custody.add(secret, policy.status_entry(whose, now=now))
        custody.add_log_keys(secret)
        custody.publish_acts(lists_proven=True)  # no reader is older than this house
        custody.add(secret, policy.receipt_entry(whose, now=now))
        custody.add(secret, policy.notice_entry(custody, slips.GOVERNORATE, now=now))
        listed = list(founding.add_authorities(custody, secret, now=now))
        root_documents.for_one_person(beside, secret, prefix=whose.prefix, now=now)
    yield f"{whose.name['en']} / {whose.name['ar']}: {len(listed)} authorities; numbers begin with {whose.prefix}, for good"


def _trust(setup: Setup) -> Iterator[str]:
    """Sign the first trust list."""
    files = ceremony.in_one(setup.custody, setup.secret, setup.house.published, now=setup.now)
    setup.house.give(setup.house.published, PUBLISHER)
    yield f"{sum(map(len, files.values()))} bytes, good for 30 days"


def _trusted(setup: Setup) -> bool:
    try:
        published.trust_list(setup.house.published, root=published.read_root(published.beside(setup.answers.keys)))
    except (ListError, OSError):
        return False
    return True


def root(setup: Setup) -> Iterator[str]:
    """Put the pinned root where the readers of this machine have it."""
    whole.write({setup.house.settings / DOCUMENT: published.beside(setup.answers.keys).read_bytes()}, mode=0o644)
    yield f"the root's code, to announce it by: {setup.custody.root_code()}"


def part(setup: Setup) -> Iterator[str]:
    """Give each program its keys, and no others, under a passphrase that nobody has to know; and the desk the key of who applies."""
    yield from hand_out(setup)
    applicants = setup.house.applicants
    if not applicants.exists():  # what it opened would be lost with it
        setup.khatm(USERS["web"], "office", "applicants", "init", applicants)
    yield f"who applies is read by {applicants}: keep a copy of it where no backup is"


def hand_out(setup: Setup) -> Iterator[str]:
    """Give each program its keys, in the place of those that it had. Killed in between, it is run again."""
    setup.house.passphrase("").mkdir(mode=0o700, parents=True, exist_ok=True)
    for program, user in USERS.items():
        own, folder = secrets.token_urlsafe(24).encode(), setup.house.keys(program)
        parts.part(setup.custody, program, folder, old=setup.secret, new=own)
        setup.house.give(folder, user)
        whole.write({setup.house.passphrase(program): own + b"\n"}, mode=0o600)
        yield f"{program}: {folder}"


def _parted(setup: Setup) -> bool:
    there = setup.house.applicants.exists()
    return there and all((setup.house.keys(program) / POLICY).exists() and setup.house.passphrase(program).exists() for program in USERS)


def _people(setup: Setup) -> Iterator[str]:
    """Make the register and invite the administrators."""
    register = ("--register", setup.answers.register, "--published", setup.house.published, "--keys", setup.house.keys("worker"))
    listed = _listed(setup) if _registered(setup) else ""
    for person in setup.answers.administrators:
        if not re.search(rf"^{re.escape(person.name)}\b", listed, re.MULTILINE):
            words = ("office", "account", "add", person.name, "--display", person.display, "--role", "*:administrator")
            yield setup.khatm(WORKER, *words, *register, umask=0o007).strip().replace("open /", f"open https://{setup.answers.office}/")
    if setup.answers.register.startswith("/"):
        for path in Path(setup.answers.register).parent.glob(Path(setup.answers.register).name + "*"):
            setup.house.give(path, WORKER, group=REGISTER_GROUP)
            path.chmod(0o660)


def _registered(setup: Setup) -> bool:
    return not setup.answers.register.startswith("/") or Path(setup.answers.register).exists()


def _listed(setup: Setup) -> str:
    keys = ("--published", setup.house.published, "--keys", setup.house.keys("worker"))
    try:
        return setup.khatm(WORKER, "office", "account", "list", "--register", setup.answers.register, *keys, umask=0o007)
    except SetupError:
        return ""


def _invited(setup: Setup) -> bool:
    if not _registered(setup):
        return False
    listed = _listed(setup)
    return all(re.search(rf"^{re.escape(person.name)}\b", listed, re.MULTILINE) for person in setup.answers.administrators)


def _inspections(setup: Setup) -> Iterator[str]:
    """Make inspections' own database and their server's key, and invite the same people there."""
    where = ("--database", setup.answers.inspections, "--files", setup.house.state / "inspections/files")
    setup.khatm(INSPECTIONS, "inspections", "init", *where, umask=0o007)
    lists = ("--published", setup.house.published, "--root", setup.house.settings / DOCUMENT)
    for person in setup.answers.administrators:
        words = ("inspections", "account", "add", person.name, "--display", person.display, "--role", "*:administrator")
        told = setup.khatm(INSPECTIONS, *words, *where, *lists, umask=0o007)
        yield told.strip().replace("open /", f"open https://{setup.answers.host}/")


def _publish(setup: Setup) -> Iterator[str]:
    """Publish for the first time, which a person vouches for: a house without publications knows no other clock than this machine's."""
    house = setup.house
    where = ("--register", setup.answers.register, "--published", house.published, "--log-store", house.log_store)
    words = ("--keys", house.keys("publisher"), *where, "--clock-confirmed", trust.moment(setup.now).isoformat())
    yield setup.khatm(PUBLISHER, "publish", *words, secret=house.passphrase("publisher").read_bytes()).strip()


def _settings(setup: Setup) -> Iterator[str]:
    """Write what was answered into khatm.conf, and leave the rest of it as it is."""
    path = setup.house.settings / "khatm.conf"
    values = {
        "REGISTER": setup.answers.register,
        "INSPECTIONS": setup.answers.inspections,
        "OFFICE_OPTIONS": f"--host {setup.answers.office} --origin https://{setup.answers.office}",
        "INSPECTIONS_OPTIONS": f"--host {setup.answers.host}",
    }
    if setup.answers.governorate:
        values[governorate_folder.SETTING] = str(setup.answers.governorate)
    yield written(path, values)


def written(path: Path, values: Mapping[str, str]) -> str:
    """Write values into a file of settings, leave the rest of it as it is, and return its path."""
    text = path.read_text("utf-8") if path.exists() else ""
    for name, value in values.items():
        line = f"{name}={value}"
        text, found = re.subn(rf"^#?{name}=.*$", line.replace("\\", r"\\"), text, count=1, flags=re.MULTILINE)
        text += "" if found else f"{line}\n"
    whole.write({path: text.encode()}, mode=0o644)
    return str(path)


def _site(setup: Setup) -> Iterator[str]:
    """Write the hosts into nginx's site."""
    text = setup.house.site.read_text("utf-8")
    text = re.sub(r"\bkhatm\.example\b", setup.answers.host, re.sub(r"\boffice\.example\b", setup.answers.office, text))
    whole.write({setup.house.site: text.encode()}, mode=0o644)
    yield f"{setup.house.site}: it needs the certificates that it names; then link it into sites-enabled"


STEPS = (
    Step("keys", lambda setup: (setup.answers.keys / POLICY).exists(), _keys),
    Step("trust list", _trusted, _trust),
    Step("root", lambda setup: (setup.house.settings / DOCUMENT).exists(), root),
    Step("keys of the programs", _parted, part),
    Step("register and people", _invited, _people),
    Step("inspections", lambda setup: (setup.house.state / SERVER_KEY).exists(), _inspections),
    Step("first publication", lambda setup: any((setup.house.published / "status").glob("*")), _publish),
    Step("settings", lambda _: False, _settings),
    Step("nginx", lambda setup: not setup.house.site.exists() or "khatm.example" not in setup.house.site.read_text("utf-8"), _site),
)
