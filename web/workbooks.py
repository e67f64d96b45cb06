"""Tables as workbooks (XLSX, ECMA-376): numbers stay numbers, and what somebody typed is text, never a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from .cells import neutral

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH_MOST = 48
_TITLE_MOST = 31  # a sheet's name: so long, and without these
_NOT_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))


def xlsx_of(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as a workbook of one sheet, whose first row stays in sight."""
    from openpyxl import Workbook  # noqa: PLC0415 - only who asks for a workbook loads it
    from openpyxl.styles import Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = Workbook()
    sheet = book.create_sheet(title.translate(_NOT_IN_TITLES)[:_TITLE_MOST], 0)
    book.remove(book.worksheets[1])
    widths = [len(cell) for cell in header]
    for line, row in enumerate((header, *rows), 1):
        for column, value in enumerate(row, 1):
            written = _value(value)
            cell = sheet.cell(line, column)
            cell.value = written
            if isinstance(written, str):
                cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula
                cell.number_format = "@"
            widths[column - 1] = max(widths[column - 1], len(str(written)))
    for column, width in enumerate(widths, 1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = min(width, _WIDTH_MOST) + 2
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _value(cell: object) -> int | float | str | None:
    if cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)):
        return cell
    text = neutral(str(cell).strip())
    return "".join(each if each in "\t\n" or ord(each) >= 32 else f"[U+{ord(each):04X}]" for each in text)  # XML 1.0 §2.2 has no others
