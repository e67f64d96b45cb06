"""Paying from the portal, in a real browser: the office asks a provider that runs as its own process, and hears from it over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from office.desk import words
from tests.browser import assert_accessible
from tests.issuer import offices
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, served
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
    phone.click('form[action$="/pay"] button')
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
