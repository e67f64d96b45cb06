"""Tables as workbooks (XLSX, ECMA-376): numbers stay numbers, and what somebody typed is text, never a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from itertools import chain, islice, zip_longest
from typing import Any

from .cells import neutral

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH_MOST = 48
_LOOKED_AT = 200  # rows, for the widths of the columns
_TITLE_MOST = 31  # a sheet's name: so long, and without these
_NOT_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))


def xlsx_of(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as a workbook of one sheet, whose first row stays in sight.

    Rows are written as they come: of a long table no more is in memory than the file itself.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - only who asks for a workbook loads it
    from openpyxl.cell import Cell, WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title.translate(_NOT_IN_TITLES)[:_TITLE_MOST])

    plain, bold = WriteOnlyCell(sheet), WriteOnlyCell(sheet)
    plain.number_format = bold.number_format = "@"
    bold.font = Font(bold=True)

    def cell(value: int | float | str | None, like: Any = plain) -> Any:
        if not isinstance(value, str):
            return value
        made = Cell(sheet, 1, 1, value, like._style)  # a style of its own for each would be looked up for each
        made.data_type = "s"  # openpyxl takes a text that begins with = for a formula
        return made

    following = ([_value(each) for each in row] for row in rows)
    first = list(islice(following, _LOOKED_AT))
    sheet.freeze_panes = "A2"  # what stands before the rows has to be said before them
    for column, width in enumerate(_widths(header, first), 1):
        sheet.column_dimensions[get_column_letter(column)].width = min(width, _WIDTH_MOST) + 2
    sheet.append([cell(_value(text), bold) for text in header])
    for values in chain(first, following):
        sheet.append([cell(each) for each in values])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _widths(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[int]:
    """Return how many letters the longest cell of each column has, by the first rows of a table."""
    shown = [[str(cell) for cell in row] for row in (header, *rows)]
    return [max(map(len, column)) for column in zip_longest(*shown, fillvalue="")]


def _value(cell: object) -> int | float | str | None:
    if cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)):
        return cell
    text = neutral(str(cell).strip())
    return "".join(each if each in "\t\n" or ord(each) >= 32 else f"[U+{ord(each):04X}]" for each in text)  # XML 1.0 §2.2 has no others
