"""Whatever the program writes for spreadsheets: days in ISO 8601, names beside codes, and nothing that is run as a formula."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from issuer.intake import understood
from tests.conftest import ROOT
from tests.issuer.offices import COLUMNS, Office, furnish, row, rows

#: Every file of the program that writes CSV, and the test that looks at what it writes.
WRITERS = {
    "issuer/intake/refusals.py": "tests/issuer/test_spreadsheets.py",
    "issuer/reissuing.py": "tests/issuer/test_reissuing.py",
    "issuer/log/counting.py": "tests/issuer/test_counting.py",
    "issuer/report.py": "tests/issuer/test_spreadsheets.py",
    "web/spreadsheets.py": "tests/office/desk/test_reports.py",
    "inspector_app/pwa/src/csv.js": "tests/inspector_app/test_phone_log.py",
    "demo/provider/till.py": "tests/office/payments/test_commands.py",  # a machine's file; its form is the provider's
}
_WRITES = re.compile(r"csv\.(?:DictW|w)riter\(|export function csv\(|\.to_csv\(")
FORMULAS = ('=HYPERLINK("//x")', "+1+1", "-2+3", "@SUM(A1)", " =1+1", "\t=1", "\u00a0@x", "＝1+1")


def test_every_file_that_writes_tables_is_looked_at() -> None:
    folders = ("accounts", "demo", "inspections", "inspector_app", "issuer", "keys", "office", "published", "qr", "seal", "verifier", "web")
    sources = [ROOT / "khatm.py", *(path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".js"))]
    ours = [path for path in sources if "node_modules" not in path.parts and "static" not in path.parts]
    found = {str(path.relative_to(ROOT)) for path in ours if _WRITES.search(path.read_text("utf-8"))}
    assert found == set(WRITERS)
    assert all("csv" in (ROOT / test).read_text("utf-8") for test in WRITERS.values())


def written(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 by its mark alone"
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert {len(line) for line in lines} == {len(lines[0])}, "each cell has its heading"
    for line in lines:
        assert not [cell for cell in line if cell.lstrip().startswith(tuple("=+-@\t\r\n＝＋－＠"))]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, made_keys: Path) -> Office:
    folder = tmp_path_factory.mktemp("tables")
    return furnish(folder, made_keys, str(folder / "register.sqlite"))


@pytest.fixture(scope="module")
def tables(office: Office) -> dict[str, list[dict[str, str]]]:
    """The tables of a check and of a run over a workbook with each kind of row, its days in each notation."""
    known = row(source_id="F-1", valid_from="2026-03-01", valid_until="2027-02-28")
    office.run("issue", office.write("before.csv", [known]), "--no-output")
    places = rows(len(FORMULAS))
    given: list[dict[str, object]] = [
        {
            **known,
            "type": "محل",
            "authority": "حي المنتزه أول",
            "activity": "قهوة",
            "valid_from": datetime(2026, 3, 1),
            "valid_until": "28/2/2027",
        },
        {**known, "trade_name": "مخبز الامل", "source_id": "F-2", "valid_from": "1 مايو 2026", "valid_until": ""},
        {**places[0], "valid_from": "١/٥/٢٠٢٦", "holder": "لا يوجد"},
        {**places[1], "type": "kiosk", "valid_from": "31/2/2026", "activity": "تصليح ساعات"},
        *({**place, "holder": text, "radius_m": "0", "remarks": text} for place, text in zip(places, FORMULAS, strict=True)),
    ]
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([*COLUMNS, "remarks"])
    for each in given:
        sheet.append([each.get(name) for name in (*COLUMNS, "remarks")])
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a text, also where it looks like a formula
    book.save(office.folder / "f.xlsx")
    office.run("issue", "--check", office.folder / "f.xlsx")
    office.run("issue", office.folder / "f.xlsx", "--no-output")
    return {name: written(office.folder / f"f.xlsx.{name}.csv") for name in ("check", "rejects")}


@pytest.mark.parametrize("name", ["check", "rejects"])
def test_days_are_iso_and_names_stand_beside_codes(tables: dict[str, list[dict[str, str]]], name: str) -> None:
    told = {int(each["line"]): each for each in tables[name]}
    read = {line: [each[column] for column in understood.COLUMNS] for line, each in told.items()}
    shop, district = ("shop", "محل عام"), ("MN1", "حي المنتزه أول")
    assert read[2] == [*shop, *district, "cafe", "مقهى", "2026-03-01", "2027-02-28"], "a change"
    assert read[3] == [*shop, *district, "bakery", "مخبز", "2026-05-01", ""], "a twin"
    assert read[4] == [*shop, *district, "bakery", "مخبز", "2026-05-01", ""], "refused for something else"
    assert read[5] == ["", "", *district, "تصليح ساعات", "", "", ""], "what was not understood is empty"
    assert told[2]["valid_from"] == "2026-03-01", "a day that the workbook knew"
    assert (told[2]["field"], told[2]["field_ar"]) == ("activity", "النشاط")
    assert (told[5]["field"], told[5]["field_ar"]) == ("type; valid_from", "نوع الترخيص؛ تاريخ البداية")
    for each in told.values():
        assert re.search("[ء-ي]", each["sentence_ar"]) and re.search("[a-z]", each["sentence_en"]), "a sentence beside each code"
        for day in (each["read_valid_from"], each["read_valid_until"]):
            assert not day or date.fromisoformat(day)


def test_an_outcome_has_its_names(tables: dict[str, list[dict[str, str]]]) -> None:
    outcomes = {(each["outcome"], each["outcome_ar"], each["outcome_en"]) for each in tables["check"]}
    assert {code for code, _, _ in outcomes} == {"changed", "held", "refused"}
    assert all(ar and en for _, ar, en in outcomes)


def test_formulas_stay_texts(tables: dict[str, list[dict[str, str]]]) -> None:
    for each, text in zip(tables["rejects"][4:], FORMULAS, strict=True):
        assert each["remarks"] == each["holder"] == f"'{text}", "the whole text, behind the sign that makes it one"


def test_a_table_that_was_corrected_is_read_again(office: Office, tables: dict[str, list[dict[str, str]]]) -> None:
    (again,) = [each for each in tables["rejects"] if each["line"] == "4"]
    path = office.folder / "corrected.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.DictWriter(stream, list(again))
        table.writeheader()
        table.writerow(again | {"holder": "سامي فؤاد حسن"})
    assert "1 rows: 1 issued, 0 issued before, 0 refused" in office.run("issue", path, "--no-output").output
