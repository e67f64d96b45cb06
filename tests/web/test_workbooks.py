"""A workbook is written row by row: what is in memory does not grow with its lines."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

from openpyxl import load_workbook

from web import workbooks

HEADER = tuple(f"column {place}" for place in range(24))


def rows(many: int) -> Iterator[tuple[object, ...]]:
    for line in range(many):
        yield (line, f"=1+{line}", None, "", "\x01", *(f"نص {line} {place}" for place in range(19)))


def peak(many: int) -> tuple[int, int]:
    """The most octets in memory while a workbook of so many lines is made, and its own size."""
    workbooks.xlsx_of("x", HEADER, rows(10))  # what is loaded once
    tracemalloc.start()
    try:
        made = workbooks.xlsx_of("x", HEADER, rows(many))
        return tracemalloc.get_traced_memory()[1], len(made)
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_lines() -> None:
    few, size = peak(250)
    many, larger = peak(1_500)
    assert many - larger < 2 * few, (few, many, size, larger)


def test_a_long_table_is_whole() -> None:
    sheet = load_workbook(io.BytesIO(workbooks.xlsx_of("a/b: [c]", HEADER, rows(500))), read_only=True).active
    found = list(sheet.iter_rows(values_only=True))
    assert sheet.title == "a-b- -c-" and len(found) == 501 and found[0] == HEADER
    for line, row in enumerate(found[1:]):
        assert row[:5] == (line, f"'=1+{line}", None, None, "[U+0001]") and row[5] == f"نص {line} 0"


def test_a_table_without_lines_and_one_with_ragged_lines() -> None:
    assert [len(row) for row in rows_of(workbooks.xlsx_of("x", ("a", "b"), ()))] == [2]
    ragged = rows_of(workbooks.xlsx_of("x", ("a", "b"), [("1", "2"), ("…",)]))
    assert ragged[-1][0] == "…"


def rows_of(data: bytes) -> list[tuple[object, ...]]:
    return list(load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))
