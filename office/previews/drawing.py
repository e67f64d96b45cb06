"""Pages of documents, drawn on asking, a few at once; the last ones are remembered in memory, none is ever written to a disk.

So is what could not be drawn: a document that uses up all that a page may take does so once, not each time somebody looks.
"""

from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Literal, NamedTuple

from .confined import HEAD, PAGES_MOST, SIDES
from .errors import SAID, PreviewError

Zoom = Literal["fit", "full"]

WALL_SECONDS = 12.0
AT_ONCE = 2  # processes that draw, of each worker
PATIENCE_SECONDS = 8.0  # to wait for one of them
REMEMBERED_MOST = 16 << 20  # octets of pictures, of each worker
_REFUSAL_OCTETS = 1 << 10  # what a refusal counts as
_TIME = "time"  # a refusal that may come of a busy machine, and is not remembered
_JPEG = b"\xff\xd8\xff"
_ROOT = Path(__file__).resolve().parents[2]

__all__ = ["PAGES_MOST", "SIDES", "Page", "Previews", "Zoom", "draw"]


class Page(NamedTuple):
    """A drawn page: a JPEG of `width` by `height` pixels, and how many pages its document has."""

    content: bytes
    pages: int
    width: int
    height: int


class _Asked(NamedTuple):
    digest: bytes
    page: int
    zoom: Zoom


def draw(content: bytes, media: str, *, page: int, zoom: Zoom) -> Page:
    """Return a page of a document (1 is the first), drawn by a process of its own. Raises PreviewError."""
    command = [sys.executable, "-B", "-m", "office.previews.confined", media, str(page), zoom]
    try:
        # No variable of this process: passphrases are none of its business.
        done = subprocess.run(command, input=content, capture_output=True, timeout=WALL_SECONDS, check=False, cwd=_ROOT, env={})
    except subprocess.TimeoutExpired as error:
        raise PreviewError("preview_costly", _TIME) from error
    if done.returncode == 0:
        return _read(done.stdout)
    code = done.stdout.decode("ascii", "replace")
    # A process that ended in another way than by a code of ours ran into its bounds, or its program fell.
    raise PreviewError(code if code in SAID else "preview_costly", f"exit {done.returncode}")


def _read(output: bytes) -> Page:
    """Return what the process wrote, if it is a picture: whoever broke it may have it write anything."""
    picture = output[HEAD.size :]
    if not picture.startswith(_JPEG):
        raise PreviewError("preview_broken", "no picture")
    pages, width, height = HEAD.unpack(output[: HEAD.size])
    return Page(picture, pages, width, height)


class Previews:
    """The pages that a worker of the desk draws. Threads share it; whoever asks has been let in by the document's own rules."""

    def __init__(self) -> None:
        self._drawing = BoundedSemaphore(AT_ONCE)
        self._lock = Lock()
        self._remembered: OrderedDict[_Asked, Page | PreviewError] = OrderedDict()
        self._octets = 0

    def page(self, digest: bytes, content: bytes, media: str, *, page: int, zoom: Zoom) -> Page:
        """Return a page of the document `content`, whose SHA-256 is `digest`. Raises PreviewError."""
        asked = _Asked(digest, page, zoom)
        held = self._recall(asked)
        if held is None:
            with self._turn():
                held = self._recall(asked) or self._draw(asked, content, media)  # somebody may have drawn it while this one waited
        if isinstance(held, PreviewError):
            raise PreviewError(held.code, held.detail)
        return held

    def _draw(self, asked: _Asked, content: bytes, media: str) -> Page | PreviewError:
        try:
            made: Page | PreviewError = draw(content, media, page=asked.page, zoom=asked.zoom)
        except PreviewError as error:
            if error.detail == _TIME:
                raise
            made = error.with_traceback(None)
        self._remember(asked, made)
        return made

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._drawing.acquire(timeout=PATIENCE_SECONDS):
            raise PreviewError("preview_busy")
        try:
            yield
        finally:
            self._drawing.release()

    def _recall(self, asked: _Asked) -> Page | PreviewError | None:
        with self._lock:
            if asked in self._remembered:
                self._remembered.move_to_end(asked)
            return self._remembered.get(asked)

    def _remember(self, asked: _Asked, made: Page | PreviewError) -> None:
        with self._lock:
            if asked in self._remembered:
                return
            self._remembered[asked] = made
            self._octets += _octets(made)
            while self._octets > REMEMBERED_MOST:
                _, gone = self._remembered.popitem(last=False)
                self._octets -= _octets(gone)


def _octets(made: Page | PreviewError) -> int:
    return len(made.content) if isinstance(made, Page) else _REFUSAL_OCTETS
