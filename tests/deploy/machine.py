"""A Debian machine in a folder (debootstrap): packages are installed in it, and what its units start is started by hand, as their users.

It has a network of its own with nothing in it, so that its ports are nobody else's. No systemd runs in it.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests import processes
from tests.deploy import units

PYTHON = "/opt/khatm/bin/python"
_FETCH = """
import json, sys, urllib.request, urllib.error
request = urllib.request.Request(sys.argv[1], headers=json.loads(sys.argv[2]), data=sys.argv[3].encode() or None)
try:
    answer = urllib.request.urlopen(request, timeout=100)
except urllib.error.HTTPError as error:
    answer = error
except OSError:
    sys.exit(7)
print(answer.status)
sys.stdout.write(answer.read().decode())
"""


class Machine:
    """One machine. Everything in it runs in the network namespace of `holder`."""

    def __init__(self, folder: Path, holder: int) -> None:
        self.folder, self.holder = folder, holder

    def words(self, *words: str, user: str = "", may: str = "") -> list[str]:
        """The words that run a command in the machine; `may`: the one capability that its unit gives it, `CAP_…`."""
        who = ["/usr/bin/setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--no-new-privs"] if user else []
        if may:
            capability = may.removeprefix("CAP_").lower()
            who += [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
        return ["nsenter", "-t", str(self.holder), "-n", "chroot", str(self.folder), *who, *words]

    def run(self, *words: str, user: str = "", may: str = "", code: int | None = 0, **more: Any) -> str:
        """Run a command in the machine and return what it printed. `code` None: any."""
        surroundings = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
        done = subprocess.run(
            self.words(*words, user=user, may=may),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=surroundings,
            **more,
        )
        assert code is None or done.returncode == code, (words, done.returncode, done.stdout[-1500:], done.stderr[-3000:])
        return done.stdout + done.stderr

    def fetch(self, url: str, *, data: str = "", **headers: str) -> tuple[int, str]:
        """Ask a server of the machine; status 0 while nobody answers."""
        told = self.run(PYTHON, "-c", _FETCH, url, json.dumps(headers), data, code=None)
        status, _, body = told.partition("\n")
        return (int(status), body) if status.isdigit() else (0, told)

    def command(self, unit: units.Unit, line: str) -> list[str]:
        """The words of a unit's line, with the machine's settings; its passphrase lies where its user can read it, as by systemd."""
        handed = self.folder / "run/credentials" / unit.name
        if unit.credential:
            handed.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / "etc/khatm/passphrases" / unit.credential, handed / "passphrase")
            self.run("chown", "-R", unit.user, f"/run/credentials/{unit.name}")
        settings = units.variables(self.folder / "etc/khatm/khatm.conf")
        own = {
            name: value for said in unit.said.get("Environment", ()) for name, _, value in (each.partition("=") for each in said.split())
        }
        mask = unit.said.get("UMask", ("0077",))[0]
        words = units.words(line, settings, credentials=f"/run/credentials/{unit.name}")
        environment = [f"{name}={value}" for name, value in (settings | own).items() if value]
        return ["/usr/bin/env", *environment, "/bin/sh", "-c", f'umask {mask}; exec "$@"', "sh", *words]

    @contextmanager
    def running(self, unit: units.Unit) -> Iterator[subprocess.Popen[str]]:
        """Run a unit's service until the end of the block; it ends by SIGTERM, with nothing left."""
        for line in unit.before:
            self.run(*self.command(unit, line), user=unit.user)
        log = self.folder / f"run/{unit.name}.log"
        with log.open("w") as stream, ExitStack() as stack:
            words = self.words(*self.command(unit, unit.starts[0]), user=unit.user)
            surroundings = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8"}
            process = processes.start(words, stdout=stream, stderr=stream, text=True, env=surroundings)
            stack.callback(process.wait, processes.PATIENCE_SECONDS)
            stack.callback(process.terminate)
            yield process

    def once(self, unit: units.Unit, *, code: int | None = 0) -> str:
        """Run what a timer starts; return what it said."""
        may = unit.said.get("AmbientCapabilities", ("",))[0]
        return self.run(*self.command(unit, unit.starts[0]), user=unit.user, may=may, code=code)

    def log(self, name: str) -> str:
        """What a service wrote."""
        return (self.folder / f"run/{name}.log").read_text()

    def until(self, url: str, status: int, **headers: str) -> str:
        """Ask until it answers so; return the answer."""
        deadline = time.monotonic() + processes.PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found, body = self.fetch(url, **headers)
            if found == status:
                return body
            time.sleep(0.5)
        raise AssertionError((url, found, body[:1000]))


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Give the folder of a Debian a network and /proc for as long as the block."""
    holder = subprocess.Popen(
        ["unshare", "--net", "/bin/sh", "-c", "ip link set lo up 2>/dev/null; echo; exec sleep 7200"], stdout=subprocess.PIPE
    )
    assert holder.stdout
    holder.stdout.readline()
    subprocess.run(["mount", "-t", "proc", "proc", str(folder / "proc")], check=True)
    try:
        yield Machine(folder, holder.pid)
    finally:
        subprocess.run(["umount", "-l", str(folder / "proc")], check=False)
        holder.kill()
        holder.wait()
        holder.stdout.close()
