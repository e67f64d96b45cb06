"""One row of a file, before anybody judged it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Row(NamedTuple):
    """A row as the file has it.

    `line` is where a person finds it: the first of its lines in a text (the header is 1), its row in a sheet, the number of a GeoJSON
    feature. `cells` are as written, `fields` the same by column. `fault` is the code of what is wrong with the row as a whole, or "".
    """

    line: int
    cells: tuple[str, ...]
    fields: Mapping[str, str]
    fault: str
