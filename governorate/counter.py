"""How the counter of a centre works, read from counter.yaml: whether money needs a drawer."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from . import folder, yaml_values
from .errors import Faults
from .yaml_values import YamlValue


class Counter(NamedTuple):
    """The rules of the counter. `drawers`: cash and cards are taken into a cashier's open drawer, and nowhere else."""

    drawers: bool = False


def default() -> Counter:
    """Return the counter's rules of this process's governorate. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Counter:
    """Return the counter's rules by the file of a governorate's folder; without the file none is in force. Raises RuleError."""
    path = where / folder.COUNTER
    return read(yaml_values.read(path)) if path.exists() else Counter()


def read(written: YamlValue) -> Counter:
    """Return the rules of a file that was read. Raises RuleError, which names file and line."""
    entries, faults = written.mapping(required=("drawers",)), Faults()
    drawers = False
    with faults.noted():
        drawers = entries["drawers"].one_of(("required", "optional")) == "required"
    faults.settle()
    return Counter(drawers)
