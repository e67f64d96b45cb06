"""The work list as CSV and as a workbook: late, who applies for whom, deadline, who has it; nothing typed is a formula."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from office.desk.centre import worktable
from tests.issuer import offices
from tests.office.applicants.invented import POWER, keys, national_id, person
from tests.office.applications.conftest import Keys
from tests.office.applications.workplace import shop
from tests.office.desk.house import House, Visitor
from tests.office.desk.test_reports import FORMULA, HOSTILE, table

OTHER = {"applicant_kind": "person", "applicant_name": "نادية فوزي", "applicant_national_id": national_id(2)}
AGENT = {"agent_name": "عادل سعد", "agent_national_id": national_id(3), **POWER}
FLAGS = ("late", "applicant is not the holder", "through an agent")


@pytest.fixture
def asking(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[House]:
    """An office that asks who applies, on each kind of database."""
    made, clerk, _ = unlocked
    furnished = offices.furnish(tmp_path / "office", made, database_url)
    keys(furnished.folder, "applicants.json")
    house = House(furnished.folder, database_url, clerk, applicants=furnished.folder / "applicants.json")
    yield house
    house.close()


def sent(house: House, place: int, who: dict[str, str], **fields: str) -> str:
    typed = shop(latitude=f"{31.2601 + place * 0.0012:.4f}") | fields
    return house.work.submit(house.work.draft("shop.first", typed, who=who))


def book(visitor: Visitor, path: str) -> Any:
    answer = visitor.get(path)
    assert answer.headers["Content-Disposition"].startswith("attachment") and answer.mimetype.endswith("spreadsheetml.sheet")
    return load_workbook(io.BytesIO(answer.data)).active


def lines(rows: list[list[Any]]) -> dict[str, dict[str, Any]]:
    return {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}


def flags(line: dict[str, Any]) -> dict[str, str]:
    return {head: line[head] for head in FLAGS}


def test_a_line_says_what_the_page_marks(asking: House) -> None:
    house = asking
    own, other, agent = sent(house, 0, person(1)), sent(house, 1, OTHER), sent(house, 2, OTHER | AGENT)
    for number in (own, other, agent):
        house.work.pay(number)
    reem = house.staff("reem", ("MN1", "reviewer"))
    reem.get(f"/centre/applications/{other}")
    reem.post(f"/centre/applications/{other}/take", 303, seen="0")
    manager = house.staff("hoda", ("MN1", "manager"))
    told = lines(table(manager, "/centre/work.csv?who=all"))
    assert flags(told[own]) == dict.fromkeys(FLAGS, "no")
    assert flags(told[other]) == {"late": "no", "applicant is not the holder": "yes", "through an agent": "no"}
    assert flags(told[agent]) == {"late": "no", "applicant is not the holder": "yes", "through an agent": "yes"}
    assert [told[number]["with"] for number in (own, other, agent)] == ["", "Reem", ""]
    names = {told[each][f"{head} ({lang})"] for each in told for head in FLAGS for lang in ("ar", "en")}
    assert {"نعم", "لا"} <= names and not {name for name in names if not name}, "a name in both languages beside each code"
    deadline = datetime.fromisoformat(told[own]["deadline"])
    assert deadline.timestamp() > house.now and told[own]["deadline"].endswith(("+02:00", "+03:00")), "Cairo's clock, and said so"
    for secret in (national_id(1), national_id(2), "نادية", "عادل"):
        assert secret not in str(told), "a flag, and nobody's name or number"
    house.now = int(deadline.timestamp()) + 2
    late = lines(table(house.staff("hoda", ("MN1", "manager")), "/centre/work.csv?who=all"))
    assert {line["late"] for line in late.values()} == {"yes"}, "once the deadline is over, whether or not the worker has passed it on"


def test_the_workbook_says_the_same(asking: House) -> None:
    house = asking
    sent(house, 0, OTHER | AGENT), sent(house, 1, person(1))
    manager = house.staff("hoda", ("MN1", "manager"))
    sheet = book(manager, "/centre/work.xlsx?who=all")
    rows = [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert rows == table(manager, "/centre/work.csv?who=all")
    assert sheet.freeze_panes == "A2" and all(cell.font.b for cell in sheet[1]) and not any(cell.font.b for cell in sheet[2])
    assert sheet.column_dimensions["B"].width >= len("مخبز الأمل")


def test_the_filters_of_the_page_are_those_of_the_table(asking: House) -> None:
    house = asking
    waiting, paid = sent(house, 0, person(1)), sent(house, 1, person(2))
    house.work.pay(paid)
    manager = house.staff("hoda", ("MN1", "manager"))
    for form in ("csv", "xlsx"):
        for path, wanted in (
            ("state=under_review", {paid}),
            ("state=awaiting_payment", {waiting}),
            ("late=1", set()),
            ("", {waiting, paid}),
        ):
            if form == "csv":
                found = set(lines(table(manager, f"/centre/work.csv?who=all&{path}")))
            else:
                found = {row[0] for row in book(manager, f"/centre/work.xlsx?who=all&{path}").iter_rows(min_row=2, values_only=True)}
            assert found == wanted, (form, path)
    elsewhere = house.staff("dina", ("SHQ", "manager"))
    assert lines(table(elsewhere, "/centre/work.csv?who=all")) == {}, "another authority's are not there"


def test_nothing_typed_is_a_formula_in_the_workbook_either(asking: House) -> None:
    house = asking
    for place, name in enumerate(HOSTILE):
        sent(house, place, person(1), trade_name=name, holder=name, address=name)
    sheet = book(house.staff("hoda", ("MN1", "manager")), "/centre/work.xlsx?who=all")
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert sheet.max_row == 1 + len(HOSTILE) and not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert not [cell.value for cell in cells if isinstance(cell.value, str) and cell.value.lstrip().startswith(FORMULA)]
    assert {cell.number_format for cell in cells if isinstance(cell.value, str)} == {"@"}, "edited by hand it stays text"


def test_a_table_that_is_cut_says_so(asking: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worktable, "MOST", 2)
    monkeypatch.setattr("office.applications.listing.LIMIT_MAX", 2)
    for place in range(3):
        sent(asking, place, person(1))
    manager = asking.staff("hoda", ("MN1", "manager"))
    assert manager.get("/centre/work.csv?who=all").text.rstrip().endswith("…")
    rows = list(book(manager, "/centre/work.xlsx?who=all").iter_rows(values_only=True))
    assert len(rows) == 4 and rows[-1][0] == "…"


def test_who_may_take_it_away(asking: House) -> None:
    for name, role, status in (("mona", "clerk", 403), ("tarek", "cashier", 403), ("reem", "reviewer", 403)):
        for form in ("csv", "xlsx"):
            asking.staff(name, ("MN1", role)).get(f"/centre/work.{form}", status)
