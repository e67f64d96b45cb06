"""How a column writes its days, judged by all of its rows: «3/4/2026» alone is the third of April or the fourth of March.

A sheet that read some days itself and left others as texts is the same fault in another dress: where its language has the month first, it
reads 3/4 as a day and leaves 15/3 a text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from seal.errors import LicenseError

from .dates import in_range, parse, written
from .row import Row

COLUMNS = ("valid_from", "valid_until")
_MONTHS = 12
_REMEMBERED = 4_096  # texts; a file has few different days


class Notation(NamedTuple):
    """What a column proves: lines of the first day written with the month or the day first, and of one the sheet read; 0 for none.

    `read_beyond` says that the sheet read a day after the twelfth, which it cannot have taken for a month.
    """

    month_first: int = 0
    day_first: int = 0
    read: int = 0
    read_beyond: bool = False

    def day(self, text: str, field: str, *, read: bool) -> date | None:
        """Return the day in a cell of this column, None for an empty one; `read` says that the sheet holds it as a day.

        Raises LicenseError: what dates.parse raises; `date_month_first`, `date_mixed`, `date_half_read` for a day that may be another.
        """
        found = written(text)
        if not found:
            return parse(text, field)
        if read:
            if self._half_read and found.day.day <= _MONTHS and found.day.day != found.day.month:
                raise LicenseError("date_half_read", field, str(self.day_first or self.month_first))
            return in_range(found.day, field)
        if self.month_first and (found.order == "month" or found.swapped):
            if self.day_first:
                raise LicenseError("date_mixed", field, f"{self.month_first}, {self.day_first}")
            raise LicenseError("date_month_first", field, str(self.month_first))
        return parse(text, field)

    @property
    def _half_read(self) -> bool:
        return bool(self.read and (self.month_first or self.day_first)) and not self.read_beyond


NOTHING_PROVED = Notation()


@dataclass
class Evidence:
    """Collects what one column proves, row by row."""

    notation: Notation = NOTHING_PROVED
    _plain: set[str] = field(default_factory=set)  # texts that prove nothing

    def add(self, row: Row, column: str) -> None:
        """Look at one row."""
        text = row.fields.get(column, "")
        if text in self._plain and column not in row.typed:
            return
        found = written(text)
        if not found or (not found.order and column not in row.typed):
            if len(self._plain) < _REMEMBERED:
                self._plain.add(text)
            return
        held = self.notation
        if column in row.typed:
            self.notation = held._replace(read=held.read or row.line, read_beyond=held.read_beyond or found.day.day > _MONTHS)
        elif found.order == "month" and not held.month_first:
            self.notation = held._replace(month_first=row.line)
        elif found.order == "day" and not held.day_first:
            self.notation = held._replace(day_first=row.line)
