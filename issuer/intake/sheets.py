"""What the XML of a sheet says besides its values: rows that are hidden, cells that are merged, formulas that nobody calculated.

Read in one pass over the parts of a workbook, in bounded memory, before openpyxl reads the values.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import IO

from openpyxl.utils import range_boundaries

ROWS_MAX = 1_048_576  # of a sheet; a row may claim any number
_MERGES_MAX = 100_000
_CHUNK, _OVERLAP = 1 << 20, 10_000
_FORMULA = re.compile(rb"<c\b([^<>]*)>\s*<f\b[^<>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_HIDDEN = re.compile(rb'<row\b(?=[^<>]*\shidden="(?:1|true)")[^<>]*\sr="([0-9]{1,7})"')
_MERGED = re.compile(rb'<mergeCell\b[^<>]*\sref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')


@dataclass
class Sheet:
    """One sheet's facts. `tall` are merged cells over several rows: by column (from 0) the first and last row of each, in order."""

    uncalculated: bool = False
    tall: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    _hidden: bytearray = field(default_factory=lambda: bytearray(ROWS_MAX // 8 + 1))

    def is_hidden(self, row: int) -> bool:
        """Say whether a row (from 1) is hidden, by hand or by a filter."""
        return bool(self._hidden[row >> 3] >> (row & 7) & 1) if row <= ROWS_MAX else False

    def hide(self, row: int) -> None:
        """Remember a hidden row."""
        if row <= ROWS_MAX:
            self._hidden[row >> 3] |= 1 << (row & 7)

    def merged_at(self, column: int, row: int) -> int:
        """Return the first row of the merged cell that holds a cell below its first row, 0 if none does."""
        spans = self.tall.get(column, [])
        place = bisect_right(spans, (row, 0)) - 1
        return spans[place][0] if place >= 0 and spans[place][0] < row <= spans[place][1] else 0


def inspect(stream: IO[bytes]) -> Sheet:
    """Return the facts of the sheet whose XML `stream` is."""
    sheet, tail, merges = Sheet(), b"", 0
    while chunk := stream.read(_CHUNK):
        window = tail + chunk
        if b"<f" in window and any(b't="str"' not in match[1] for match in _FORMULA.finditer(window)):
            sheet.uncalculated = True
        if b"hidden=" in window:
            for match in _HIDDEN.finditer(window):
                sheet.hide(int(match[1]))
        if b"<mergeCell" in window and merges < _MERGES_MAX:
            for match in _MERGED.finditer(window):
                merges += 1
                _merge(sheet, match[1].decode())
        tail = window[-_OVERLAP:]
    for spans in sheet.tall.values():
        spans[:] = sorted(set(spans))  # what stood in two windows was found twice
    return sheet


def _merge(sheet: Sheet, span: str) -> None:
    left, top, _, bottom = range_boundaries(span)
    if left and top and bottom and bottom > top:
        sheet.tall.setdefault(left - 1, []).append((top, bottom))
