"""A file from an office, opened as a table: what it is, is seen from its content, never from its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, NamedTuple

from . import delimited, features
from .columns import Header
from .errors import IntakeError
from .row import Row

SIZE_MAX = 1 << 30
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # an OLE container: .xls, or an .xlsx with a password


class Table(NamedTuple):
    """An open file of licenses. `rows` can be read once."""

    header: Header
    rows: Iterator[Row]
    stream: BinaryIO
    size: int

    def done(self) -> float:
        """Return how much of the file was read, from 0 to 1, for a progress bar (roughly: files are read ahead)."""
        return min(1.0, self.stream.tell() / self.size) if not self.stream.closed else 1.0


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """Open a CSV, XLSX or GeoJSON file.

    Raises IntakeError: `file_unreadable`, `file_empty`, `file_too_large`, `file_encoding`, `file_columns_unknown`, `file_columns_twice`,
    `file_formulas`, `file_crs_unknown`. Reading the rows may raise it too, where a damage lies deeper in the file.
    """
    stream = _open(path)
    with stream:
        size = os.fstat(stream.fileno()).st_size
        header, rows = _reader(stream, size)(stream)
        yield Table(header, _readable(rows), stream, size)


def _open(path: Path) -> BinaryIO:
    try:
        if not S_ISREG(path.stat().st_mode):  # a pipe would wait for ever, and cannot be read twice
            raise IntakeError("file_unreadable", f"{path}: not a file")
        return path.open("rb")
    except FileNotFoundError as error:
        raise IntakeError("file_missing", str(path)) from error
    except (OSError, ValueError) as error:
        raise IntakeError("file_unreadable", f"{path}: {getattr(error, 'strerror', None) or error}") from error


def _reader(stream: BinaryIO, size: int) -> Callable[[BinaryIO], tuple[Header, Iterator[Row]]]:
    if size == 0:
        raise IntakeError("file_empty")
    if size > SIZE_MAX:
        raise IntakeError("file_too_large", f"more than {SIZE_MAX >> 20} MB")
    head = stream.read(64)
    stream.seek(0)
    if head.startswith(b"PK\3\4"):
        from . import workbooks  # noqa: PLC0415 - only who reads a workbook loads openpyxl, a fifth of a command's start

        return workbooks.read
    if head.startswith(_OLD_EXCEL):
        raise IntakeError("file_unreadable", "an old Excel file (.xls) or one with a password: save it as .xlsx")
    text = head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\0", b"")
    return features.read if text.lstrip().startswith(b"{") else delimited.read


def _readable(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows; a disk that fails on the way is an IntakeError too."""
    try:
        yield from rows
    except OSError as error:
        raise IntakeError("file_unreadable", error.strerror or "") from error
