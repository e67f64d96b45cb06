"""Cycles of garbage looked for between batches, not all the time.

CPython looks at all young objects whenever 700 more were made than let go of. A batch makes a hundred thousand of them that live until it
is done and hold no cycles, and they are gone over again and again: a third of what issuing cost the register's process.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def between() -> Iterator[Callable[[], object]]:
    """Look for cycles only when what is handed out is called, between batches, so that memory stays flat; never at what was there."""
    was_on = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield gc.collect
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()
