"""The log's files among the published ones, for any static server (C2SP tlog-tiles): tiles, bundles of entries, the checkpoint."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile

from issuer.log import stored
from issuer.log.stored import Stored
from published import whole
from transparency import bundles
from transparency.tiles import WIDTH, Bundle, Tile

CHECKPOINT = "checkpoint"
_OPEN_MOST = 256  # files that are written at once: a process may have a thousand open
_IN_MEMORY = 1 << 26  # octets of files that wait
FORMER = "former"  # the last checkpoint of each log that had this place before, by its name with ~ for each /


class LogFiles:
    """The folder that holds one log."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """Take `folder`; `durable` is false where nobody minds what a power cut takes."""
        self._folder, self._durable = folder, durable

    def checkpoint(self) -> Stored | None:
        """Return the published checkpoint. Raises IssuerError `log_checkpoint_damaged`, OSError."""
        return stored.read(self._folder / CHECKPOINT)

    def tile(self, tile: Tile) -> bytes:
        """Return a tile's octets, of the full tile where the partial one is gone. Raises OSError where there is neither."""
        try:
            return (self._folder / tile.path()).read_bytes()
        except FileNotFoundError:
            return (self._folder / Tile(tile.level, tile.index).path()).read_bytes()[: tile.width * 32]

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files that are not there yet as they should be; by their paths in the log. Raises OSError."""
        new = [(self._folder / path, data) for path, data in files.items() if not self.has(path, data)]
        for start in range(0, len(new), _OPEN_MOST):
            whole.write(dict(new[start : start + _OPEN_MOST]), mode=0o644, durable=self._durable, beside=self._folder)

    @contextmanager
    def later(self) -> Iterator[Later]:
        """Keep files that may not be put yet; those that are there as they should be need not wait. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with SpooledTemporaryFile(_IN_MEMORY, dir=str(self._folder)) as file:
            yield Later(self, file)

    def has(self, path: str, data: bytes) -> bool:
        """Say whether a file is there as it should be."""
        try:
            with open(f"{self._folder}/{path}", "rb", buffering=0) as stream:  # noqa: PTH123 - of thousands, nearly none is there
                return stream.read() == data
        except (FileNotFoundError, NotADirectoryError):
            return False

    def keep_former(self, origin: str) -> None:
        """Keep the published checkpoint, if it is another log's, in whose place the one of this name comes: it is that one's last.

        Raises IssuerError `log_checkpoint_damaged`, OSError.
        """
        if (last := self.checkpoint()) and last.checkpoint.origin != origin:
            name = last.checkpoint.origin.replace("/", "~")
            whole.write({self._folder / FORMER / name: last.note}, mode=0o644, durable=self._durable, beside=self._folder)

    def put_checkpoint(self, data: bytes) -> None:
        """Publish a checkpoint: from now on, readers ask for what stands under it. Raises OSError."""
        whole.clear(self._folder)  # of what killed runs began: everything is begun here, tiles too
        whole.write({self._folder / CHECKPOINT: data}, mode=0o644, durable=self._durable)

    def tidy(self, full: Iterable[Tile | Bundle]) -> None:
        """Remove the parts of tiles that are full for so long that the next one is full as well: readers then take the full one."""
        for each in full:
            if each.index:
                before = Bundle(each.index - 1, 1) if isinstance(each, Bundle) else Tile(each.level, each.index - 1, 1)
                shutil.rmtree((self._folder / before.path()).parent, ignore_errors=True)


class Later:
    """Files that wait until somebody knows that they may be published: in memory, or in a file without a name beside their places."""

    def __init__(self, files: LogFiles, file: SpooledTemporaryFile[bytes]) -> None:
        """Take where they will be, and what keeps them."""
        self._files, self._file = files, file
        self._waiting: list[tuple[str, int]] = []

    def add(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Keep files by their paths in the log. Raises OSError."""
        for path, data in files:
            if not self._files.has(path, data):
                self._file.write(data)
                self._waiting.append((path, len(data)))

    def put(self) -> None:
        """Write them, in their order. Raises OSError."""
        self._file.seek(0)
        for start in range(0, len(self._waiting), _OPEN_MOST):
            self._files.put({path: self._file.read(size) for path, size in self._waiting[start : start + _OPEN_MOST]})


def entries_in(folder: Path, size: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the first `size` published entries, a bundle at a time, with the place of the first. Raises TileError, OSError."""
    for start in range(0, size, WIDTH):
        width = min(WIDTH, size - start)
        yield start, _bundle(folder, start // WIDTH, width)


def _bundle(folder: Path, number: int, width: int) -> list[bytes]:
    """Return the first entries of a bundle; of the full one where the part is gone."""
    try:
        return bundles.parse((folder / Bundle(number, width).path()).read_bytes(), width)
    except FileNotFoundError:
        return bundles.parse((folder / Bundle(number).path()).read_bytes(), WIDTH)[:width]
