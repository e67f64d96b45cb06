"""The services that an office offers, read from its file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from .service import Services


@cache
def default() -> Services:
    """Return the services that come with the program."""
    raise NotImplementedError(files)


def load(path: Path) -> Services:
    """Return the services of a file of one's own. Raises RuleError, which names file and line."""
    raise NotImplementedError(path)
