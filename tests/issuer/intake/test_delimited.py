"""Delimited text: quotes, line breaks and slips of both."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.intake import delimited
from issuer.intake.columns import REQUIRED
from issuer.intake.errors import IntakeError
from issuer.intake.row import Row

WIDTH = len(REQUIRED)


def read(*lines: str, delimiter: str = ",", encoding: str = "utf-8") -> list[Row]:
    """The rows under a plain header."""
    _, rows = delimited.read(io.BytesIO("\r\n".join([delimiter.join(REQUIRED), *lines]).encode(encoding)))
    return list(rows)


def line(*first: str) -> str:
    """A row that begins with these cells, as written."""
    return ",".join([*first, *"x" * (WIDTH - len(first))])


def test_quotes_inside_quotes_and_line_breaks_inside_cells() -> None:
    (row,) = read(line('"a ""b"", c"', '"one\r\ntwo"', 'd"e"f', "31°16'30\""))
    assert row.cells[:4] == ('a "b", c', "one\r\ntwo", 'd"e"f', "31°16'30\"")
    assert row.fields["type"] == 'a "b", c'
    assert (row.line, row.fault) == (2, "")


def test_the_line_after_a_long_cell_is_counted_right() -> None:
    rows = read(line('"one\r\n\r\ntwo"'), "", line("b"))
    assert [(row.line, row.cells[0]) for row in rows] == [(2, "one\r\n\r\ntwo"), (6, "b")]


@pytest.mark.parametrize("slip", ['"never closed', '"a" b', '"a"b"', '"'])
def test_a_slip_with_quotes_costs_its_own_line_only(slip: str) -> None:
    rows = read(line("a"), line(slip), line("b"), line('"c"'), line("d"))
    assert [(row.line, row.fault) for row in rows] == [(2, ""), (3, "quotes_broken"), (4, ""), (5, ""), (6, "")]
    assert rows[1].cells == (line(slip),)
    assert rows[3].cells[0] == "c"


def test_two_slips_do_not_swallow_what_lies_between() -> None:
    rows = read(line('"a'), line("b"), line('c"'), line('"d'), line("e"))
    assert [(row.line, row.fault) for row in rows] == [(2, "quotes_broken"), (3, ""), (4, ""), (5, "quotes_broken"), (6, "")]


def test_too_few_and_too_many_cells() -> None:
    full = line("a")
    rows = read(full.rsplit(",", 1)[0], full + ",", full + ",,", full + ",y", "alone", "," * 30)
    assert [row.fault for row in rows] == ["columns_missing", "", "", "columns_surplus", "columns_missing"]
    assert rows[3].cells[-1] == "y"


def test_a_line_of_senseless_length_is_one_refused_row() -> None:
    rows = read(line("a"), "b" * 350_000, line("c"))
    assert [(row.line, row.fault) for row in rows] == [(2, ""), (3, "line_too_long"), (4, "")]


def test_nul_and_other_control_characters_stay_in_their_cell() -> None:
    (row,) = read(line("a\0b", "c\x1cd\x85e\u2028f"))
    assert row.cells[:2] == ("a\0b", "c\x1cd\x85e\u2028f")


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "cp1256"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_told_apart(name: str, delimiter: str) -> None:
    cells = ["محل، «ذهب» شارع،", *"x" * (WIDTH - 1)]
    (row,) = read(delimiter.join(cells), delimiter=delimiter, encoding=name)
    assert row.cells == tuple(cells)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=8)


@given(
    st.lists(st.lists(CELLS, min_size=WIDTH, max_size=WIDTH).filter(any), max_size=5),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_csv_writer_writes_comes_back(rows: list[list[str]], delimiter: str, newline: str) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows([REQUIRED, *rows])
    _, found = delimited.read(io.BytesIO(written.getvalue().encode()))
    assert [list(row.cells) for row in found] == rows


@given(st.binary(max_size=300), st.booleans())
def test_no_octets_are_more_than_rows_or_a_refused_file(content: bytes, headed: bool) -> None:
    header = ",".join(REQUIRED).encode() + b"\n" if headed else b""
    try:
        _, rows = delimited.read(io.BytesIO(header + content))
        assert all(row.fault or len(row.fields) == WIDTH for row in rows)
    except IntakeError as refused:
        assert refused.code in {"file_empty", "file_encoding", "file_columns_unknown", "file_columns_twice"}
