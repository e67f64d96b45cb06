"""The press: a process of its own that sets papers, one after the other.

What sets them is not made for several threads, takes up to a second, and holds memory that it does not give back in full. So a web server's
workers stay small, and the press begins anew after `PAPERS` papers. It ends with the process that began it, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing.util import Finalize
from threading import BoundedSemaphore, Lock, Thread
from types import TracebackType
from typing import Self

from issuer.errors import IssuerError
from web.apart import NICE

from . import fonts
from .notice_sheet import Paper
from .sticker_sheet import StickerSheet

PAPERS = 100  # of one process
WAITING = 10  # papers at once: who asks for more is told to come again, or a crowd would hold all of a server's threads (16)
PATIENCE_SECONDS = 60.0


class Press:
    """Sets papers for as many threads as ask. Use it as a context manager, or `close` it."""

    def __init__(self, *, papers: int = PAPERS) -> None:
        self._papers = papers
        self._room = BoundedSemaphore(WAITING)
        self._asked = 0  # for a monitor: no lock, so perhaps not exact
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._begun = 0  # papers of this pool
        self._scratch = ""  # its folder for fonts

    def render(self, sheet: Paper | StickerSheet) -> bytes:
        """Return the paper as PDF/A-3a; stickers, which nobody keeps, as PDF.

        Raises IssuerError: `paper_too_full`, `paper_busy` if too many wait already, `paper_failed` if the process died or took too long.
        """
        if not self._room.acquire(blocking=False):
            raise IssuerError("paper_busy")
        self._asked += 1
        try:
            return self._begin(sheet).result(timeout=PATIENCE_SECONDS)
        except (BrokenProcessPool, TimeoutError) as error:
            self.close()
            raise IssuerError("paper_failed", sheet.number) from error
        finally:
            self._asked -= 1
            self._room.release()

    def count(self) -> int:
        """Return how many papers are set or wait."""
        return self._asked

    def close(self) -> None:
        """End the process; the next paper starts another."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            for process in list((pool._processes or {}).values()):  # one that hangs would never end by itself
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
            shutil.rmtree(self._scratch, ignore_errors=True)  # whoever is ended leaves what was open

    def _begin(self, sheet: Paper | StickerSheet) -> Future[bytes]:
        with self._lock:
            if self._pool is not None and self._begun >= self._papers:
                self._pool.shutdown(wait=False)  # it sets what was asked of it, and ends
                self._pool = None
            if self._pool is None:
                # Spawned, not forked: a server's threads and locks are no part of it. The executor's own limit of tasks can hang (CPython
                # issue 115634), so papers are counted here.
                self._scratch = tempfile.mkdtemp(prefix="khatm-press-")
                self._pool, self._begun = _begun(fonts.kept(), self._scratch), 0
            self._begun += 1
            return self._pool.submit(_render, sheet)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


@cache
def shared() -> Press:
    """Return the press of this process, for all of its threads."""
    return Press()


def _begun(rules: str | None, scratch: str) -> ProcessPoolExecutor:
    """Start a process. The first one makes the fonts, and tells their rules: those after it need not."""
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _prepare, (rules, scratch))
    if rules is None:
        pool.submit(fonts.style).add_done_callback(_keep)
    return pool


def _keep(told: Future[str]) -> None:
    if not told.cancelled() and told.exception() is None:
        fonts.keep(told.result())


def _prepare(rules: str | None, scratch: str) -> None:
    tempfile.tempdir = scratch  # what sets papers puts fonts into a folder, which is to end with this process however that ends
    Finalize(None, shutil.rmtree, (scratch,), {"ignore_errors": True}, exitpriority=1)
    if rules is not None:
        fonts.keep(rules)
    os.nice(NICE)  # pages go before papers, where both want the processor
    _end_with_parent(scratch)


def _end_with_parent(scratch: str) -> None:
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        shutil.rmtree(scratch, ignore_errors=True)
        os._exit(0)

    Thread(target=wait, daemon=True).start()


def _render(sheet: Paper | StickerSheet) -> bytes:
    if isinstance(sheet, StickerSheet):
        from . import sticker_pdf  # noqa: PLC0415 - as below

        return sticker_pdf.render(sheet)
    from . import pdf  # noqa: PLC0415 - WeasyPrint is loaded where papers are set, and nowhere else

    return pdf.render(sheet)
