"""A file that somebody sends, read into rows within bounds: how large, how many rows, how long a cell; a workbook also unpacked."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from issuer.errors import IssuerError
from issuer.intake import tables
from issuer.intake.row import Row
from published import whole

OCTETS_MOST = 10 << 20
ROWS_MOST = 5_000  # of one import; larger files are the console's (`khatm issue`)
CELL_MOST = 4_000  # characters: an outline of a building
TEXT_MOST = 6_000_000  # characters of all cells
UNPACKED_MOST = 32 << 20  # of a workbook: 5,000 rows of licenses are about 8 MB of XML


class Read(NamedTuple):
    """What a file holds: its rows, its headings with the columns that they mean, and the sheets that were not read."""

    rows: tuple[Row, ...]
    headings: tuple[tuple[str, str], ...]
    sheets: tuple[str, ...]


def read(stream: IO[bytes]) -> Read:
    """Read an upload. Raises IntakeError; IssuerError `file_too_large`, `import_too_long`."""
    content = stream.read(OCTETS_MOST + 1)
    if len(content) > OCTETS_MOST:
        raise IssuerError("file_too_large", f"{OCTETS_MOST >> 20} MB")
    with tempfile.TemporaryDirectory(prefix="khatm-import-") as folder:
        path = Path(folder) / "rows"
        whole.write({path: content}, durable=False)
        _refuse_bomb(path)
        with tables.opened(path) as table:
            head = table.header
            rows = list(_within_bounds(table.rows))
    headings = tuple((cell[:200], column) for cell, column in zip(head.cells, head.columns, strict=True))
    return Read(tuple(rows), headings, tuple(name[:100] for name in head.sheets))


def _within_bounds(rows: Iterable[Row]) -> Iterator[Row]:
    text = 0
    for place, row in enumerate(rows):
        text += sum(map(len, row.cells))
        if place >= ROWS_MOST or text > TEXT_MOST:
            raise IssuerError("import_too_long", str(ROWS_MOST))
        yield _bounded(row)


def _refuse_bomb(path: Path) -> None:
    """Refuse a workbook that unpacks to more than an office's file: what an archive says of itself is what its parts can hold."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > UNPACKED_MOST:
            raise IssuerError("file_too_large", f"{UNPACKED_MOST >> 20} MB")


def _bounded(row: Row) -> Row:
    """Return a row as it is kept: its fields by column; a cell that is longer than any of a license is cut, and the row refused."""
    long = any(len(text) > CELL_MOST for text in row.fields.values())
    fields = {column: text[:CELL_MOST].replace("\0", "") for column, text in row.fields.items() if column}
    return Row(row.line, tuple(fields.values()), fields, "cell_too_long" if long else row.fault, dict(row.typed))
