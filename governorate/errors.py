"""What a governorate's files are refused for. Every code has its sentence in data/sentences.json."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from seal.catalogue import Catalogue
from storage.errors import KhatmError

SENTENCES = Catalogue("governorate")

_Read = TypeVar("_Read")
_Written = TypeVar("_Written")


class GovernorateError(KhatmError):
    """A governorate's files cannot be used, or not with the keys and lists that are here."""


class RuleError(GovernorateError):
    """A data file of rules must not be used. `file` and `line` (from 1) say where; both are in `detail` for the reader.

    What reads a whole file reads on after a fault: `all` holds this one and those found after it, in the order of finding.
    """

    def __init__(self, code: str, file: str, line: int, what: str = "") -> None:
        super().__init__(code, f"{file}:{line}" + (f": {what}" if what else ""))
        self.file = file
        self.line = line
        self.all: tuple[RuleError, ...] = (self,)


class Faults:
    """Gathers what is wrong with parts that do not depend on each other."""

    def __init__(self) -> None:
        self._found: list[RuleError] = []

    def add(self, fault: RuleError) -> None:
        """Note a fault."""
        self._found += fault.all

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note what the block refuses, and go on after it."""
        try:
            yield
        except RuleError as error:
            self.add(error)

    def each(self, entries: Mapping[str, _Written], read: Callable[[str, _Written], _Read]) -> dict[str, _Read]:
        """Return what could be read of the entries, by their keys."""
        found: dict[str, _Read] = {}
        for code, entry in entries.items():
            with self.noted():
                found[code] = read(code, entry)
        return found

    def every(self, items: Sequence[_Written], read: Callable[[_Written], _Read]) -> list[_Read]:
        """Return what could be read of the items."""
        return list(self.each({str(place): item for place, item in enumerate(items)}, lambda _, item: read(item)).values())

    def settle(self) -> None:
        """Return if nothing was wrong. Raises the first RuleError, which holds all."""
        if self._found:
            first, *_ = self._found
            first.all = tuple(self._found)
            raise first


def gathered(entries: Mapping[str, _Written], read: Callable[[str, _Written], _Read]) -> dict[str, _Read]:
    """Return all entries as they are read, by their keys. Raises RuleError, with all that is wrong in any."""
    faults = Faults()
    found = faults.each(entries, read)
    faults.settle()
    return found
