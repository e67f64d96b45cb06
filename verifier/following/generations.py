"""The folder that a follower keeps: whole publications beside each other, and a link that is turned from one to the next in one step.

current             the link: what verifiers read (KHATM_PUBLISHED=FOLDER/current)
generations/<n>     a publication, in the form of docs/reference/published-files.md; never changed once the link leads to it
tiles/<name>/tile   tiles of a log, by the SHA-256 of its origin; each publication's `log/tile` leads there
seen.json           the newest that was seen (published/memory.py), with its copy and what proves a fork
look.json           what the last look found (record.py)
lock                held by the one process that follows
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from published import whole
from published.log import CHECKPOINT
from transparency import checkpoints, notes
from transparency.errors import LogError

from .errors import FollowError

CURRENT: Final = "current"
KEPT_SECONDS: Final = 600  # a publication stays so long behind the link: whoever began to read it ends within that
_LAST: Final = 2
_BEGUN: Final = ".new-"


class Tree(NamedTuple):
    """The log of a publication: how many leaves it has, and where its tiles are."""

    size: int
    tiles: Path


class Generations:
    """The folder. One process writes it at a time (`alone`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder = folder.resolve()
        self.seen, self.look = folder / "seen.json", folder / "look.json"
        self._all = folder / "generations"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder. Raises FollowError `follow_busy`; OSError."""
        self._all.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise FollowError("follow_busy", str(self.folder)) from error
        try:
            yield
        finally:
            os.close(descriptor)

    def current(self) -> Path | None:
        """Return the publication in place, None before the first."""
        link = self.folder / CURRENT
        return link.resolve() if link.is_dir() else None

    def tiles(self, origin: str) -> Path:
        """Return where a log's tiles lie (`tile/…` in it)."""
        return self.folder / "tiles" / sha256(origin.encode()).hexdigest()[:16]

    def begin(self) -> Path:
        """Return an empty folder for the next publication; what killed runs began is cleared away. Raises OSError."""
        for left in self._all.glob(f"{_BEGUN}*"):
            shutil.rmtree(left, ignore_errors=True)
        begun = self._all / f"{_BEGUN}{self._next()}"
        begun.mkdir(mode=0o755)
        begun.chmod(0o755)
        return begun

    def _next(self) -> int:
        return max((int(path.name) for path in self._all.glob("[0-9]*")), default=0) + 1

    def place(self, begun: Path) -> Path:
        """Make a publication the current one. Raises OSError; then the one before stays."""
        made = self._all / str(self._next())
        for folder in {begun, *(path for path in begun.rglob("*") if path.is_dir() and not path.is_symlink())}:
            whole.sync_folder(folder)
        begun.rename(made)
        whole.sync_folder(self._all)
        link = self.folder / f"{_BEGUN}{CURRENT}"
        link.unlink(missing_ok=True)
        link.symlink_to(made.relative_to(self.folder))
        link.replace(self.folder / CURRENT)
        whole.sync_folder(self.folder)
        return made

    def discard(self, begun: Path) -> None:
        """Remove what was not placed."""
        shutil.rmtree(begun, ignore_errors=True)

    def every(self) -> list[Path]:
        """Return all publications, the oldest first."""
        return sorted(self._all.glob("[0-9]*"), key=lambda path: int(path.name))

    def older(self, now: int) -> list[Path]:
        """Return the publications that nobody reads any more: replaced by another one minutes ago, and not among the last three."""
        replaced = pairwise(self.every()[:-_LAST])
        return [path for path, by in replaced if now - by.stat().st_ctime > KEPT_SECONDS and path != self.current()]


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files of a publication that was begun, for everybody to read. Raises OSError."""
    whole.write({folder / name: data for name, data in files.items()}, mode=0o644)


def link(before: Path, begun: Path, names: Iterable[str]) -> None:
    """Take files over from the publication before, as they are. Raises OSError."""
    for name in names:
        target = begun / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        os.link(before / name, target)


def names(folder: Path) -> set[str]:
    """Return the files of a publication, without the log's tiles."""
    found = set()
    for path, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if not (each == "tile" and Path(path).name == "log")]
        found |= {(Path(path) / each).relative_to(folder).as_posix() for each in files}
    return found


def same(one: Path, other: Path) -> bool:
    """Say whether two publications are the same, octet by octet."""
    there = names(one)
    return there == names(other) and all(_equal(one / name, other / name) for name in there)


def _equal(one: Path, other: Path) -> bool:
    return os.path.samefile(one, other) or one.read_bytes() == other.read_bytes()  # noqa: PTH121 - two stats and no more


def tree_of(publication: Path) -> Tree | None:
    """Return the log of a publication, None where it has none."""
    with suppress(OSError, LogError):
        note = notes.parse((publication / CHECKPOINT).read_bytes())
        return Tree(checkpoints.parse(note.text).size, (publication / "log/tile").resolve().parent)
    return None


def lead(begun: Path, tiles: Path) -> None:
    """Have a publication's `log/tile` lead to the tiles that are kept of its log, in `tiles`. Raises OSError."""
    unlead(begun)
    link = begun / "log/tile"
    for needed in (link.parent, tiles / "tile"):  # of a log without seals there is none yet
        needed.mkdir(parents=True, exist_ok=True)
    link.symlink_to(Path("../../..") / tiles.relative_to(begun.parents[1]) / "tile")


def unlead(begun: Path) -> None:
    """Have a publication without tiles of the log."""
    link = begun / "log/tile"
    if link.is_symlink():
        link.unlink()
    else:
        shutil.rmtree(link, ignore_errors=True)
