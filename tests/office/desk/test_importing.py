"""Paper licenses come in at the desk: read within bounds, mended in the page, approved by somebody else, sealed by the worker alone."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter

import pytest
from openpyxl import Workbook
from sqlalchemy import select, text

from issuer.register import requests
from issuer.register.tables import licenses
from office.licenses.imports import issuing, reading, retention
from office.licenses.imports.records import Line
from storage.database import reading as reading_from
from tests import by_hand
from tests.conftest import ROOT
from tests.issuer import offices
from tests.office.applications.conftest import unlocked
from tests.office.desk.house import House, Visitor, faults, plain
from tests.office.desk.test_licensing import hands

__all__ = ["unlocked"]

CASES = ROOT / "tests/data/cases"


def rows(*more: dict[str, str]) -> bytes:
    """A file of three shops in MN1, with changes of each."""
    usual = [dict(each) for each in offices.rows(3)]
    for row, change in zip(usual, more, strict=False):
        row.update(change)
    return offices.csv_of(usual).encode()


class Desk:
    def __init__(self, house: House) -> None:
        self.house = house
        self.mona = house.staff("mona", ("MN1", "clerk"))
        self.reem = house.staff("reem", ("MN1", "reviewer"))
        self.hany = house.staff("hany", ("SHQ", "clerk"), ("SHQ", "reviewer"))
        self.everywhere = house.staff("samir", ("*", "clerk"))

    def send(self, who: Visitor, content: bytes, name: str = "licenses.csv", status: int = 303) -> str:
        """The address of the import, or the page of a refusal."""
        answer = who.post("/centre/imports", status, file=(content, name))
        return answer.location if status == 303 else answer.text

    def counts(self, path: str, who: Visitor | None = None) -> dict[str, int]:
        page = (who or self.mona).get(path).text
        return {code: int(number) for code, number in re.findall(r'data-count="(\w+)"><span>[^<]*<bdi dir="ltr">(\d+)', page)}

    def request(self) -> requests.Request:
        with reading_from(self.house.context.engine) as connection:
            found = requests.listed(connection, open_=True) + requests.listed(connection, open_=False)
        return found[0]

    def approve(self, who: Visitor, status: int = 303, word: str = "approve") -> str:
        return who.post(f"/centre/requests/{self.request().id}", status, decision=word).text

    def work(self, **more: bool) -> Counter[str]:
        return issuing.run(self.house.context.engine, hands(self.house, **more), now=self.house.now)

    def sealed(self) -> list[str]:
        with self.house.context.engine.connect() as connection:
            return list(connection.scalars(select(licenses.c.trade_name).order_by(licenses.c.id)))


@pytest.fixture
def desk(each_house: House) -> Desk:
    return Desk(each_house)


@pytest.fixture
def lone(house: House) -> Desk:
    return Desk(house)


def test_a_file_is_mended_in_the_page_approved_by_another_and_sealed_by_the_worker(desk: Desk) -> None:
    wrong = {"holder": "", "valid_from": "soon", "address": "شارع <b>"}
    path = desk.send(desk.mona, rows({}, wrong))
    assert desk.counts(path) == {"refused": 1, "issued": 2}
    page = desk.mona.get(path).text
    assert "المرخص له" in page and "<b>شارع" not in page and faults(page) >= {"holder_missing", "date_invalid"}
    english = plain(desk.mona.get(f"{path}?lang=en", 302) and desk.mona.get(path).text)
    assert "Holder" in english
    desk.mona.get(f"{path}?lang=ar", 302)

    row = f"{path}/rows/3"
    form = desk.mona.get(row).text
    assert 'value="soon"' in form and re.search(r'name="holder"[^>]*aria-invalid="true"', form)
    still = desk.mona.post(row, 422, holder="هدى علي", valid_from="31/2/2026").text
    assert 'value="هدى علي"' in still and 'value="31/2/2026"' in still and "holder_missing" not in faults(still)
    again = desk.house.staff("mona")
    assert 'value="31/2/2026"' in again.get(row).text, "what was typed outlives the session"
    assert again.post(row, 303, valid_from="1/3/2026").location == path, "none is left"
    assert desk.counts(path) == {"issued": 3}
    assert desk.sealed() == [] and desk.work() == Counter(), "nothing before an approval"

    assert again.post(f"{path}/ask", 303).location.startswith(path)
    assert desk.work() == Counter()
    assert "import_sent" in faults(again.post(row, 409, holder="لص").text), "what was sent stays"
    shown = plain(desk.reem.get(f"/centre/requests/{desk.request().id}").text)
    assert "هدى علي" not in shown and "محل رقم 1" in shown
    assert "هدى علي" in desk.reem.get(f"{path}/rows.csv").text, "the approver can look at every row"
    desk.approve(desk.reem)
    assert desk.work(released=False) == Counter(release_missing=1) and desk.sealed() == []
    assert desk.work() == Counter(imported=3, requests_done=1)
    assert len(desk.sealed()) == 3 and desk.work() == Counter()
    assert desk.counts(path) == {"issued": 3}
    number = re.findall(r'/centre/licenses/(ALX-[^"]+)"', desk.mona.get(path).text)[0]
    assert "أعدّه mona · وافق عليه reem" in plain(desk.mona.get(f"/centre/licenses/{number}").text)
    assert desk.counts(desk.send(desk.mona, rows())) == {"already": 2, "held": 1}, "again: one row is like what it was mended to"


def test_what_a_row_would_become_is_said_as_the_console_says_it(lone: Desk) -> None:
    first = desk_sealed(lone, rows())
    path = lone.send(lone.mona, rows({"address": "شارع آخر"}))
    assert first == 3 and lone.counts(path) == {"changed": 1, "already": 2}
    lone.mona.post(f"{path}/ask", 303, apply="yes")
    lone.approve(lone.reem)
    assert lone.work()["requests_done"] == 1
    assert lone.counts(path) == {"corrected": 1, "already": 2}


def desk_sealed(desk: Desk, content: bytes) -> int:
    path = desk.send(desk.mona, content)
    desk.mona.post(f"{path}/ask", 303)
    desk.approve(desk.reem)
    return desk.work()["imported"]


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()) if CASES.exists() else [])
def test_files_as_offices_write_them(lone: Desk, name: str) -> None:
    """Dates that Excel made, a title above the headings, coarse places: never a fault of ours, and never sealed by guess."""
    who = lone.everywhere
    answer = who.post("/centre/imports", None, file=((CASES / name).read_bytes(), name))
    assert answer.status_code in (303, 422), answer.text
    if answer.status_code == 303:
        assert lone.counts(answer.location, who), name


def test_a_messy_workbook_goes_through_the_page(lone: Desk) -> None:
    """Title above the headings, Arabic digits, merged cells, a day that is a day, a name that Excel made a day."""
    book = Workbook()
    sheet = book.active
    sheet.append(["كشف تراخيص حي المنتزه أول"])
    sheet.append(
        [
            "نوع الترخيص",
            "الحي",
            "الاسم التجاري",
            "النشاط",
            "المرخص له",
            "العنوان",
            "الإحداثيات",
            "نصف القطر (م)",
            "تاريخ البداية",
            "تاريخ الانتهاء",
        ]
    )
    from datetime import datetime

    site = "٣١٫٢٧٥٢٠، ٣٠٫٠٠٦١٠"
    sheet.append(["محل", "حي المنتزه أول", "مخبز الأمل", "مخبز", "سامي فؤاد", "شارع ١٢", site, "٣٠", datetime(2026, 3, 1), None])
    sheet.append([None, None, datetime(2026, 6, 30), "مخبز", "علي", "شارع ١٣", "31.27560, 30.00610", 30, "٢٠٢٦/٣/٢", None])
    sheet.merge_cells("A3:A4")
    sheet.merge_cells("B3:B4")
    written = io.BytesIO()
    book.save(written)
    path = lone.send(lone.mona, written.getvalue(), "كشف.xlsx")
    assert lone.counts(path) == {"refused": 1, "issued": 1}
    assert "cell_is_date" in faults(lone.mona.get(path).text)
    assert lone.mona.post(f"{path}/rows/4", 303, trade_name="مخبز ٣٠ يونيو").location == path
    assert lone.counts(path) == {"issued": 2}


# What somebody would try.


def test_the_same_person_does_not_approve_and_other_authorities_see_nothing(desk: Desk) -> None:
    both = desk.house.staff("karim", ("MN1", "clerk"), ("MN1", "reviewer"))
    path = desk.send(both, rows())
    for address in (path, f"{path}/rows/2", f"{path}/rows.csv"):
        desk.hany.get(address, 404)
    for address in (f"{path}/rows/2", f"{path}/ask", f"{path}/discard"):
        desk.hany.post(address, 404)
    both.post(f"{path}/ask", 303)
    assert "request_own" in faults(desk.approve(both, 403))
    desk.approve(desk.hany, 404)
    assert desk.work() == Counter() and desk.sealed() == []


def test_rows_of_another_authority_are_refused(lone: Desk) -> None:
    path = lone.send(lone.hany, rows())
    assert lone.counts(path, lone.hany) == {"refused": 3}
    assert "authority_not_yours" in faults(lone.hany.get(path).text)
    assert "import_nothing" in faults(lone.hany.post(f"{path}/ask", 422).text)
    lone.mona.get(path, 404)


@pytest.mark.parametrize("what", ["row", "left_out", "told"])
def test_rows_that_changed_after_the_approval_are_not_sealed(desk: Desk, what: str) -> None:
    path = desk.send(desk.mona, rows())
    desk.mona.post(f"{path}/ask", 303)
    desk.approve(desk.reem)
    if what == "row":
        by_hand.run(desk.house.context.engine, "UPDATE license_import_row SET entry = replace(entry, 'محل رقم 2', 'محل لص') WHERE line = 3")
    elif what == "left_out":
        by_hand.run(desk.house.context.engine, "UPDATE license_import_row SET entry = NULL WHERE line = 3")
    else:
        by_hand.run(desk.house.context.engine, "UPDATE license_import SET apply = true")
    assert desk.work() == Counter(requests_lapsed=1) and desk.sealed() == []
    assert "import_changed" in faults(desk.mona.get(path).text)
    desk.mona.post(f"{path}/ask", 303)
    assert desk.request().state == "waiting", "it can be asked for again, and is approved again"


def test_a_worker_that_is_killed_between_two_batches_goes_on_behind_the_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.send(desk.mona, rows())
    desk.mona.post(f"{path}/ask", 303)
    desk.approve(desk.reem)
    monkeypatch.setattr(issuing, "BATCH", 1)
    done, whole = 0, issuing._batch

    def dying(*given: object) -> int:
        nonlocal done
        done += 1
        if done == 3:
            raise KeyboardInterrupt
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(issuing, "_batch", dying)
    with pytest.raises(KeyboardInterrupt):
        desk.work()
    assert len(desk.sealed()) == 2 and desk.request().state == "approved"
    assert desk.work() == Counter(imported=1, requests_done=1)
    assert len(desk.sealed()) == 3 and desk.counts(path) == {"issued": 3}


def test_files_that_would_fill_the_machine(lone: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (40 << 20))
    assert "file_too_large" in faults(lone.send(lone.mona, bomb.getvalue(), "bomb.xlsx", 413))
    assert "too_large" in lone.send(lone.mona, b"x" * ((10 << 20) + (300 << 10)), "large.csv", 413)
    assert "file_too_large" in faults(lone.send(lone.mona, b"x" * ((10 << 20) + 1), "large.csv", 413))
    monkeypatch.setattr(reading, "ROWS_MOST", 2)
    assert "import_too_long" in faults(lone.send(lone.mona, rows(), status=422))
    long = lone.send(lone.everywhere, rows()[: rows().index(b"\n") + 1] + b"shop,MN1," + b"y" * 5_000 + b"\n", status=303)
    assert "columns_missing" in faults(lone.everywhere.get(long).text) or "cell_too_long" in faults(lone.everywhere.get(long).text)


@pytest.mark.parametrize("content", [b"", b"\0\0", b"hello", b"a,b\n1,2\n", b"PK\3\4broken", b'{"type": 1}', b"\xd0\xcf\x11\xe0old"])
def test_what_is_no_file_of_licenses(lone: Desk, content: bytes) -> None:
    page = lone.send(lone.mona, content, "<script>.csv", 422)
    assert faults(page) and "<script>.csv" not in page
    assert "file_missing_here" in faults(lone.mona.post("/centre/imports", 422).text)


def test_no_cell_is_run_as_a_formula_and_the_table_can_be_read_in_again(lone: Desk) -> None:
    path = lone.send(lone.mona, rows({"trade_name": "=HYPERLINK(1)", "holder": ""}))
    table = lone.mona.get(f"{path}/rows.csv?outcome=refused")
    assert table.mimetype == "text/csv" and "'=HYPERLINK" in table.text and ",=HYPER" not in table.text
    assert lone.counts(lone.send(lone.mona, table.data, "again.csv")) == {"refused": 1}


def test_a_form_of_another_site_imports_nothing(lone: Desk) -> None:
    path = lone.send(lone.mona, rows())
    for address in (path + "/ask", path + "/discard", path + "/rows/2"):
        assert lone.mona.http.post(address, data={"form": "0" * 64}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert lone.counts(path) == {"issued": 3}
    lone.mona.post(f"{path}/rows/2", 303, go="drop")
    assert lone.counts(path) == {"issued": 2}
    lone.mona.post(f"{path}/rows/2", 303, go="take")
    lone.mona.post(f"{path}/discard", 303)
    lone.mona.get(path, 404)
    with lone.house.context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM license_import_row")) == 0, "nothing of it stays"


def test_a_row_is_kept_as_it_was_read() -> None:
    from issuer.intake.row import Row, Typed
    from office.licenses.imports import records

    line = Line(2, Row(2, ("س",), {"trade_name": "س"}, "", {"trade_name": Typed("date", "C3")}))
    assert records.values(line)["row"] == {"f": {"trade_name": "س"}, "t": {"trade_name": ["date", "C3"]}, "x": ""}


def test_drafts_that_nobody_goes_on_with_and_rows_of_long_ago_are_forgotten(lone: Desk) -> None:
    assert desk_sealed(lone, rows()) == 3
    left = lone.send(lone.mona, rows({"holder": "هدى"}))
    engine, day = lone.house.context.engine, 86_400
    for days, gone in ((89, 0), (91, 2)):
        with engine.begin() as connection:
            assert retention.sweep(connection, now=lone.house.now + days * day) == gone
    lone.mona.get(left, 404)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM license_import_row")) == 0
    assert len(lone.sealed()) == 3, "licenses stay"
