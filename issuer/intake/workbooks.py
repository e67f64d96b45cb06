"""XLSX: the sheet that has the headings, as its cells show it. Read row by row, after a look at what the archive would unpack to."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from itertools import islice
from types import NoneType
from typing import Any, BinaryIO

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.exceptions import InvalidFileException

from . import columns
from .columns import Header
from .errors import IntakeError
from .row import COORDINATES, TEXTS, Kind, Row, Typed
from .sheets import ROWS_MAX, Sheet, inspect

PACKED_MAX = 100 << 20
UNPACKED_MAX = 600 << 20  # 200,000 licenses are about 250 MB of XML
TEXTS_MAX = 150 << 20  # shared strings: the one part that openpyxl keeps in memory
_RATIO_MAX, _RATIO_FROM = 250, 1 << 20
_MEMBERS_MAX = 500
_COLUMNS_MAX = 64
_BATCH = 200
_DAYS = ("valid_from", "valid_until")
_SERIALS = range(36_526, 130_001)  # Excel's numbers of the days from 2000 to 2255

# openpyxl has no error of its own for a broken workbook; these are what its readers let through.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, OSError, EOFError, NotImplementedError, RuntimeError, OverflowError),
    *(SyntaxError, KeyError, IndexError, ValueError, TypeError, AttributeError),
)


def read(stream: BinaryIO) -> tuple[Header, Iterator[Row]]:
    """Return the headings of the first sheet that has any, and the rows under them. Raises IntakeError, and so does the iterator."""
    try:
        parts = _inspect(stream)
        with warnings.catch_warnings(action="ignore"):  # openpyxl warns of styles and charts that it leaves out
            book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except _BROKEN as error:
        raise _broken(error) from error
    header, opened, others = _headed([_Opened(each, parts) for each in book.worksheets])
    header = header._replace(sheets=tuple(each.title for each in others if each.holds_something()))
    return header, _rows(opened, header, book.epoch)


def _broken(error: BaseException) -> IntakeError:
    return IntakeError("file_unreadable", f"workbook: {type(error).__name__}")


def _inspect(stream: BinaryIO) -> dict[str, Sheet]:
    """Return what there is to know of each part that is a sheet, if the archive is of a size to be unpacked and every formula in it has its
    value: one that no program calculated reads as an empty cell, and an empty last day makes a license open-ended. Raises IntakeError.
    """
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        packed = sum(member.compress_size for member in members)
        if packed > PACKED_MAX or sum(member.file_size for member in members) > UNPACKED_MAX or len(members) > _MEMBERS_MAX:
            raise IntakeError("file_too_large", f"more than {UNPACKED_MAX >> 20} MB when unpacked")
        for member in members:
            texts = member.filename.endswith("sharedStrings.xml") and member.file_size > TEXTS_MAX
            if texts or (member.file_size > _RATIO_FROM and member.file_size > _RATIO_MAX * member.compress_size):
                raise IntakeError("file_too_large", "a part of the workbook is packed too tightly or too large")
        found = {}
        for member in members:
            if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml"):
                with archive.open(member) as part:
                    found[member.filename] = sheet = inspect(part)
                if sheet.uncalculated:
                    raise IntakeError("file_formulas", "formulas without values")
        return found


class _Opened:
    """A sheet whose rows can be read once. What stands in a merged cell stands in each of its rows."""

    def __init__(self, sheet: Any, parts: Mapping[str, Sheet]) -> None:
        self._sheet = sheet
        self.title: str = sheet.title
        self.shown: bool = sheet.sheet_state == "visible"
        self.facts = parts.get(sheet._worksheet_path.lstrip("/"), Sheet())
        self.rows = self._filled()
        self._above: dict[int, tuple[int, object]] = {}
        self._began = False

    def headings(self) -> Header:
        """Return the headings, which `rows` then goes on behind. Raises IntakeError `file_empty`, `file_columns_…`."""
        first = ((number, _trimmed(values)) for number, values in islice(self.rows, columns.HEADINGS_WITHIN))
        return columns.search(first)

    def holds_something(self) -> bool:
        """Say whether a sheet that is not read holds any row, or anything at all that cannot be read."""
        try:
            return self._began or next(self.rows, None) is not None
        except IntakeError:
            return True

    def _filled(self) -> Iterator[tuple[int, tuple[object, ...]]]:
        """Yield the number and values of each row that is not empty."""
        self._sheet.reset_dimensions()  # what a sheet says of its own size may leave rows out
        rows = enumerate(self._sheet.iter_rows(max_col=_COLUMNS_MAX, values_only=True), 1)
        batch: list[tuple[int, tuple[object, ...]]] = [(0, ())]
        while batch:
            try:
                with warnings.catch_warnings(action="ignore"):  # a date out of range becomes '#VALUE!', which is refused later
                    batch = list(islice(rows, _BATCH))
            except _BROKEN as error:
                raise _broken(error) from error
            if batch and batch[-1][0] > ROWS_MAX:
                raise IntakeError("file_too_large", f"more than {ROWS_MAX} rows")
            for number, values in batch:
                if any(value is not None and value != "" for value in values):
                    self._began = True
                    yield number, self._merged(number, values) if self.facts.tall else values

    def _merged(self, number: int, values: tuple[object, ...]) -> tuple[object, ...]:
        filled = list(values)
        for column in self.facts.tall:
            if column >= len(filled):
                continue
            first = self.facts.merged_at(column, number)
            if first and filled[column] is None:
                filled[column] = self._above[column][1] if self._above.get(column, (0, None))[0] == first else None
            else:
                self._above[column] = number, filled[column]
        return tuple(filled)


def _trimmed(values: tuple[object, ...]) -> list[str]:
    """Return the cells of a row of headings, without the empty ones behind them."""
    cells = [_text(value) for value in values]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _headed(sheets: Sequence[_Opened]) -> tuple[Header, _Opened, list[_Opened]]:
    """Return the first headings, their sheet, and the other sheets. Raises IntakeError, of the first sheet that holds anything."""
    refused: IntakeError | None = None
    for sheet in sorted(sheets, key=lambda each: not each.shown):  # a hidden sheet only where no other one will do
        try:
            header = sheet.headings()
        except IntakeError as error:
            if error.code not in ("file_columns_unknown", "file_empty"):
                raise
            refused = error if refused is None or refused.code == "file_empty" else refused
        else:
            return header, sheet, [other for other in sheets if other is not sheet]
    raise refused or IntakeError("file_empty")


def _rows(sheet: _Opened, header: Header, epoch: datetime) -> Iterator[Row]:
    width = len(header.columns)
    days = [(index, column) for index, column in enumerate(header.columns) if column in _DAYS]
    texts = [(index, column) for index, column in enumerate(header.columns) if column in (*TEXTS, *COORDINATES)]
    beyond = (None,) * (_COLUMNS_MAX - width)
    for number, values in sheet.rows:
        cells = list(map(_text, values[:width]))
        typed = {column: _typed(values[index], index, number) for index, column in texts if not isinstance(values[index], (str, NoneType))}
        for index, column in days:
            cells[index] = _day(values[index], cells[index], epoch)
            if isinstance(values[index], datetime):
                typed[column] = _typed(values[index], index, number)
        if sheet.facts.is_hidden(number):
            yield Row(number, tuple(cells), {}, "row_hidden")
        elif values[width:] == beyond:
            yield Row(number, tuple(cells), dict(zip(header.columns, cells, strict=True)), "", typed)
        else:
            yield Row(number, (*cells, *map(_text, values[width:])), {}, "columns_surplus")


def _typed(value: object, index: int, number: int) -> Typed:
    """Return what a spreadsheet made of a cell, and which cell it is."""
    kind: Kind = "boolean" if isinstance(value, bool) else "number" if isinstance(value, (int, float)) else "date"
    return Typed(kind, f"{get_column_letter(index + 1)}{number}")


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
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    return str(value)


def _day(value: object, text: str, epoch: datetime) -> str:
    """Return a number in a column of days as the day it is: a sheet keeps days as numbers, and the cell only lost its format."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value in _SERIALS:
        return str(from_excel(value, epoch))
    return text
