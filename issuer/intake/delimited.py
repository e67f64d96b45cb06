"""Comma, semicolon or tab separated text (RFC 4180), in the encodings that offices use.

Encoding, decided before the first row: a byte order mark tells UTF-8 and UTF-16; otherwise the whole file is UTF-8 if all of it
decodes as UTF-8, which Windows-1256 Arabic never does, because its letters are octets that UTF-8 does not allow after one another. What is
left is Windows-1256, unless a line in it is UTF-8 after all: then the file is damaged or glued together, and every guess would
turn names into other letters.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from . import columns
from .columns import Header
from .errors import IntakeError
from .row import Row

_LINE_MAX = 100_000  # characters; a row of a license has a few hundred
_LINES_MAX = 50  # of one row whose quoted cells hold line breaks
_CHUNK = 1 << 20
_DELIMITERS = (",", ";", "\t")
_SEPARATOR_LINE = re.compile(r"sep=[,;\t]\s*", re.IGNORECASE).fullmatch  # Excel's own first line
_UTF8_PAIRS = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_HIGH = re.compile(rb"[\x80-\xff]")


def encoding(stream: BinaryIO) -> str:
    """Return the encoding of a whole file; the stream is read through and left anywhere. Raises IntakeError `file_encoding`."""
    head = stream.read(4)
    stream.seek(0)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) or (b"\0" in head[:2] and len(head) > 1):
        raise IntakeError("file_encoding", "UTF-32, or UTF-16 without a byte order mark")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if not _decodes(stream, "utf-16"):
            raise IntakeError("file_encoding", "damaged UTF-16")
        return "utf-16"
    if _decodes(stream, "utf-8-sig"):
        return "utf-8-sig"
    stream.seek(0)
    for number, line in enumerate(iter(lambda: stream.readline(_LINE_MAX), b""), 1):
        pairs = _UTF8_PAIRS.findall(line)
        if head.startswith(codecs.BOM_UTF8) or (len(pairs) > 3 and 2 * sum(map(len, pairs)) > len(_HIGH.findall(line))):
            raise IntakeError("file_encoding", f"UTF-8 in line {number}, but not everywhere")
    return "cp1256"


def _decodes(stream: BinaryIO, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        while chunk := stream.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def read(stream: BinaryIO) -> tuple[Header, Iterator[Row]]:
    """Return the header of a file and its rows. Raises IntakeError."""
    name = encoding(stream)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=name, newline="")
    lines = _lines(text)
    first = list(islice(lines, columns.HEADINGS_WITHIN))
    while first and not any(line.strip() for _, line in first):  # blank lines, however many
        first = list(islice(lines, columns.HEADINGS_WITHIN))
    filled = [(number, line) for number, line in first if line.strip() and not _SEPARATOR_LINE(line)]
    delimiter = _delimiter([line for _, line in filled])
    header = columns.search((number, _cells([line], delimiter) or []) for number, line in filled)
    behind = (each for each in first if each[0] > header.line)
    return header, _rows(chain(behind, lines), header, delimiter)


def _lines(text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    """Yield each line with its number. Of one that is far too long, only the beginning is kept."""
    number = 0
    while line := text.readline(_LINE_MAX):
        number += 1
        yield number, line
        while len(line) == _LINE_MAX and not line.endswith(("\n", "\r")):
            line = text.readline(_LINE_MAX)
    text.detach()  # the table closes the stream, not whoever drops this wrapper


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that finds the most of our columns in one of the lines."""

    def found(delimiter: str) -> int:
        return max((sum(bool(columns.column(name)) for name in _cells([line], delimiter) or []) for line in lines), default=0)

    return max(_DELIMITERS, key=found)


def _cells(lines: list[str], delimiter: str) -> list[str] | None:
    """Return the cells of one row, None if its quotes are not as RFC 4180 has them."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _rows(lines: Iterator[tuple[int, str]], header: Header, delimiter: str) -> Iterator[Row]:
    waiting: deque[tuple[int, str]] = deque()
    while True:
        number, line = waiting.popleft() if waiting else next(lines, (0, ""))
        if not number:
            return
        if len(line) >= _LINE_MAX:
            yield Row(number, (), {}, "line_too_long")
            continue
        cells = _quoted(line, lines, waiting, delimiter, len(header.cells)) if '"' in line else _plain(line, delimiter)
        if cells is None:
            yield Row(number, (line.rstrip("\r\n"),), {}, "quotes_broken")
        elif any(cells):
            yield _row(number, cells, header)


def _plain(line: str, delimiter: str) -> list[str]:
    return line.rstrip("\r\n").split(delimiter)


def _quoted(
    line: str, lines: Iterator[tuple[int, str]], waiting: deque[tuple[int, str]], delimiter: str, width: int
) -> list[str] | None:
    """Return the cells of a row with quotes, which may go on over several lines.

    If that makes no row, or swallows one, the quote was a slip: only its own line is refused, and the others go back to be read as rows.
    """
    cells = _cells([line], delimiter)
    if cells is not None:
        return cells
    taken: list[tuple[int, str]] = []
    quotes = line.count('"')
    while quotes % 2 and len(taken) < _LINES_MAX:
        following = waiting.popleft() if waiting else next(lines, None)
        if following is None:
            break
        taken.append(following)
        quotes += following[1].count('"')
    cells = _cells([line, *(text for _, text in taken)], delimiter)
    swallowed = any(len(_cells([text], delimiter) or ()) == width for _, text in taken[:-1])
    if cells is None or len(cells) != width or swallowed:
        waiting.extendleft(reversed(taken))
        return None
    return cells


def _row(number: int, cells: list[str], header: Header) -> Row:
    width = len(header.columns)
    if len(cells) < width:
        return Row(number, tuple(cells), {}, "columns_missing")
    if len(cells) > width and any(cells[width:]):
        return Row(number, tuple(cells), {}, "columns_surplus")
    return Row(number, tuple(cells[:width]), dict(zip(header.columns, cells, strict=False)), "")
