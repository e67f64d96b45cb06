"""What a manager takes away: tables whose cells are text in every spreadsheet, figures that are the register's, charts of the same."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import datetime

import lxml.html
import pytest
from sqlalchemy import update

from office.messages.tables import messages
from seal import days
from tests.office.applications.workplace import NOW, shop
from tests.office.desk.house import House, Visitor
from web import spreadsheets as tables

#: What begins a formula in one spreadsheet or another (OWASP, "CSV Injection"), in both widths.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
HOSTILE = (
    '=HYPERLINK("http://evil.example","مخبز")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "＝1+1",
)
LURKING = ("\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u202e=1", '"=1', "a\n=1", "x,=1", "\x00=1", "  \t+1")


def cells(data: bytes) -> list[list[str]]:
    """A table as a spreadsheet takes it apart."""
    assert data.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 by its mark alone"
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def assert_harmless(rows: list[list[str]]) -> None:
    for row in rows:
        for cell in row:
            assert not cell.lstrip().startswith(FORMULA) or cell.lstrip("-").isdigit(), cell
            assert not cell.startswith(FORMULA) or cell.lstrip("-").isdigit(), cell


@pytest.mark.parametrize("text", [*HOSTILE, *LURKING])
def test_a_cell_is_text_whatever_it_says(text: str) -> None:
    rows = cells(tables.csv_of(("name", "count"), [(text, -5), (f"{text};{text}", 7)]))
    assert [len(row) for row in rows] == [2, 2, 2], "one cell stays one cell"
    assert_harmless(rows)
    assert rows[1][1] == "-5", "a number stays one"


@pytest.fixture
def manager(house: House) -> Visitor:
    return house.staff("hoda", ("MN1", "manager"))


def table(visitor: Visitor, path: str) -> list[list[str]]:
    answer = visitor.get(path)
    assert answer.mimetype == "text/csv" and answer.headers["Content-Disposition"].startswith("attachment")
    rows = cells(answer.data)
    assert_harmless(rows)
    return rows


def test_a_trade_name_that_is_a_formula_is_text_in_the_work_list_s_table(house: House, manager: Visitor) -> None:
    numbers = {}
    for place, name in enumerate(HOSTILE):
        where = {"latitude": f"{31.2601 + place * 0.0012:.4f}", "longitude": "30.0061"}
        numbers[house.work.submitted("shop.first", shop(trade_name=name, holder=name, **where))] = name
    rows = table(manager, "/centre/work.csv?state=awaiting_payment")
    assert len(rows) == 1 + len(HOSTILE)
    for row in rows[1:]:
        told = dict(zip(rows[0], row, strict=True))
        name = numbers[told["application"]]
        kept = unicodedata.normalize("NFC", name)
        assert told["name"] == told["holder"] == f"'{kept}", "the whole name, after the sign that makes it text"
    assert all(unicodedata.normalize("NFC", name) in lxml.html.fromstring(manager.get("/centre/").text).text_content() for name in HOSTILE)


def test_the_tables_say_what_the_register_says(house: House) -> None:
    where = [{"latitude": f"{31.2601 + place * 0.0012:.4f}", "longitude": "30.0061"} for place in range(3)]
    first, done, unpaid = (house.work.submitted("shop.first", shop(**place)) for place in where)
    foreign = house.work.submitted("shop.first", shop(latitude="31.2201", longitude="29.9601"))
    total = house.work.pay(first) + house.work.pay(done)
    house.now = NOW + 3 * 86_400
    house.work.do("approve", done, now=house.now)
    manager = house.staff("hoda", ("MN1", "manager"))
    counts = table(manager, "/centre/reports/counts.csv")
    named = [head for code in ("authority", "service", "state") for head in (code, f"{code} (ar)", f"{code} (en)")]
    assert counts[0] == [*named, "applications", "oldest since"]
    assert all(all(row[1:3]) and all(row[4:6]) and all(row[7:9]) for row in counts[1:]), "a name in both languages beside each code"
    assert {datetime.fromisoformat(row[10]).timestamp() for row in counts[1:]} <= {NOW, house.now}
    assert all(row[10].endswith("+02:00") for row in counts[1:]), "Cairo's clock, and said so"
    assert {(row[0], row[6]): row[9] for row in counts[1:]} == {
        ("MN1", "under_review"): "1",
        ("MN1", "approved"): "1",
        ("MN1", "awaiting_payment"): "1",
    }
    waits = table(manager, "/centre/reports/waiting.csv")
    assert [[row[0], row[3], *row[6:]] for row in waits[1:]] == [["MN1", "shop.first", "1", "3.00", "3.00", "3.00"]]
    day = days.day_of(NOW)
    cash = table(manager, f"/centre/reports/cash.csv?day={day}")[1:]
    assert [[*row[:2], *row[4:]] for row in cash] == [
        [day.isoformat(), "MN1", "staff:3", "cash", "نقدًا", "in cash", "2", str(total), "0", "0", "MN1-2026-000001", "MN1-2026-000002"]
    ]
    assert table(manager, "/centre/reports/cash.csv")[1:] == [], "another day"
    sent = table(manager, f"/centre/reports/messages.csv?day={day}")
    assert {row[1]: int(row[4]) for row in sent[1:]}["waiting"] > 0
    assert all(re.search("[ء-ي]", row[2]) and row[3].isascii() and row[3] for row in sent[1:]), "each with its names"
    work = table(manager, "/centre/work.csv")
    assert all(datetime.fromisoformat(row[15]) for row in work[1:]) and work[0][15] == "submitted"
    assert {row[0] for row in work[1:]} == {first, unpaid, done} and foreign not in str(work)
    page = lxml.html.fromstring(manager.get("/centre/reports").text)
    charts = {chart.xpath(".//h2")[0].text: chart.xpath(".//*[local-name()='svg']/@aria-label")[0] for chart in page.xpath("//figure")}
    assert len(charts) == 5, "counts by state, authority and service, waits by service and authority"
    assert all(any(figure.isdigit() for figure in label) for label in charts.values())


def test_a_day_that_is_none_makes_no_table(manager: Visitor) -> None:
    for path in ("cash.csv?day=soon", "messages.csv?day=9999-12-31", "waiting.csv?since=2026-11-24&until=2026-11-01"):
        manager.get(f"/centre/reports/{path}", 422)
    for path in ("cash?day=soon", "messages?day=soon", "?since=soon"):
        page = manager.get(f"/centre/reports{'' if path[0] == '?' else '/'}{path}", 422)
        assert not lxml.html.fromstring(page.text).xpath("//dl | //a[contains(@href, '.csv?day=')]"), "and no figures of another day"
    assert table(manager, "/centre/reports/cash.csv?day=24/11/2026") == table(manager, "/centre/reports/cash.csv?day=2026-11-24")


def test_what_did_not_arrive_is_seen_by_its_authority_and_sent_again(house: House, manager: Visitor) -> None:
    mine = house.work.submitted("shop.first", shop())
    theirs = house.work.submitted("shop.first", shop(latitude="31.2201", longitude="29.9601"))
    with house.context.engine.begin() as connection:
        connection.execute(update(messages).values(state="failed", error="unreachable"))
    page = manager.get("/centre/reports/messages")
    assert mine in page.text and theirs not in page.text
    forms = lxml.html.fromstring(page.text).xpath(f"//tr[contains(., '{mine}')]//form/@action")
    for form in forms:
        manager.post(form, 303)
    assert forms and mine not in manager.get("/centre/reports/messages").text
    other = house.staff("samia", ("SHQ", "manager"))
    other.get("/centre/reports")
    other.post(forms[0], 404)


def test_a_license_s_whole_history_is_on_its_page(house: House) -> None:
    _, number = house.work.issued("shop.first", shop())
    house.now += 86_400
    transfer = house.work.submitted("shop.transfer", {"license": number, "holder": "مالك جديد"}, now=house.now)
    house.work.pay(transfer, now=house.now)
    house.work.do("approve", transfer, now=house.now)
    house.work.issue(transfer, now=house.now)
    clerk = house.staff("mona", ("MN1", "clerk"))
    clerk.get(f"/centre/licenses/{number}")
    clerk.post(f"/centre/licenses/{number}/print", 200, size="A5")
    manager = house.staff("hoda", ("MN1", "manager"))
    page = lxml.html.fromstring(manager.get(f"/centre/licenses/{number}").text)
    events = page.xpath("//ol[@class='timeline']/li")
    assert len(events) >= 2 and transfer in events[-1].text_content(), "why it changed"
    assert transfer in page.text_content() and "مالك جديد" in page.text_content()
    assert len(page.xpath("//li[contains(., 'A5') and contains(., 'mona')]")) == 1, "the copy that was printed, and by whom"
