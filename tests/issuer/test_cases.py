"""Inputs that went wrong in real hands (tests/data/cases), each by the command, as a clerk runs it. More in intake/test_cases.py."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.issuer.offices import DATA, Office, furnish

CASES = DATA / "cases"


class Right(NamedTuple):
    """What is right for a file: the line that counts its rows, each code of its rejects with how often, and what else is said."""

    counted: str
    codes: dict[str, int]
    said: str = ""


RIGHT = {
    "renewal_year1.csv": Right("1 rows: 1 issued, 0 issued before, 0 refused", {}),
    "renewal_year2.csv": Right("1 rows: 0 issued, 0 issued before, 0 refused, 1 renewals", {}),
    "correction_first.csv": Right("1 rows: 1 issued, 0 issued before, 0 refused", {}),
    "correction_second.csv": Right(
        "1 rows: 0 issued, 0 issued before, 0 refused, 1 changes that wait", {"license_changed": 1}, "changed: activity, address, radius_m"
    ),
    "month_first.csv": Right("5 rows: 0 issued, 0 issued before, 5 refused", {"date_month_first": 8}, "month-first in line 5"),
    "days.csv": Right(
        "22 rows: 10 issued, 0 issued before, 12 refused",
        {"date_invalid": 4, "date_mixed": 1, "date_range": 2, "leave_empty": 5},
        "1900-01-01",
    ),
    "coarse_coordinates.csv": Right(
        "23 rows: 3 issued, 0 issued before, 9 refused, 11 held",
        {"site_coarse": 11, "latitude_invalid": 7, "longitude_invalid": 5, "longitude_missing": 1, "site_outside_authority": 2},
        "more coarsely than the radius",
    ),
    "excel_autodates.xlsx": Right("2 rows: 0 issued, 0 issued before, 2 refused", {"cell_is_date": 2}, "cell F2"),
    "title_row.csv": Right("1 rows: 1 issued, 0 issued before, 0 refused", {}),
    "column_not_read.csv": Right(
        "2 rows: 2 issued, 0 issued before, 0 refused", {}, "columns that were not read / أعمدة لم تُقرأ: رقم الترخيص"
    ),
    "authority_by_name.csv": Right("3 rows: 3 issued, 0 issued before, 0 refused", {}),
    "sparse_first_feature.geojson": Right("5 rows: 4 issued, 0 issued before, 1 refused", {"address_missing": 1}),
}
BEFORE = {"renewal_year2.csv": "renewal_year1.csv", "correction_second.csv": "correction_first.csv"}


def test_every_case_has_its_line() -> None:
    assert {path.name for path in CASES.iterdir()} == set(RIGHT)


@pytest.mark.parametrize("name", RIGHT)
def test_each_case_is_judged_as_is_right_by_the_check_and_by_issuing(tmp_path: Path, made_keys: Path, name: str) -> None:
    office, right = furnish(tmp_path, made_keys, str(tmp_path / "register.sqlite")), RIGHT[name]
    if name in BEFORE:
        run(office, BEFORE[name])
    file = Path(shutil.copyfile(CASES / name, office.folder / name))
    checked = office.run("issue", "--check", file).output
    assert right.counted.replace(" issued,", " would be issued,", 1) + "\n" in checked
    told = run(office, name)
    assert right.counted + "\n" in told
    rejects = file.with_name(f"{name}.rejects.csv")
    lines = list(csv.DictReader(rejects.read_text("utf-8-sig").splitlines())) if rejects.exists() else []
    assert Counter(code for line in lines for code in line["code"].split("; ")) == right.codes
    assert right.said in told + rejects.read_text("utf-8-sig") if lines else right.said in told
    assert right.counted.split()[0] == told.partition(" rows:")[0].split()[-1], "no row is dropped"


def run(office: Office, name: str) -> str:
    """Issue a case and return what was said."""
    return office.run("issue", shutil.copyfile(CASES / name, office.folder / name), "--no-output").output
