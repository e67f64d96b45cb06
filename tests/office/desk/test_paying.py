"""Paying from the portal, in a real browser: the office asks a provider that runs as its own process, and hears from it over HTTP."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text
from werkzeug.test import TestResponse

from office.desk import words
from office.payments import settlement_file
from seal import days
from tests.browser import assert_accessible
from tests.issuer import offices
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, Visitor, faults, plain, served
from tests.office.payments.office import Simulator, wait_until
from tests.ports import free_port

__all__ = ["unlocked"]


class Paid(House):
    """A house with a provider beside it."""

    simulator: Simulator
    address: str


@pytest.fixture
def paid(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[Paid]:
    made, clerk, _ = unlocked
    port = free_port()
    simulator = Simulator(tmp_path / "provider", notify=f"http://127.0.0.1:{port}/payments/fawry/notification")
    simulator.start()
    house = Paid(offices.furnish(tmp_path / "office", made, database_url).folder, database_url, clerk, provider=simulator.settings)
    house.simulator = simulator
    try:
        with served(house, port=port) as house.address:
            yield house
    finally:
        simulator.kill()
        house.close()


def bill_of(house: Paid, browsers: Browsers) -> tuple[str, Page]:
    """An application that waits for its money, on its owner's phone."""
    mona = house.citizen()
    number = house.work.submitted("shop.first", shop(), actor=house.actor_of())
    phone = browsers.page(house.address, narrow=True, visitor=mona)
    phone.goto(f"/applications/{number}")
    return number, phone


def reference(phone: Page) -> str:
    """The number to pay by."""
    phone.click('form[action$="/pay"] button')
    expect(phone.locator("#reference")).to_be_visible()
    return phone.inner_text("#reference").strip()


def state(phone: Page) -> str:
    return (phone.locator(".head .pill").get_attribute("class") or "").split()[-1]


def payments(house: Paid) -> list[tuple[int, str, bool]]:
    with house.context.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT piastres, method, settles FROM payment ORDER BY id"))]


def test_from_the_pay_button_to_a_page_that_says_paid(paid: Paid, browsers: Browsers) -> None:
    number, phone = bill_of(paid, browsers)
    assert state(phone) == "awaiting_payment"
    order = reference(phone)
    assert_accessible(phone)
    assert phone.locator('form[action$="/pay"]').count() == 0, "there is one number to pay by"
    (ordered,) = paid.simulator.orders()
    assert str(ordered["number"]) == order
    total = int(re.sub(r"\D", "", phone.locator("tfoot td bdi").inner_text()))
    assert ordered["piastres"] == total
    paid.simulator.till("pay", order=order, at=paid.now + 60)
    wait_until(lambda: payments(paid), "the notification came")
    phone.reload()
    assert state(phone) == "under_review"
    assert words.say("bill_state_paid", "ar") in phone.inner_text("#bill")
    phone.click("#bill summary")
    assert words.say("method_provider", "ar") in phone.inner_text("#bill")
    assert phone.locator("#reference").count() == 0
    assert_accessible(phone)
    paid.simulator.till("notify", order=order, times=3)  # said again, it is the same money
    paid.simulator.till("notify", order=order, forged=True)
    wait_until(lambda: paid.simulator.unsent() == 0, "all was sent")
    assert payments(paid) == [(total, "provider", True)]
    paid.work.do("approve", number)
    paid.issue()
    phone.reload()
    assert state(phone) == "issued"
    assert phone.locator("#license img.qr").count() == 1


def test_pressed_in_two_windows_it_is_one_number(paid: Paid, browsers: Browsers) -> None:
    number, phone = bill_of(paid, browsers)
    other = browsers.page(paid.address, narrow=True, visitor=paid.citizen())
    other.goto(f"/applications/{number}")
    assert reference(phone) == reference(other)
    assert len(paid.simulator.orders()) == 1


def test_a_provider_that_cannot_be_reached_is_said_politely_and_tried_again(paid: Paid, browsers: Browsers) -> None:
    number, phone = bill_of(paid, browsers)
    paid.simulator.till("fault", path="charge", fault="lose", times=1)
    with phone.expect_response("**/pay") as answered:
        phone.click('form[action$="/pay"] button')
    assert answered.value.status == 503, "it is nobody's input that is wrong, and a monitor counts it"
    expect(phone.locator("#problem")).to_have_attribute("data-code", "provider_unavailable")
    assert_accessible(phone)
    phone.goto(f"/applications/{number}")
    order = reference(phone)
    assert [str(each["number"]) for each in paid.simulator.orders()] == [order]
    paid.simulator.till("pay", order=order, at=paid.now + 60, piastres=1)  # another amount
    wait_until(lambda: paid.simulator.unsent() == 0, "it was told")
    phone.reload()
    assert state(phone) == "awaiting_payment", "one piastre pays nothing"
    assert payments(paid) == []


def test_the_provider_s_file_of_a_day_is_compared_at_the_desk(paid: Paid) -> None:
    """What both have is ticked off; what differs is shown and adjusts nothing. Only for who manages all authorities."""
    governor = paid.staff("governor", ("*", "manager"))
    hoda = paid.staff("hoda", ("MN1", "manager"))
    heads = ",".join(settlement_file.COLUMNS)
    day = days.day_of(paid.now - 86_400).isoformat()
    line = f"7781,KH-NOBODY,PAYMENT,25.00,0.00,{day}T12:00:00+02:00"

    def compare(who: Visitor, content: str, status: int) -> TestResponse:
        data = {"form": who.csrf, "file": (io.BytesIO(content.encode()), "../day.csv")}
        answer = who.http.post("/centre/money/compare", data=data, content_type="multipart/form-data")
        assert answer.status_code == status, answer.text
        return answer

    assert 'id="file"' in governor.get("/centre/money").text and 'id="file"' not in hoda.get("/centre/money").text
    compare(hoda, heads, 403)
    for content, code in (
        ("", "compare_missing"),
        ("a,b\n1,2\n", "settlement_columns"),
        (f"{heads}\n{line.replace('25.00', 'x')}\n", "settlement_line"),
        (f"{heads}\n{line.replace(day, '2020-01-01')}\n", "settlement_day"),
        (f"{heads}\n{line}\n{line}\n", "settlement_twice"),
        (heads + "\n" * 300_000, "compare_too_large"),
    ):
        assert faults(compare(governor, content, 422).text) == {code}, content[:80]
    with paid.context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM reconciliation")) == 0
    compare(governor, f"{heads}\n{line}\n" + "\n".join(line.replace("NOBODY", f"N{n}") for n in range(6)), 303)
    shown = plain(governor.get("/centre/money").text)
    assert "KH-NOBODY" in shown and "25.00" in shown and words.say("why_busy", "ar") in shown, "asked a few times, no more"
    assert payments(paid) == []
    assert "KH-NOBODY" not in hoda.get("/centre/money").text
