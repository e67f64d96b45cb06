"""What happens after the steps: the units are started, and people are told what is theirs to do."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from .errors import SetupError
from .places import House
from .steps import Setup

#: What runs on every machine of the package; the others wait for their settings (ConditionPathExists) and are asked for too.
TARGET = "khatm.target"
_LOOK_SECONDS = 8  # a key that cannot be used ends a program within these
_RUNNING = Path("/run/systemd/system")


def possible(house: House) -> bool:
    """Return whether systemd runs this machine, and the house is this machine's."""
    return _RUNNING.is_dir() and not house.one_user


def start(wanted: Sequence[str] = ()) -> str:
    """Start units, all unless some are named, now and with the machine; return what to look at. Raises SetupError `start_failed`."""
    units = wanted or _all()
    subprocess.run(["systemctl", "reset-failed", *units], capture_output=True, check=False)  # counts of restarts begin anew with it
    done = subprocess.run(["systemctl", "enable", "--now", TARGET, *units], capture_output=True, text=True, check=False)
    if done.returncode:
        told = [line for line in done.stderr.splitlines() if not line.startswith("Created symlink")]
        raise SetupError("start_failed", "\n".join(told)[-2000:])
    return "systemctl status 'khatm-*'"


def again(units: Sequence[str]) -> None:
    """Start those of the units again that run, and look whether they stay. Raises SetupError `start_failed`."""
    running = [unit for unit in units if not subprocess.run(["systemctl", "is-active", "--quiet", unit], check=False).returncode]
    done = subprocess.run(["systemctl", "try-restart", *units], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError("start_failed", done.stderr[-2000:])
    stayed(running)


def stayed(units: Sequence[str]) -> None:
    """Return if each of the units still runs a few seconds later, and was not started anew meanwhile. Raises SetupError `start_failed`.

    A unit that ends at once waits to be started again, for as long as it is asked: it has not failed then, and runs at times.
    """
    time.sleep(_LOOK_SECONDS)
    if gone := [unit for unit in units if not _stays(unit)]:
        raise SetupError("start_failed", "\n".join(f"journalctl -n 5 -u {unit}" for unit in gone))


def _stays(unit: str) -> bool:
    """Say whether a unit runs since it was started, or has not the settings that it waits for (ConditionPathExists)."""
    words = ["systemctl", "show", "--property=ActiveState,NRestarts,ConditionResult", unit]
    lines = subprocess.run(words, capture_output=True, text=True, check=False).stdout.splitlines()
    said = {name: value for name, _, value in (line.partition("=") for line in lines)}
    if said.get("ActiveState") == "inactive" and said.get("ConditionResult") == "no":
        return True
    return said.get("ActiveState") == "active" and said.get("NRestarts") == "0"


def _all() -> list[str]:
    units = sorted(path.name for path in Path("/usr/lib/systemd/system").glob("khatm-*") if path.suffix in (".service", ".timer"))
    timed = {unit.removesuffix(".timer") for unit in units if unit.endswith(".timer")}
    return [unit for unit in units if unit.endswith(".timer") or unit.removesuffix(".service") not in timed]


def next_steps(setup: Setup) -> Iterator[str]:
    """Yield what nobody but people can do now, in the order of doing it."""
    house, answers = setup.house, setup.answers
    yield f"1. Carry {answers.keys} away: with it and its passphrase, one person alone can sign for everybody (docs/how-to/root.md)."
    yield f"2. Put the certificates where {house.site} names them, link it into sites-enabled, reload nginx."
    yield "3. Open the invitations above, each person their own."
    if house.one_user:
        keys = f"--register {answers.register} --published {house.published} --log-store {house.log_store} --keys {house.keys('worker')}"
        yield "4. Seal a file: the first time it asks for somebody's approval on the desk (docs/how-to/seal-a-file.md), then it seals."
        yield f"   khatm issue FILE --out CARDS {keys} --passphrase-file {house.passphrase('worker')}"
        return
    yield "4. Seal a file, as root, in a folder of the worker's; the first command asks for an approval (the desk, Requests to seal):"
    yield "   install -d -o khatm-worker -m 755 /srv/licenses && cd /srv/licenses    # FILE goes there"
    yield "   khatm as worker issue FILE --out cards"
    yield "   khatm as publisher audit release FILE    # whoever runs the publisher has looked at it too"
    yield "   khatm as worker issue FILE --out cards    # once it is approved: seals"
    yield "5. systemctl start khatm-backup    # the first backup; until there is one the doctor says NOW. Then each night by itself"
