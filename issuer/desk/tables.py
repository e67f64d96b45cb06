"""Tables for spreadsheets: CSV (RFC 4180) that Excel reads as UTF-8, and in which nothing that somebody typed is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from issuer.intake.refusals import neutral

from .applying import download

_MARK = "\ufeff"


def safe(cell: object) -> str:
    """Return a cell that is only ever text (a spreadsheet skips white space before a formula), or a whole number as it is."""
    return str(cell) if isinstance(cell, int) else neutral(str(cell).strip())


def csv_of(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV."""
    written = io.StringIO()
    table = csv.writer(written, quoting=csv.QUOTE_MINIMAL)
    table.writerows([safe(cell) for cell in row] for row in (header, *rows))
    return (_MARK + written.getvalue()).encode()


def answer(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a table as a download."""
    return download(csv_of(header, rows), "text/csv; charset=utf-8", f"{name}.csv")
