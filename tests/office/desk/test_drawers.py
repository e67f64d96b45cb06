"""Drawers at the desk: from a float to a slip with two names, and what somebody might try on the way."""

from __future__ import annotations

import csv
import io

import pikepdf
import pyotp
import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from accounts.tables import accounts
from office.applications import drawers
from office.applications.actors import Actor
from office.payments import soundness
from storage.database import reading
from tests.office.applications.workplace import shop
from tests.office.desk.house import FLOAT, House, Visitor, faults, plain, totp
from tests.office.papers.pdfa import faults as paper_faults

COUNTED = {"pieces-5000": "٣", "pieces-1000": "5"}  # the float, as somebody with an Arabic keyboard types it


def bill(house: House, place: str = "31.2752", **more: str) -> tuple[str, str]:
    """An application that waits to be paid, and its amount in pounds."""
    number = house.work.submitted("shop.first", shop(latitude=place, **more))
    return number, f"{house.work.show(number).bills[0].piastres / 100:.2f}"


def drawer_of(house: House, name: str) -> drawers.Held:
    with reading(house.context.engine) as connection:
        found = drawers.own(connection, "MN1", name)
        assert found is not None
        return drawers.show(connection, found.id, actor=_actor(house, name))


def _actor(house: House, name: str) -> Actor:
    account = house.account(name)
    return Actor("staff", str(account.id), account.display, account.roles)


def with_phone(house: House, name: str) -> str:
    """Give an account a second factor; its key."""
    key = pyotp.random_base32()
    with house.context.engine.begin() as connection:
        connection.execute(update(accounts).where(accounts.c.name == name).values(totp=key, totp_step=0))
    return key


def pay(house: House, who: Visitor, place: str, amount: str = "", **more: str) -> str:
    number, due = bill(house, place)
    answer = who.post(f"/centre/till/{number}", 303, method="cash", amount=amount or due, **more)
    return answer.location.rsplit("/", 1)[1]


def test_a_cashier_s_day(each_house: House) -> None:
    house = each_house
    karim = house.staff("karim", ("MN1", "cashier"), drawer=False)
    number, due = bill(house)
    page = karim.get(f"/centre/till/{number}")
    assert faults(page.text) == {"drawer_missing"}
    assert f'href="/centre/drawers/open?for={number}&amp;authority=MN1"' in page.text, "with the way to open one"
    refused = karim.post(f"/centre/till/{number}", 409, method="cash", amount=due, payer="منى علي")
    assert "منى علي" in refused.text and f'value="{due}"' in refused.text, "what was typed is kept"
    opened = karim.post("/centre/drawers/open", 303, authority="MN1", **{"for": number}, **COUNTED)
    assert opened.location == f"/centre/till/{number}", "and back to the bill"
    assert faults(karim.get(opened.location).text) == set()
    paid = karim.follow(karim.post(f"/centre/till/{number}", 303, method="cash", amount=due, payer="  منى   علي "))
    receipt = plain(paid.text)
    assert "اسم الدافع منى علي" in receipt and "أمين الخزينة Karim" in receipt and "لا غير" in receipt and "only" in receipt
    held = drawer_of(house, "karim")
    where = f"/centre/drawers/{held.drawer.id}"
    assert f"{float(due):,.2f}" not in plain(karim.get(where).text), "whoever counts does not see what should be there"
    hoda, key = house.staff("hoda", ("MN1", "manager")), with_phone(house, "hoda")
    assert faults(hoda.post(f"{where}/close", 422, tally="1", code=totp(key, house.now)).text) >= {"drawer_not_counted"}
    karim.post(f"{where}/count", 303, **COUNTED)
    shown = karim.get(where)
    assert f"−{float(due):,.2f}" in plain(shown.text) and faults(shown.text) == {"drawer_unexplained"}
    tally = str(drawer_of(house, "karim").tallies[-1].id)
    house.now += 60
    unexplained = hoda.post(f"{where}/close", 422, tally=tally, code=totp(key, house.now))
    assert "drawer_unexplained" in faults(unexplained.text)
    karim.post(f"{where}/explain", 303, tally=tally, reason="أُعطي الباقي مرتين")
    assert faults(hoda.post(f"{where}/close", 422, tally=tally, code="000000").text) == {"code_refused"}
    house.now += 60
    hoda.post(f"{where}/close", 303, tally=tally, code=totp(key, house.now))
    closed = plain(hoda.get(where).text)
    assert "الاسم الثاني Hoda" in closed and "أُعطي الباقي مرتين" in closed
    assert "لا يوجد ما يودع" in closed, "there was no more than the float"
    number, due = bill(house, "31.2790")
    assert faults(karim.post(f"/centre/till/{number}", 409, method="cash", amount=due).text) == {"drawer_missing"}
    with reading(house.context.engine) as connection:
        assert soundness.check(connection) == ()


def test_a_deposit_s_slip(house: House) -> None:
    karim = house.staff("karim", ("MN1", "cashier"))
    receipts = [pay(house, karim, place) for place in ("31.2752", "31.2762")]
    held = drawer_of(house, "karim")
    where = f"/centre/drawers/{held.drawer.id}"
    karim.get(f"{where}/slip.pdf", 404)
    karim.post(f"{where}/count", 303, **COUNTED, **{"pieces-20000": "1", "pieces-50": "1"})
    tally = str(drawer_of(house, "karim").tallies[-1].id)
    karim.post(f"{where}/explain", 303, tally=tally, reason="<b>نقص</b>")
    omar = house.staff("omar", ("MN1", "cashier"))  # without a second factor here, as with a provider of accounts
    omar.post(f"{where}/close", 303, tally=tally)
    slip = omar.get(f"{where}/slip.pdf")
    assert (slip.mimetype, slip.headers["Content-Disposition"]) == ("application/pdf", "attachment; filename=MN1-2026-D00001.pdf")
    assert paper_faults(slip.data) == []
    with pikepdf.open(io.BytesIO(slip.data)) as pdf:
        said = " ".join(str(each.ActualText) for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and "/ActualText" in each)
    for text in (
        "MN1-2026-D00001",
        "200.50",
        "فقط مائتا جنيه وخمسون قرشًا لا غير",
        "Karim",
        "Omar",
        f"{receipts[0]} – {receipts[1]}",
        "<b>نقص</b>",
    ):
        assert text in said, text
    assert "MN1-2026-D00001" in omar.get(where).text


def test_nobody_closes_a_drawer_with_both_names(house: House) -> None:
    """Not the cashier, not as a manager who counted, not for another authority, not a count that nobody showed them."""
    karim = house.staff("karim", ("MN1", "cashier"), ("MN1", "manager"))
    where = f"/centre/drawers/{drawer_of(house, 'karim').drawer.id}"
    karim.post(f"{where}/count", 303, **COUNTED)
    tally = str(drawer_of(house, "karim").tallies[-1].id)
    assert 'action="' + where + '/close"' not in karim.get(where).text
    assert faults(karim.post(f"{where}/close", 403, tally=tally).text) == {"drawer_same_person"}
    hoda = house.staff("hoda", ("MN1", "manager"))
    hoda.post(f"{where}/count", 303, **COUNTED)  # the manager counts in the cashier's place
    newer = str(drawer_of(house, "karim").tallies[-1].id)
    assert faults(hoda.post(f"{where}/close", 403, tally=newer).text) == {"drawer_same_person"}
    omar = house.staff("omar", ("MN1", "cashier"))
    assert "changed_meanwhile" in faults(omar.post(f"{where}/close", 409, tally=tally).text)
    assert "changed_meanwhile" in faults(omar.post(f"{where}/close", 409, tally="x").text)
    for who in (house.staff("dina", ("SHQ", "cashier"), ("SHQ", "manager")), house.staff("mona", ("MN1", "clerk"))):
        assert who.post(f"{where}/close", tally=newer).status_code in (403, 404)
    assert drawer_of(house, "karim").drawer.state == "counted"
    omar.post(f"{where}/close", 303, tally=newer)


def test_a_cashier_has_no_way_to_another_s_drawer_or_back_to_the_float(house: House) -> None:
    karim, omar = house.staff("karim", ("MN1", "cashier")), house.staff("omar", ("MN1", "cashier"))
    pay(house, omar, "31.2752")
    mine, other = drawer_of(house, "karim").drawer.id, drawer_of(house, "omar").drawer.id
    assert [len(drawer_of(house, name).movements.came) for name in ("karim", "omar")] == [0, 1]
    assert faults(karim.post(f"/centre/drawers/{other}/count", 409, **COUNTED).text) == {"action_refused"}
    again = karim.post("/centre/drawers/open", 409, authority="MN1", **{"pieces-20000": "9"})
    assert faults(again.text) == {"drawer_open"}
    assert dict(drawer_of(house, "karim").begun.pieces) == FLOAT, "the float stays as it was counted"
    assert faults(karim.post("/centre/drawers/open", 422, authority="SHQ", **COUNTED).text) == {"field_missing"}
    for text in ("x", "-1", "1.5", "999999", "²"):
        page = karim.post(f"/centre/drawers/{mine}/count", 422, **COUNTED | {"pieces-500": text})
        assert faults(page.text) >= {"pieces_invalid"} and f'value="{text}"' in page.text, text
    assert faults(karim.post(f"/centre/drawers/{mine}/count", 422, **COUNTED, card="ten").text) == {"amount_invalid"}
    assert drawer_of(house, "karim").drawer.state == "open"


def test_yesterday_s_drawer_is_closed_first(house: House) -> None:
    karim = house.staff("karim", ("MN1", "cashier"))
    house.now += 86_400
    karim = house.staff("karim", ("MN1", "cashier"))
    number, due = bill(house)
    page = karim.post(f"/centre/till/{number}", 409, method="cash", amount=due)
    assert faults(page.text) == {"drawer_other_day"}
    assert f'href="/centre/drawers/{drawer_of(house, "karim").drawer.id}"' in page.text


def test_a_second_factor_is_not_guessed(house: House) -> None:
    house.staff("karim", ("MN1", "cashier"))
    where = f"/centre/drawers/{drawer_of(house, 'karim').drawer.id}"
    house.staff("karim").post(f"{where}/count", 303, **COUNTED)
    tally = str(drawer_of(house, "karim").tallies[-1].id)
    hoda, key = house.staff("hoda", ("MN1", "manager")), with_phone(house, "hoda")
    for _ in range(5):
        hoda.post(f"{where}/close", 422, tally=tally, code="123456")
    page = hoda.post(f"{where}/close", 429, tally=tally, code=totp(key, house.now))
    assert faults(page.text) == {"wait"}, "the right code does not count now"
    assert drawer_of(house, "karim").drawer.state == "counted"


@pytest.mark.parametrize("name", ["counts", "cash", "revenue", "waiting", "messages"])
def test_every_report_is_a_workbook_too(house: House, name: str) -> None:
    """And nothing in it is run: what begins like a formula is text."""
    karim = house.staff("karim", ("MN1", "cashier"))
    pay(house, karim, "31.2752", payer="=1+1")
    hoda = house.staff("hoda", ("MN1", "manager"))
    got = hoda.get(f"/centre/reports/{name}.xlsx")
    assert got.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    rows = list(load_workbook(io.BytesIO(got.data)).active.iter_rows(values_only=True))
    text = list(csv.reader(io.StringIO(hoda.get(f"/centre/reports/{name}.csv").text.removeprefix("\ufeff"))))
    assert [len(row) for row in rows] == [len(line) for line in text] and list(rows[0]) == text[0]
    if name == "revenue":
        (row,) = (dict(zip(text[0], row, strict=True)) for row in rows[1:])
        assert (row["month"], row["authority"], row["service"], row["method"], row["payments"]) == (
            "2026-11",
            "MN1",
            "shop.first",
            "cash",
            1,
        )
        assert row["piastres"] == row["piastres net"] > 0 and isinstance(row["piastres"], int)


def test_revenue_by_month_service_and_authority(each_house: House) -> None:
    house = each_house
    karim = house.staff("karim", ("MN1", "cashier"))
    pay(house, karim, "31.2752")
    rejected, due = bill(house, "31.2762")
    karim.post(f"/centre/till/{rejected}", 303, method="card", amount=due)
    house.work.do("reject", rejected, reason="x")
    version, payment = house.work.show(rejected).version, house.work.show(rejected).bills[0].payments[0].id
    karim.post(f"/centre/money/{rejected}", 303, payment=str(payment), version=str(version), amount="2.50", reason="سحب")
    hoda = house.staff("hoda", ("MN1", "manager"))
    page = plain(hoda.get("/centre/reports/revenue").text)
    assert "2026-11" in page and "بطاقة" in page and "2.50" in page and f"{float(due) - 2.5:,.2f}" in page
    assert "لا" in plain(hoda.get("/centre/reports/revenue?since=2026-01-01&until=2026-10-31").text)
    assert faults(hoda.get("/centre/reports/revenue?since=soon", 422).text) == {"date_invalid"}
    other = plain(house.staff("samia", ("SHQ", "manager")).get("/centre/reports/revenue").text)
    assert "2026-11" not in other.replace("2026-11-24", "")
