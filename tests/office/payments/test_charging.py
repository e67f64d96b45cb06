"""Charges: one for a bill, whoever asks how often, and withdrawn where nothing is owed any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from issuer.errors import IssuerError
from office.payments import bills, charging, counter, polling
from office.payments.fawry import FawryPay
from office.payments.tables import charges
from tests.office.payments.office import PAYER, Paying, now, open_bill, settled, show
from tests.ports import free_port


def state(paying: Paying, reference: str) -> str:
    with paying.engine.connect() as connection:
        return str(connection.scalar(select(charges.c.state).where(charges.c.reference == reference)))


def poll(paying: Paying, *, later: int = 120) -> dict[str, int]:
    return dict(polling.poll(paying.engine, paying.provider, settled=settled, now=now() + later))


def test_a_bill_has_one_charge_however_often_it_is_asked_for(paying: Paying) -> None:
    bill_id = open_bill(paying.engine, "A-1", 1_234)
    first = paying.charge(bill_id)
    assert paying.charge(bill_id) == first
    assert (first.state, first.piastres) == ("pending", 1_234)
    order = paying.simulator.order(first.reference)
    assert (str(order["number"]), order["piastres"], order["expires"]) == (first.provider_reference, 1_234, first.expires_at)
    with paying.engine.connect() as connection:
        assert charging.of_bill(connection, bill_id) == first
        assert charging.of_bill(connection, bill_id + 1) is None


def test_ten_who_ask_at_once_get_the_same_charge(paying: Paying) -> None:
    bill_id, provider = open_bill(paying.engine, "A-1"), paying.provider

    def ask(_: int) -> str | None:
        return charging.start(paying.engine, provider, bill_id, payer=PAYER, now=now()).provider_reference

    before = len(paying.simulator.orders())
    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(ask, range(10)))) == 1
    assert len(paying.simulator.orders()) == before + 1


def test_no_charge_for_what_is_not_owed(paying: Paying) -> None:
    bill_id = open_bill(paying.engine, "A-1")
    with paying.engine.begin() as connection:
        bills.cancel(connection, bill_id, now=now())
    for unpayable, code in ((bill_id, "bill_not_open"), (bill_id + 1, "bill_unknown")):
        with pytest.raises(IssuerError, match=code):
            paying.charge(unpayable)


def test_a_provider_that_is_away_leaves_a_charge_to_go_on_with(paying: Paying) -> None:
    bill_id = open_bill(paying.engine, "A-1")
    away = FawryPay(f"http://127.0.0.1:{free_port()}", "m", b"k" * 32)
    with pytest.raises(IssuerError, match="provider_unavailable"):
        charging.start(paying.engine, away, bill_id, payer=PAYER, now=now())
    with paying.engine.connect() as connection:
        chosen = charging.of_bill(connection, bill_id)
    assert chosen is not None
    assert chosen.state == "chosen"
    assert paying.charge(bill_id).reference == chosen.reference, "the reference that was chosen before the call"


@pytest.mark.parametrize("fault", ["lose", "drop"])
def test_an_answer_that_is_lost_makes_no_second_order(paying: Paying, fault: str) -> None:
    bill_id = open_bill(paying.engine, "A-1")
    paying.simulator.till("fault", path="charge", fault=fault)
    with pytest.raises(IssuerError, match="provider_unavailable"):
        paying.charge(bill_id)
    charge = paying.charge(bill_id)
    assert [order["reference"] for order in paying.simulator.orders()].count(charge.reference) == 1
    assert charge.state == "pending"


def test_the_worker_finds_an_order_whose_answer_was_lost(paying: Paying) -> None:
    bill_id = open_bill(paying.engine, "A-1")
    paying.simulator.till("fault", path="charge", fault="drop")
    with pytest.raises(IssuerError):
        paying.charge(bill_id)
    poll(paying)
    with paying.engine.connect() as connection:
        charge = charging.of_bill(connection, bill_id)
    assert charge is not None
    assert charge.state == "pending"
    assert charge == paying.charge(bill_id)


def test_a_charge_that_never_arrived_is_given_up_and_a_new_one_made(paying: Paying) -> None:
    bill_id = open_bill(paying.engine, "A-1")
    paying.simulator.till("fault", path="charge", fault="lose")
    with pytest.raises(IssuerError):
        paying.charge(bill_id)
    assert poll(paying, later=120) == {"unknown": 1}, "it may be on its way"
    assert poll(paying, later=2_000) == {"given_up": 1}
    assert paying.charge(bill_id).state == "pending"


def test_a_charge_that_is_refused_says_why(paying: Paying) -> None:
    bill_id = open_bill(paying.engine, "A-1")
    paying.simulator.till("fault", path="charge", fault="refuse")
    with pytest.raises(IssuerError, match="charge_refused: 99994"):
        paying.charge(bill_id)
    assert paying.charge(bill_id).state == "pending", "and the next try is another one"


@pytest.mark.parametrize("how", ["counter", "cancel"])
def test_a_charge_is_withdrawn_at_the_provider_once_nothing_is_owed(paying: Paying, how: str) -> None:
    charge = paying.charged("A-1")
    with paying.engine.begin() as connection:
        if how == "cancel":
            bills.cancel(connection, charge.bill_id, now=now())
        else:
            counter.pay(connection, charge.bill_id, method="cash", amount=550, by="7", settled=settled, now=now())
    assert state(paying, charge.reference) == "withdrawn"
    poll(paying, later=0)
    assert paying.simulator.order(charge.reference)["status"] == "CANCELED", "nobody can pay it any more"
    assert poll(paying, later=86_400) == {}, "and nobody asks again"


def test_a_charge_that_is_over_is_replaced_and_can_be_paid_no_more(paying: Paying) -> None:
    bill_id = open_bill(paying.engine, "A-1")
    provider = paying.provider
    early = charging.start(paying.engine, provider, bill_id, payer=PAYER, now=now(), valid_seconds=700)
    second = charging.start(paying.engine, provider, bill_id, payer=PAYER, now=now() + 200)
    assert second.reference != early.reference, "what ends in ten minutes is not handed out"
    poll(paying, later=700 + 1_000)
    assert paying.simulator.order(early.reference)["status"] == "CANCELED"
    assert state(paying, early.reference) in {"expired", "withdrawn"}
    assert show(paying.engine, bill_id).state == "open"
