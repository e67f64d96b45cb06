"""A machine of the week: a folder that is set up by `khatm setup`, whose units run as their files say, with the folder before each path.

What systemd does is done here in small: EnvironmentFile, credentials, ExecStartPre, conditions, Restart=on-failure with its exceptions.
Everything runs as one user and without the units' hardening, which tests/deploy tries in a root of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests import processes
from tests.conftest import ROOT
from tests.deploy import units
from tests.ports import free_port
from tests.week.simulated import SimulatedClock

BIN = Path(sys.executable).parent
_PLACES = ("/etc/khatm", "/var/lib/khatm", "/var/backups/khatm")
_PORT = re.compile(r"127\.0\.0\.1:(\d+)")
#: What looks every so many seconds looks five times as often here: the week has 168 hours in one.
QUICKER = 5
RESTART_SECONDS = 2.0
#: Keys are protected at a thousandth of the work (tests/cheap.py): files say what it took, and so every start of a program is quicker too.
_CHEAP = f"import sys; sys.path.append({str(ROOT)!r}); from tests import cheap; cheap.khatm()"
_WITH_US = ("setpriv", "--pdeathsig", "KILL")  # nothing outlives a driver that was killed


_SEVERAL = f"""import contextlib, io, json, sys
sys.path.append({str(ROOT)!r})
from khatm import main
from accounts import passwords
from keys import pbes2
from tests import cheap
pbes2._WORK, passwords._hasher = cheap.WORK, cheap.hasher()
said = []
for words in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        main(words, standalone_mode=False)
    said.append(out.getvalue())
print(json.dumps(said))
"""


class UnitFailedError(Exception):
    """A unit could not be started, or what a timer starts failed; the text has the end of what it said."""


class Running:
    """A unit's process, and what becomes of it."""

    def __init__(self, unit: units.Unit) -> None:
        self.unit = unit
        self.process: subprocess.Popen[bytes] | None = None
        self.wanted = False
        self.starts = 0
        self.ended: list[int] = []  # exit codes of ends that nobody asked for
        self.again_at = 0.0


class Machine:
    """One machine. `clock` is the week's; `variables` win over those of its khatm.conf (a callable is asked at each start).

    `aside` is where its /run, /tmp and journal lie, which are not on the disk that gets full.
    """

    def __init__(self, folder: Path, aside: Path, clock: SimulatedClock, name: str, *, app: Path | None = None) -> None:
        self.folder, self.aside, self.clock, self.name = folder, aside, clock, name
        self.ports: dict[int, int] = {}
        self.variables: dict[str, Any] = {}
        self.units = {unit.name: unit for unit in units.services()}
        self.running: dict[str, Running] = {}
        self.logs = aside / "log"
        self._app = app or folder / "no-app"
        for path in ("log", "tmp", "run/khatm"):
            (aside / path).mkdir(parents=True, exist_ok=True)
        for path in ("var/backups/khatm", "etc/khatm"):
            (folder / path).mkdir(parents=True, exist_ok=True)

    def port(self, of: int) -> int:
        """The port that takes the place of one that the units name."""
        if of not in self.ports:
            self.ports[of] = free_port()
        return self.ports[of]

    def place(self, text: str) -> str:
        """A text of a unit, on this machine."""
        for each in _PLACES:
            text = re.sub(rf"(?<![\w/.]){each}(?=[/\s\"']|$)", f"{self.folder}{each}", text)
        text = re.sub(r"(?<![\w/.])/run/khatm(?=[/\s]|$)", f"{self.aside}/run/khatm", text)
        text = text.replace("/usr/share/khatm/app", str(self._app)).replace("/opt/khatm/bin/", f"{BIN}/")
        return _PORT.sub(lambda found: f"127.0.0.1:{self.port(int(found[1]))}", text)

    def settings(self) -> dict[str, str]:
        """khatm.conf, with what the week adds."""
        path = self.folder / "etc/khatm/khatm.conf"
        read = units.variables(ROOT / "deploy/etc/khatm.conf") | (units.variables(path) if path.exists() else {})
        told = {name: str(value() if callable(value) else value) for name, value in self.variables.items()}
        return read | told

    def environment(self, name: str, own: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a program of this machine sees."""
        known = {"PATH": f"{BIN}:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONUNBUFFERED": "1"}
        known |= {"HOME": str(self.aside / "tmp"), "TMPDIR": str(self.aside / "tmp")}
        return known | self.clock.environment(f"{self.name}.{name}") | dict(own or {})

    def command(self, unit: units.Unit, line: str) -> list[str]:
        """The words of a unit's line."""
        handed = self.aside / "run/credentials" / unit.name
        source = self.folder / "etc/khatm/passphrases" / unit.credential
        if unit.credential and source.exists():
            handed.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, handed / "passphrase")
            (handed / "passphrase").chmod(0o600)
        found = units.words(self.place(line), self.settings(), credentials=str(handed))
        for place, word in enumerate(found[:-1]):
            if word == "--every" and found[place + 1].isdigit():
                found[place + 1] = str(max(1, int(found[place + 1]) // QUICKER))
        return found

    @staticmethod
    def _alone(words: list[str]) -> list[str]:
        """A check of keys without the folders of others: everything is one user's here, who can read them all."""
        return [word for place, word in enumerate(words) if word != "--other" and words[place - 1] != "--other"]

    def own(self, unit: units.Unit) -> dict[str, str]:
        """The variables of a unit: its file of settings, then its own lines, with systemd's specifiers."""
        life = self.aside / "run/khatm" / unit.name
        life.mkdir(parents=True, exist_ok=True)
        lines = [each for said in unit.said.get("Environment", ()) for each in said.split()]
        own = {name: self.place(value) for name, _, value in (each.partition("=") for each in lines)}
        settings = {name: value for name, value in self.settings().items() if value}
        return own | settings | {"KHATM_LIFE": str(life)}  # what stands in an EnvironmentFile wins

    def condition(self, unit: units.Unit) -> bool:
        """Whether systemd would start it here."""
        section = (units.FOLDER / f"{unit.name}.service").read_text("utf-8")
        for path in re.findall(r"^ConditionPathExists=(\S+)$", section, re.MULTILINE):
            if not Path(self.place(path)).exists():
                return False
        for path in re.findall(r"^ConditionDirectoryNotEmpty=(\S+)$", section, re.MULTILINE):
            if not any(Path(self.place(path)).glob("*")):
                return False
        return all(
            subprocess.run(self.command(unit, each), env=self.settings(), check=False).returncode == 0
            for each in unit.said.get("ExecCondition", ())
        )

    def start(self, name: str, *, vouched: bool = True) -> Running:
        """Start a service. Raises UnitFailedError where what goes before it fails.

        `vouched`: an operator does, and types the time where it is asked for; nobody does where systemd starts what ended.
        """
        unit = self.units[name]
        running = self.running.setdefault(name, Running(unit))
        running.wanted = True
        environment = self.environment(name, self.own(unit))
        with (self.logs / f"{name}.log").open("ab") as stream:
            for line in unit.before:
                if subprocess.run(
                    self._alone(self.command(unit, line)), env=environment, stdout=stream, stderr=stream, check=False
                ).returncode:
                    running.again_at = time.monotonic() + RESTART_SECONDS
                    running.process = None
                    return running
            words = self.command(unit, unit.starts[0])
            if not vouched and "--clock-confirmed" in words:
                place = words.index("--clock-confirmed")
                del words[place : place + 2]
            running.process = processes.start(
                [*_WITH_US, *words],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        running.starts += 1
        return running

    def stop(self, name: str, how: signal.Signals = signal.SIGTERM) -> int:
        """End a service and wait; its exit code."""
        running = self.running[name]
        running.wanted = False
        if running.process is None:
            return 0
        running.process.send_signal(how)
        try:
            return running.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(running.process.pid, signal.SIGKILL)
            return running.process.wait()

    def kill(self, name: str) -> None:
        """SIGKILL to all of a service, as by the kernel that has no memory left; it is started again as its unit says."""
        running = self.running[name]
        if running.process is not None:
            os.killpg(running.process.pid, signal.SIGKILL)
            running.process.wait()

    def tend(self) -> list[str]:
        """Start again what ended and should not have; name what did, with its exit code."""
        told = []
        for name, running in self.running.items():
            process = running.process
            if not running.wanted:
                continue
            if process is not None and process.poll() is not None:
                running.ended.append(process.returncode)
                told.append(f"{name} ended with {process.returncode}")
                running.process, running.again_at = None, time.monotonic() + RESTART_SECONDS
                if str(process.returncode) in " ".join(running.unit.said.get("RestartPreventExitStatus", ())).split():
                    running.wanted = False
                    told[-1] += ", for good"
            elif process is None and time.monotonic() >= running.again_at:
                self.start(name, vouched=False)
        return told

    def once(self, name: str) -> tuple[int, str]:
        """Run what a timer starts; its exit code, and what it said."""
        unit, said, code = self.units[name], "", 0
        environment = self.environment(name, self.own(unit))
        with (self.logs / f"{name}.log").open("a") as log:
            for line in unit.starts:
                done = subprocess.run(
                    self.command(unit, line),
                    env=environment,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                said += done.stdout + done.stderr
                log.write(f"--- {self.clock.now():%F %T} exit {done.returncode}\n{done.stdout}{done.stderr}")
                code = code or done.returncode
                if code:
                    break
        return code, said

    def khatm(self, *words: str | Path, codes: tuple[int, ...] = (0,), typed: str = "") -> str:
        """Run a command as the operator of this machine does; what it printed. Raises UnitFailedError."""
        settings = {name: value for name, value in self.settings().items() if name.startswith("KHATM_") and value}
        done = subprocess.run(
            [sys.executable, "-c", _CHEAP, *map(str, words)],
            env=self.environment("operator", settings),
            cwd=self.folder,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        with (self.logs / "operator.log").open("a") as log:
            log.write(f"--- {self.clock.now():%F %T} {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        if done.returncode not in codes:
            raise UnitFailedError(f"khatm {' '.join(map(str, words[:4]))}: {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout + done.stderr

    def several(self, *commands: list[str]) -> list[str]:
        """Run commands one after the other in one process, which imports everything once; what each printed. Raises UnitFailedError."""
        words = [sys.executable, "-c", _SEVERAL]
        settings = {name: value for name, value in self.settings().items() if name.startswith("KHATM_") and value}
        asked, environment = json.dumps(commands), self.environment("operator", settings)
        done = subprocess.run(words, env=environment, cwd=self.folder, input=asked, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnitFailedError(done.stderr[-2000:])
        return list(json.loads(done.stdout))

    def log(self, name: str) -> str:
        """What a unit said."""
        path = self.logs / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""
