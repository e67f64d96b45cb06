"""Tables for spreadsheets: CSV (RFC 4180) that Excel reads as UTF-8, or a workbook; nothing that somebody typed is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from flask import Response

from . import workbooks
from .cells import neutral
from .downloads import download

#: What a table is downloaded as.
Form = Literal["csv", "xlsx"]
_MARK = "\ufeff"


def safe(cell: object) -> str:
    """Return a cell that is only ever text (a spreadsheet skips white space before a formula), or a number as it is; empty for None."""
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, int | float) else neutral(str(cell).strip())


def both(names: Mapping[str, Mapping[str, str]], code: str) -> tuple[str, str, str]:
    """Return three cells: a code and its names, Arabic and English; a code without names has none."""
    name = names.get(code, {})
    return code, name.get("ar", ""), name.get("en", "")


def heads(what: str) -> tuple[str, str, str]:
    """Return the headings over `both`."""
    return what, f"{what} (ar)", f"{what} (en)"


def csv_of(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV."""
    written = io.StringIO()
    table = csv.writer(written, quoting=csv.QUOTE_MINIMAL)
    table.writerows([safe(cell) for cell in row] for row in (header, *rows))
    return (_MARK + written.getvalue()).encode()


def answer(name: str, header: Sequence[str], rows: Iterable[Sequence[object]], form: Form = "csv") -> Response:
    """Return a table as a download."""
    if form == "xlsx":
        return download(workbooks.xlsx_of(name, header, rows), workbooks.MEDIA, f"{name}.xlsx")
    return download(csv_of(header, rows), "text/csv; charset=utf-8", f"{name}.csv")
