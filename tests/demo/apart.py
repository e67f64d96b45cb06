"""What a process of the running demo can reach, tried as that process: with its user, its group and its further groups."""

from __future__ import annotations

import os
import pickle
import re
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from demo.users import PROCESSES, SHARED
from tests.processes import PATIENCE_SECONDS

_Found = TypeVar("_Found")


class Identity(NamedTuple):
    """Who a process is, as the kernel says it."""

    user: int
    group: int
    groups: tuple[int, ...]


class Seen(NamedTuple):
    """Areas of the demo's folder of which something can be read, and those in which something can be changed."""

    read: frozenset[str]
    written: frozenset[str]


def processes_of(told: str) -> dict[str, int]:
    """The users that a demo said it has."""
    (line,) = re.findall(r"Each process runs as a user of the system of its own: (.*)", told)
    return {name: int(number) for name, number in (each.split() for each in line.split(", "))}


def running(users: dict[str, int]) -> dict[str, list[int]]:
    """The processes of each user."""
    found: dict[str, list[int]] = {name: [] for name in users}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for name, number in users.items():
                if identity(int(folder.name)).user == number:
                    found[name].append(int(folder.name))
    return found


def identity(process: int) -> Identity:
    """Who a process is; real, effective, saved and file system's are one."""
    status = Path(f"/proc/{process}/status").read_text()
    (user,), (group,) = ({*map(int, re.findall(rf"^{name}:\t(.*)$", status, re.MULTILINE)[0].split())} for name in ("Uid", "Gid"))
    return Identity(user, group, tuple(map(int, re.findall(r"^Groups:\t(.*)$", status, re.MULTILINE)[0].split())))


def as_one(who: Identity, work: Callable[[], _Found]) -> _Found:
    """Do something in a process of that user, and return what came of it."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.close(read)
        answer: Any = None
        with os.fdopen(write, "wb") as stream, suppress(BaseException):
            os.setgroups(who.groups)
            os.setresgid(who.group, who.group, who.group)
            os.setresuid(who.user, who.user, who.user)
            try:
                answer = True, work()
            except (OSError, AssertionError, sqlite3.Error) as error:
                answer = False, repr(error)
            pickle.dump(answer, stream)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        data = stream.read()
    os.waitpid(child, 0)
    good, answer = pickle.loads(data)
    assert good, answer
    return answer


def reached(folder: Path, who: Identity) -> Seen:
    """Try every file and folder that there is, by its path: nobody need find it first."""
    paths = [(path, path.is_dir(), _area(path.relative_to(folder))) for path in (folder, *folder.rglob("*"))]

    def look() -> Seen:
        read, written = set(), set()
        for path, is_folder, area in paths:
            if os.access(path, os.W_OK | os.X_OK) if is_folder else _opened(path, os.O_WRONLY):
                written.add(area)
            if not is_folder and _opened(path, os.O_RDONLY):
                read.add(area)
        return Seen(frozenset(read), frozenset(written))

    return as_one(who, look)


def _area(path: Path) -> str:
    """A program's or a process's own folder is an area of its own; else what lies in the demo's folder."""
    return "/".join(path.parts[: 2 if path.parts[:1] in (("programs",), ("homes",), ("witnesses",)) else 1]) or "."


def _opened(path: Path, how: int) -> bool:
    try:
        os.close(os.open(path, how | os.O_NOFOLLOW | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def expected(name: str, number: int) -> Seen:
    """What docs/how-to/users.md and demo/ownership.py say of a process."""
    public = {"published", "log-store", "root.cose", "map.pmtiles", "map.pmtiles.names"}
    own = {f"homes/{name}"}
    if name.startswith("witness-"):
        own |= {f"witnesses/witness-{number}.example", f"witnesses/witness-{number}.passphrase"}
    if name in ("publisher", "worker", "enforcer", "web"):
        own |= {f"programs/{name}", f"programs/{name}.passphrase"}
    if name == "verifier":
        own |= {"inspections"}
    shared = {what for what in ("register", "documents", "sites") if name in SHARED[what]}
    mine = {"publisher": {"published", "log-store", "sites"}}.get(name, set())
    written = own | (shared - {"sites"}) | mine
    read = (public | own | shared) - ({"documents"} if name == "worker" else set())
    return Seen(frozenset(read), frozenset(written))


def look(folder: Path, told: str) -> None:
    """Each process is somebody else, and reaches what is its own, what it shares, and what all may read."""
    users = processes_of(told)
    assert set(users) == set(PROCESSES) and len(set(users.values())) == len(PROCESSES) and 0 not in users.values()
    found = running(users)
    assert all(found.values()), found
    for name, processes in found.items():
        who = identity(processes[0])
        seen, wanted = reached(folder, who), expected(name, int(name[-1]) if name[-1].isdecimal() else 0)
        assert seen.read | {f"homes/{name}"} == wanted.read, name  # a home may have nothing in it yet
        assert seen.written == wanted.written, name
        others = [each for other, them in found.items() if other != name for each in them]
        readable = as_one(who, lambda them=others: [each for each in them if _opened(Path(f"/proc/{each}/environ"), os.O_RDONLY)])
        assert not readable, name


def check_keys(folder: Path, told: str) -> None:
    """`khatm keys check`, as each program's user would run it before it starts."""
    users = processes_of(told)
    programs = ("publisher", "worker", "enforcer", "web")
    for name in programs:
        process = running(users)[name][0]
        who = identity(process)
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")[0].decode()
        environment = dict(each.split("=", 1) for each in Path(f"/proc/{process}/environ").read_text().split("\0") if "=" in each)
        others = [word for other in programs if other != name for word in ("--other", folder / "programs" / other)]
        command = [words, "-c", "from khatm import main; main()", "keys", "check", name, "--keys", folder / "programs" / name, *others]
        done = subprocess.run(
            command, user=who.user, group=who.group, extra_groups=who.groups, env=environment,
            check=False, capture_output=True, text=True, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
