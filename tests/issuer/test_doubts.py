"""Rows whose place is in doubt: held with the reason, decided by a person, and judged anew once they are corrected."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from issuer.intake.survey import CROWD
from tests.issuer import offices
from tests.issuer.offices import DATA, Office, row


@pytest.fixture
def office(tmp_path: Path, made_keys: Path) -> Office:
    return offices.furnish(tmp_path, made_keys, str(tmp_path / "register.sqlite"))


def crowd(count: int = CROWD) -> list[dict[str, str]]:
    return [row(trade_name=f"محل رقم {number}", address=f"شارع {number}", source_id=f"F-{number}") for number in range(count)]


def test_a_crowd_on_one_point_waits_until_somebody_accepts_it(office: Office) -> None:
    path = office.write("crowd.csv", crowd())
    told = office.run("issue", path, "--no-output").output
    assert f"{CROWD} rows: 0 issued, 0 issued before, 0 refused, {CROWD} held" in told
    assert "Many licenses stand on one identical point" in told
    assert f"{CROWD} rows wait for a decision" in told
    assert "site_crowded" in (office.folder / "crowd.csv.rejects.csv").read_text("utf-8-sig")
    listed = office.run("license", "held", "list", now=None).output
    assert listed.count("على نقطة واحدة تراخيص كثيرة") == CROWD
    office.run("license", "held", "accept", "1", "2", "--out", office.folder / "out")
    office.run("license", "held", "dismiss", "3", now=None)
    told = office.run("issue", path, "--no-output").output
    assert f"{CROWD} rows: 0 issued, 2 issued before, 1 refused, {CROWD - 3} held" in told
    assert f"{CROWD - 3} rows wait" in office.run("license", "held", "list", now=None).output


def test_a_corrected_place_is_sealed_although_the_row_waited_or_was_dropped(office: Office) -> None:
    coarse = [
        row(latitude="31.27", longitude="30.00", source_id="F-1"),
        row(trade_name="مقهى البحر", latitude="31.28", longitude="30.00", source_id="F-2"),
    ]
    office.run("issue", office.write("a.csv", coarse), "--no-output")
    office.run("license", "held", "dismiss", "2", now=None)
    fine = [each | {"latitude": each["latitude"] + "1234", "longitude": "30.001234"} for each in coarse]
    told = office.run("issue", office.write("a.csv", fine), "--no-output").output
    assert "2 rows: 2 issued, 0 issued before, 0 refused" in told
    assert "0 rows wait" in office.run("license", "held", "list", now=None).output


def test_the_summary_names_what_nobody_read(office: Office) -> None:
    shutil.copy(DATA / "cases/column_not_read.csv", office.folder)
    told = office.run("issue", office.folder / "column_not_read.csv", "--no-output").output
    assert "2 rows: 2 issued" in told
    assert "columns that were not read / أعمدة لم تُقرأ: رقم الترخيص" in told


@pytest.mark.parametrize(
    ("name", "issued"), [("authority_by_name.csv", 3), ("title_row.csv", 1), ("sparse_first_feature.geojson", 4), ("days.csv", 10)]
)
def test_what_can_be_read_is_sealed(office: Office, name: str, issued: int) -> None:
    shutil.copy(DATA / "cases" / name, office.folder)
    assert f": {issued} issued, 0 issued before" in office.run("issue", office.folder / name, "--no-output").output


@pytest.mark.parametrize("name", ["month_first.csv", "excel_autodates.xlsx"])
def test_what_would_be_a_guess_is_not(office: Office, name: str) -> None:
    shutil.copy(DATA / "cases" / name, office.folder)
    assert ": 0 issued, 0 issued before" in office.run("issue", office.folder / name, "--no-output").output
