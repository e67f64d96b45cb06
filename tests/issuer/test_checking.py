"""`khatm issue --check` and `--template`: what would happen is said, and nothing happens."""

import csv
import shutil
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from issuer.intake.vocabulary import vocabulary
from issuer.register.tables import held, licenses
from tests.issuer import files_doc
from tests.issuer.offices import DATA, NOW, Office, row, rows


def table(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.with_name(f"{file.name}.check.csv").read_text("utf-8-sig").splitlines()))


def outcomes(file: Path) -> list[str]:
    return [each["outcome"] for each in table(file)]


def keyless(office: Office) -> None:
    """Leave only what a technical office has: the public root and the published lists."""
    for path in (office.folder / "keys").iterdir():
        if path.name != "root.jwk":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (office.folder / "passphrase").unlink()


def test_a_check_says_what_issuing_then_does(each_office: Office) -> None:
    dirty = Path(shutil.copy(DATA / "alexandria_licenses_dirty.csv", each_office.folder / "dirty.csv"))
    each_office.run("issue", "--check", dirty)
    each_office.run("issue", dirty, "--no-output")
    rejects = list(csv.DictReader(dirty.with_name("dirty.csv.rejects.csv").read_text("utf-8-sig").splitlines()))
    found = [each for each in table(dirty) if each["outcome"] == "refused"]
    same = ("line", "field", "code", "sentence_ar", "sentence_en")
    assert [[each[name] for name in same] for each in found] == [[each[name] for name in same] for each in rejects]
    assert outcomes(dirty).count("issued") == 10


def test_a_check_needs_no_keys_and_makes_no_register(office: Office) -> None:
    keyless(office)
    file = office.write("one.csv", [row(), row(), row(type="kiosk")])
    told = office.run("issue", "--check", file).output
    assert "3 rows: 1 would be issued, 0 issued before, 2 refused" in told
    assert not Path(office.register).exists()
    assert [each["code"] for each in table(file)] == ["", "duplicate_row", "type_unknown"]
    assert {path.name for path in office.folder.iterdir() if "register" in path.name} == set()


def test_a_check_tells_renewals_changes_and_twins_from_what_is_there(each_office: Office) -> None:
    days = {"valid_from": "2026-01-01", "valid_until": "2026-12-31"}
    one, two, three = (each | days | {"source_id": f"F-{n}"} for n, each in enumerate(rows(3), 1))
    each_office.run("issue", each_office.write("first.csv", [one, two]), "--no-output")
    later = {"valid_from": "2027-01-01", "valid_until": "2027-12-31"}
    twin = two | {"source_id": "F-9", "holder": "سامى فؤاد حسن"}
    file = each_office.write("second.csv", [one | later, two | {"activity": "cafe"}, twin, one, three, three | later, one | later])
    told = each_office.run("issue", "--check", file).output
    assert outcomes(file) == ["renewed", "changed", "held", "already", "issued", "renewed", "refused"]
    assert "2 renewals, 1 changes that wait, 1 held" in told
    with each_office.locations.engine() as register, register.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(licenses)) == 2
        assert connection.scalar(select(func.count()).select_from(held)) == 0
    each_office.run("issue", "--check", file, "--renewals", "apply")
    assert outcomes(file)[1] == "corrected"


def test_the_page_of_a_check_names_columns_hidden_rows_and_notations(office: Office) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    first = row(valid_from="05/25/2026", valid_until="", remarks="x")
    made = [first, row(trade_name="مقهى <b>البحر</b>", valid_from="05/26/2026", holder="-")]
    sheet.append(list(made[0]))
    for each in made:
        sheet.append([each.get(name, "") for name in made[0]])
    sheet.append(list(made[0].values()))
    sheet.row_dimensions[4].hidden = True
    book.save(office.folder / "book.xlsx")
    office.run("issue", "--check", office.folder / "book.xlsx")
    page = (office.folder / "book.xlsx.check.html").read_text("utf-8")
    hidden, days = "of these, hidden or filtered rows", "month first, as line 2 proves"
    for told in ("remarks", hidden, days, 'dir="rtl"', "<b>holder</b>"):
        assert told in page, told
    assert "<b>البحر" not in page
    assert "http" not in page


@pytest.mark.parametrize("examples", [True, False], ids=["as given", "with a row of one's own"])
def test_the_template_reads_back_without_fault(office: Office, examples: bool) -> None:
    path = office.folder / "t.xlsx"
    office.run("issue", "--template", path, now=NOW.isoformat())
    if not examples:
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        for cell in sheet[2]:
            cell.value = None
        sheet.delete_rows(3)
        own = row(valid_from="2026-03-01", source_id="77")
        by_heading = {column.ar: own.get(code) for code, column in vocabulary().columns.items()}
        for head, cell in zip(sheet[1], sheet[2], strict=True):
            cell.value = by_heading[str(head.value)]
        book.save(path)
    count = 2 if examples else 1
    assert f"{count} rows: {count} would be issued, 0 issued before, 0 refused\n" in office.run("issue", "--check", path).output
    checks = openpyxl.load_workbook(path).worksheets[0].data_validations.dataValidation
    assert {str(each.sqref).split(":")[0] for each in checks} == {"A2", "E2"}


def test_the_document_names_every_column_alias_and_notation() -> None:
    assert files_doc.PATH.read_text("utf-8") == files_doc.page(), "run python -m tests.issuer.files_doc"
