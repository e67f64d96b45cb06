"""XLSX: the first sheet of a workbook, as its cells show it. Read row by row, after a look at what the archive would unpack to."""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from openpyxl import load_workbook
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook.workbook import Workbook

from . import columns
from .columns import Header
from .errors import IntakeError
from .row import Row

PACKED_MAX = 100 << 20
UNPACKED_MAX = 600 << 20  # 200,000 licenses are about 250 MB of XML
TEXTS_MAX = 150 << 20  # shared strings: the one part that openpyxl keeps in memory
_RATIO_MAX, _RATIO_FROM = 250, 1 << 20
_MEMBERS_MAX = 500
_COLUMNS_MAX = 64
_ROWS_MAX = 1_048_576  # of a sheet; a row may claim any number, and would be counted up to
_BATCH = 200
_DAYS = ("valid_from", "valid_until")
_SERIALS = range(36_526, 130_001)  # Excel's numbers of the days from 2000 to 2255
_FORMULA = re.compile(rb"<c\b([^<>]*)>\s*<f\b[^<>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_CHUNK, _OVERLAP = 1 << 20, 10_000

# openpyxl has no error of its own for a broken workbook; these are what its readers let through.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, OSError, EOFError, NotImplementedError, RuntimeError, OverflowError),
    *(SyntaxError, KeyError, IndexError, ValueError, TypeError, AttributeError),
)


def read(stream: BinaryIO) -> tuple[Header, Iterator[Row]]:
    """Return the header of the first sheet, and its rows. Raises IntakeError, and so does the iterator."""
    try:
        _inspect(stream)
        with warnings.catch_warnings(action="ignore"):  # openpyxl warns of styles and charts that it leaves out
            book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except _BROKEN as error:
        raise _broken(error) from error
    filled = _filled(book)
    first = next(filled, None)
    if first is None:
        raise IntakeError("file_empty")
    cells = [_text(value) for value in first[1]]
    while not cells[-1]:
        cells.pop()
    header = columns.parse(cells)
    return header, _rows(filled, header, book.epoch)


def _broken(error: BaseException) -> IntakeError:
    return IntakeError("file_unreadable", f"workbook: {type(error).__name__}")


def _inspect(stream: BinaryIO) -> None:
    """Return if the archive is of a size to be unpacked, and every formula in it has its value. Raises IntakeError."""
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        packed = sum(member.compress_size for member in members)
        if packed > PACKED_MAX or sum(member.file_size for member in members) > UNPACKED_MAX or len(members) > _MEMBERS_MAX:
            raise IntakeError("file_too_large", f"more than {UNPACKED_MAX >> 20} MB when unpacked")
        for member in members:
            texts = member.filename.endswith("sharedStrings.xml") and member.file_size > TEXTS_MAX
            if texts or (member.file_size > _RATIO_FROM and member.file_size > _RATIO_MAX * member.compress_size):
                raise IntakeError("file_too_large", "a part of the workbook is packed too tightly or too large")
        for member in members:
            if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml"):
                _check_formulas(archive, member)


def _check_formulas(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """A formula that no program calculated reads as an empty cell: an empty last day would make a license open-ended."""
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            window = tail + chunk
            if b"<f" in window and any(b't="str"' not in match[1] for match in _FORMULA.finditer(window)):
                raise IntakeError("file_formulas", "formulas without values")
            tail = window[-_OVERLAP:]


def _filled(book: Workbook) -> Iterator[tuple[int, tuple[object, ...]]]:
    """Yield the number and values of each row that is not empty."""
    sheets = book.worksheets
    if not sheets:
        return
    sheet = sheets[0]
    sheet.reset_dimensions()  # what a sheet says of its own size may leave rows out
    rows = enumerate(sheet.iter_rows(max_col=_COLUMNS_MAX, values_only=True), 1)
    batch: list[tuple[int, tuple[object, ...]]] = [(0, ())]
    while batch:
        try:
            with warnings.catch_warnings(action="ignore"):  # a date out of range becomes '#VALUE!', which is refused later
                batch = list(islice(rows, _BATCH))
        except _BROKEN as error:
            raise _broken(error) from error
        if batch and batch[-1][0] > _ROWS_MAX:
            raise IntakeError("file_too_large", f"more than {_ROWS_MAX} rows")
        yield from ((number, values) for number, values in batch if any(value is not None and value != "" for value in values))


def _rows(filled: Iterator[tuple[int, tuple[object, ...]]], header: Header, epoch: datetime) -> Iterator[Row]:
    width = len(header.columns)
    days = [index for index, column in enumerate(header.columns) if column in _DAYS]
    beyond = (None,) * (_COLUMNS_MAX - width)
    for number, values in filled:
        cells = list(map(_text, values[:width]))
        for index in days:
            cells[index] = _day(values[index], cells[index], epoch)
        if values[width:] == beyond:
            yield Row(number, tuple(cells), dict(zip(header.columns, cells, strict=True)), "")
        else:
            yield Row(number, (*cells, *map(_text, values[width:])), {}, "columns_surplus")


def _text(value: object) -> str:
    """Return a cell as text: no decimals where there are none, days as ISO."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return repr(value) if 1e-4 <= abs(value) < 1e15 else f"{value:.12f}"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value)


def _day(value: object, text: str, epoch: datetime) -> str:
    """Return a number in a column of days as the day it is: a sheet keeps days as numbers, and the cell only lost its format."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value in _SERIALS:
        return str(from_excel(value, epoch))
    return text
