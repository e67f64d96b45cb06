"""A user of the system for each process of the demo, as a house has them (docs/how-to/users.md): number, home, groups for what is shared.

The numbers need no names in /etc/passwd. Where root does not run the demo, or other users cannot reach what it runs (a checkout or an
interpreter below a home of 0700), all processes are of whoever runs it; the demo says so.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TypedDict

WITNESSES = ("witness-1", "witness-2")
PROCESSES = ("publisher", "worker", "enforcer", "web", "sender", "poller", "provider", "verifier", *WITNESSES)
#: Who of them has what in common, by what that is. All of them reach the demo's folder, and look up nothing there.
SHARED: Mapping[str, Sequence[str]] = {
    "folder": PROCESSES,
    "register": ("publisher", "worker", "enforcer", "web", "sender", "poller"),
    "documents": ("web", "worker"),  # who takes them in, and who deletes them when their time is over
    "sites": ("publisher", "verifier"),
}
_NUMBERS = range(60_600, 61_100, 20)  # systemd leaves them to nobody (UIDS-GIDS.md)
_MASK = 0o007
_TRIAL_SECONDS = 60
#: What a process may know of the environment of whoever runs the demo, who may be root and have secrets there.
_KNOWN = re.compile(r"PATH|LANG|LANGUAGE|TZ|TERM|VIRTUAL_ENV|(?:LC_|LD_|PYTHON|KHATM_|SSL_|GUNICORN_|FONTCONFIG_|COV).*")


class _Identity(TypedDict):
    user: int
    group: int
    extra_groups: list[int]
    umask: int


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter, and where it finds the packages if it does not know that by itself."""

    program: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """Who a process runs as: user and group of one number, further groups, a home that is nobody else's."""

    name: str
    number: int
    groups: tuple[int, ...]
    home: Path
    python: Python

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return what a process of this user finds in its environment."""
        home = str(self.home.absolute())
        known = {name: text for name, text in given.items() if _KNOWN.fullmatch(name)}
        if self.python.path:
            known["PYTHONPATH"] = os.pathsep.join(filter(None, (self.python.path, known.get("PYTHONPATH"))))
        return known | {"HOME": home, "TMPDIR": home, "XDG_CACHE_HOME": home}

    def identity(self) -> _Identity:
        """Return what makes a process one of this user, for subprocess.Popen."""
        return {"user": self.number, "group": self.number, "extra_groups": list(self.groups), "umask": _MASK}


class Users:
    """The users of one demo in its folder; of `why` there are none, they are the code of a sentence."""

    def __init__(self, folder: Path, base: int = 0, python: Python | None = None, why: str = "") -> None:
        """Take the first of their numbers, and what they run. Without an interpreter nobody is parted."""
        self.why = why
        self._folder, self._python = folder, python
        self.numbers = {name: base + place for place, name in enumerate(PROCESSES)}
        self._groups = {name: base + len(PROCESSES) + place for place, name in enumerate(SHARED)}

    @property
    def parted(self) -> bool:
        """Whether each process has a user of its own."""
        return self._python is not None

    def home(self, name: str) -> Path:
        """Return the folder that is a process's own; it is there, also where all are of one user."""
        folder = self._folder / "homes" / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def of(self, name: str) -> User | None:
        """Return who runs a process, None for whoever runs the demo."""
        if self._python is None:
            return None
        groups = tuple(self._groups[what] for what, who in SHARED.items() if name in who)
        return User(name, self.numbers[name], groups, self.home(name), self._python)

    def open_way(self, *folders: Path) -> None:
        """Let the processes through folders, in which they see no names."""
        for folder in folders if self.parted else ():
            os.chown(folder, -1, self._groups["folder"])
            folder.chmod(0o710)

    def give(self, name: str, path: Path, *, mode: int | None = None) -> None:
        """Give a process a file, or a folder with all that lies in it. Nobody else may write there while this is done."""
        if self.parted:
            _own(path, self.numbers[name], self.numbers[name])
            if mode is not None:
                path.chmod(mode)

    def share(self, what: str, folder: Path, *, owner: str | None = None, mode: int, file: int | None = None) -> None:
        """Share a folder among those who have it in common, of `owner`, or of whoever runs the demo. What comes into it is theirs too."""
        if self.parted:
            folder.mkdir(exist_ok=True)
            _own(folder, self.numbers[owner] if owner else os.getuid(), self._groups[what])
            for path in (folder, *folder.rglob("*")):
                if (wanted := mode if path.is_dir() else file) is not None:
                    path.chmod(wanted)

    @contextmanager
    def acting_as(self, name: str) -> Iterator[None]:
        """Do something in a folder of a process as its user: as root one would follow the links that it may have put there."""
        user = self.of(name)
        if user is None:
            yield
            return
        before, mask = os.getgroups(), os.umask(_MASK)
        os.setgroups([*user.groups])
        os.setegid(user.number)
        os.seteuid(user.number)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(os.getgid())
            os.setgroups(before)
            os.umask(mask)


def _own(top: Path, user: int, group: int) -> None:
    for path in (top, *top.rglob("*")):
        os.chown(path, user, group, follow_symlinks=False)


def found(folder: Path, marker: Path, environment: Mapping[str, str]) -> Users:
    """Return the users of a demo in its folder, which has a file `marker` already; they are tried once, in an environment."""
    if os.geteuid() != 0:
        return Users(folder, why="one_user")
    base = _unused()
    trial = Users(folder, base, Python(sys.executable))
    with suppress(OSError):  # a root that may give nothing away, as in some containers
        trial.open_way(folder)
        for python in _pythons():
            users = Users(folder, base, python)
            user = users.of("web")
            users.give("web", users.home("web"))
            users.open_way(folder / "homes")
            if user and _works(user, marker, environment):
                return users
    folder.chmod(0o700)
    return Users(folder, why="one_user_reachable")


def _unused() -> int:
    """Return the first of some numbers that nobody has here: no account, no group, no process."""
    with os.scandir("/proc") as entries:
        running = {entry.stat().st_uid for entry in entries if entry.name.isdecimal() and _alive(entry)}
    taken = running | {each.pw_uid for each in pwd.getpwall()} | {each.gr_gid for each in grp.getgrall()}
    return next((base for base in _NUMBERS if not taken.intersection(range(base, base + _NUMBERS.step))), _NUMBERS[0])


def _alive(entry: os.DirEntry[str]) -> bool:
    try:
        entry.stat()
    except FileNotFoundError:
        return False
    return True


def _pythons() -> Iterable[Python]:
    """Yield interpreters to try: ours, then the system's of the same version with our packages, for ours may lie in root's home."""
    yield Python(sys.executable)
    places = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), str(Path(str(files(__package__))).parent)]
    for folder in ("/usr/bin", "/usr/local/bin"):
        yield Python(f"{folder}/python{sys.version_info.major}.{sys.version_info.minor}", os.pathsep.join(dict.fromkeys(places)))


def _works(user: User, marker: Path, environment: Mapping[str, str]) -> bool:
    """Try whether a user can run our programs and reach the demo's folder."""
    words = "import os, sys; import khatm, gunicorn, cryptography, sqlalchemy; os.stat(sys.argv[1])"
    command = [user.python.program, "-c", words, str(marker)]
    try:
        done = subprocess.run(
            command, env=user.environment(environment), check=False, capture_output=True, timeout=_TRIAL_SECONDS, **user.identity()
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
