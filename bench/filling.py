"""Rows by the million, made up to measure over: nobody stands for them, so they leave no acts."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from office.database import DATABASE
from storage.database import open_database


@contextmanager
def unwatched(engine: Engine) -> Iterator[Engine]:
    """Open the database of an engine once more, without what makes acts."""
    schema = replace(DATABASE, attach=lambda _: None)
    other = open_database(schema, engine.url.render_as_string(hide_password=False), create=False)
    try:
        yield other
    finally:
        other.dispose()


def quiet() -> None:
    """Wait for a calm machine: until the file that BENCH_WAIT names is there, or not at all.

    Filling takes many minutes, in which a machine may do other work as well; what is timed afterwards must have it alone.
    """
    if waited := os.environ.get("BENCH_WAIT"):  # noqa: TID251 - a script
        print(f"filled; measuring begins when {waited} is there", file=sys.stderr, flush=True)
        while not Path(waited).exists():
            time.sleep(1)
