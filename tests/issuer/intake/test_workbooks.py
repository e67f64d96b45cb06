"""Workbooks: cells as they are shown, and archives that are not what they say."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from issuer.intake import workbooks
from issuer.intake.errors import IntakeError
from issuer.intake.row import Row
from issuer.intake.rows import Refusal
from tests.issuer.intake.conftest import GOOD, Judged

COLUMNS = [*GOOD, "valid_until"]


def saved(*rows: dict[str, object], epoch: datetime | None = None) -> bytes:
    book = openpyxl.Workbook()
    if epoch:
        book.epoch = epoch
    sheet = book.worksheets[0]
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([(GOOD | row).get(name) for name in COLUMNS])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def rezipped(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same archive with its parts changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return written.getvalue()


def read(content: bytes) -> list[Row]:
    return list(workbooks.read(io.BytesIO(content))[1])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (30.0, "30"),
        (31.275, "31.275"),
        (0.00001, "0.000010000000"),
        (7, "7"),
        (True, "TRUE"),
        (None, ""),
        (date(2026, 3, 5), "2026-03-05"),
        (datetime(2026, 3, 5, 10, 30), "2026-03-05T10:30:00"),
    ],
)
def test_cells_become_the_text_a_person_sees(value: object, text: str) -> None:
    (row,) = read(saved({"address": value}))
    assert row.fields["address"] == text


def test_a_day_is_a_day_whether_date_number_or_text(judged: Callable[[Path], list[Judged]], tmp_path: Path) -> None:
    days: list[object] = [date(2026, 3, 5), 46086, 46086.0, "5/3/2026", "2026-03-05"]
    (tmp_path / "a.xlsx").write_bytes(saved(*({"valid_from": day} for day in days)))
    assert {each.license.first_day for each in judged(tmp_path / "a.xlsx")} == {date(2026, 3, 5)}
    (tmp_path / "mac.xlsx").write_bytes(saved({"valid_from": 46086 - 1462}, epoch=openpyxl.utils.datetime.CALENDAR_MAC_1904))
    assert {each.license.first_day for each in judged(tmp_path / "mac.xlsx")} == {date(2026, 3, 5)}


@pytest.mark.parametrize("value", [2026, -3.5, 1e300, 46086.5, True, datetime(2026, 3, 5, 10, 30), "#N/A"])
def test_other_things_in_a_day_s_cell_are_refused(judged: Callable[[Path], list[Judged]], tmp_path: Path, value: object) -> None:
    (tmp_path / "a.xlsx").write_bytes(saved({"valid_until": value}))
    (found,) = judged(tmp_path / "a.xlsx")
    assert isinstance(found, Refusal)
    assert (found.field, found.code) == ("valid_until", "date_invalid")


def test_a_formula_that_nobody_calculated_refuses_the_file() -> None:
    with pytest.raises(IntakeError, match="file_formulas"):
        read(saved({"valid_until": "=EDATE(A1,12)"}))


def test_a_formula_with_its_value_is_read_as_the_value() -> None:
    formula = re.compile(rb"<f>A1</f><v ?(?:/>|></v>)")
    (row,) = read(rezipped(saved({"address": "=A1"}), lambda _, part: formula.sub(b"<f>A1</f><v>12</v>", part)))
    assert row.fields["address"] == "12"


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    def shrink(name: str, part: bytes) -> bytes:
        return part.replace(b'ref="A1:K4"', b'ref="A1:B2"')

    content = saved({}, {}, {})
    assert rezipped(content, shrink) != rezipped(content, lambda _, part: part)
    assert [row.fields["address"] for row in read(rezipped(content, shrink))] == [GOOD["address"]] * 3


def test_cells_beyond_the_columns_refuse_their_row() -> None:
    book = openpyxl.load_workbook(io.BytesIO(saved({}, {})))
    book.worksheets[0].cell(3, len(COLUMNS) + 2).value = "stray"
    written = io.BytesIO()
    book.save(written)
    first, second = read(written.getvalue())
    assert (first.fault, second.fault) == ("", "columns_surplus")
    assert second.cells[-1] == ""
    assert "stray" in second.cells


def test_a_row_that_claims_a_senseless_number_is_not_counted_up_to() -> None:
    content = rezipped(saved({}), lambda _, part: part.replace(b'<row r="2"', b'<row r="99999999999"'))
    with pytest.raises(IntakeError, match="file_too_large"):
        read(content)


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = rezipped(saved({}), lambda name, part: part + b" " * (3 << 20) if "sheet1" in name else part)
    with pytest.raises(IntakeError, match="file_too_large"):
        read(bomb)
    monkeypatch.setattr(workbooks, "UNPACKED_MAX", 5_000)
    with pytest.raises(IntakeError, match="file_too_large"):
        read(saved({}))


def test_entities_are_not_expanded() -> None:
    entity = b'<!DOCTYPE a [<!ENTITY e "eeeeeeeeee">]><worksheet'
    with pytest.raises(IntakeError, match="file_unreadable"):
        read(rezipped(saved({}), lambda name, part: part.replace(b"<worksheet", entity) if "sheet1" in name else part))


def test_no_damage_is_more_than_a_refused_file() -> None:
    content = saved({}, {"valid_until": date(2027, 1, 1)})
    refused = 0
    for at in range(0, len(content), 7):
        for damaged in (content[:at], content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]):
            try:
                read(damaged)
            except IntakeError as error:
                refused += 1
                assert error.code in {"file_unreadable", "file_empty", "file_columns_unknown", "file_columns_twice", "file_too_large"}
    assert refused > len(content) // 7


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml", "xl/styles.xml"])
def test_a_part_of_nonsense_is_a_refused_file(part: str) -> None:
    for nonsense in (b"", b"<a/>", b"\0" * 50, b"<worksheet><sheetData><row r='x'/></sheetData></worksheet>"):
        try:
            read(rezipped(saved({}), lambda name, old, new=nonsense: new if name == part else old))  # type: ignore[misc]
        except IntakeError as error:
            assert error.code in {"file_unreadable", "file_empty"}
