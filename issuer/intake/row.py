"""One row of a file, before anybody judged it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Kind = Literal["date", "boolean", "number"]
#: Columns that hold what somebody wrote, and nothing that a program computed.
TEXTS = ("trade_name", "trade_name_en", "activity", "holder", "address", "source_id")
COORDINATES = ("latitude", "longitude")


class Typed(NamedTuple):
    """A cell that is no text in its file. `cell` is its place as spreadsheets name it (C3), "" where there is none."""

    kind: Kind
    cell: str = ""


_ALL_TEXTS: Mapping[str, Typed] = MappingProxyType({})


class Row(NamedTuple):
    """A row as the file has it.

    `line` is where a person finds it: the first of its lines in a text (the header is 1), its row in a sheet, the number of a GeoJSON
    feature. `cells` are as written, `fields` the same by column. `fault` is the code of what is wrong with the row as a whole, or "".
    `typed` are the fields that are not texts where that matters: what people read, days, and coordinates.
    """

    line: int
    cells: tuple[str, ...]
    fields: Mapping[str, str]
    fault: str
    typed: Mapping[str, Typed] = _ALL_TEXTS

    def text(self, column: str) -> str:
        """Return what the row has in a column, "" if the file has no such column."""
        return self.fields.get(column, "")
