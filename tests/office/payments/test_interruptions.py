"""Killed with SIGKILL at any moment, ours or the provider's: nothing is charged twice, given back twice, or called paid that is not."""

from __future__ import annotations

import random
import time

import pytest
from sqlalchemy import Engine

from issuer.errors import IssuerError
from office.payments import charging, notifications, refund_sender, refunds, soundness
from storage.database import reading
from tests.office.payments import office
from tests.office.payments.office import Paying, Simulator, now, open_bill, settled, show, told
from tests.ports import free_port

START = "office.payments.charging"
ROUND = "office.payments"


@pytest.mark.parametrize(
    "moment",
    [
        f"{START}:_choose,1,before",
        f"{START}:_choose,1,after",
        f"{START}:_ask,1,before",
        f"{START}:_ask,1,after",
        f"{START}:_adopt,1,before",
        f"{START}:_adopt,1,after",
    ],
)
def test_a_clerk_s_process_that_is_killed_while_charging(paying: Paying, moment: str) -> None:
    bill_id, before = open_bill(paying.engine, "A-1"), len(paying.simulator.orders())
    words = paying.url, paying.simulator.settings, bill_id
    office.run(office.start, *words, die=moment)
    office.run(office.start, *words)
    with reading(paying.engine) as connection:
        charge = charging.of_bill(connection, bill_id)
    assert charge is not None
    assert str(paying.simulator.order(charge.reference)["number"]) == charge.provider_reference
    assert len(paying.simulator.orders()) == before + 1, "one order, whenever it was killed"


def test_a_provider_that_is_killed_while_charging(own_paying: Paying) -> None:
    bill_id = open_bill(own_paying.engine, "A-1")
    own_paying.simulator.till("fault", path="charge", fault="die")
    with pytest.raises(IssuerError, match="provider_unavailable"):
        own_paying.charge(bill_id)
    own_paying.simulator.ended()
    own_paying.simulator.start()
    own_paying.charge(bill_id)
    assert len(own_paying.simulator.orders()) == 1


def paid(paying: Paying, subject: str) -> tuple[str, int]:
    charge = paying.charged(subject, 1_000)
    paying.simulator.till("pay", order=charge.reference, quiet=True)
    notifications.receive(paying.engine, paying.provider, paying.simulator.body(charge.reference), settled=settled, now=now())
    return charge.reference, charge.bill_id


def ask(paying: Paying, bill_id: int, amount: int) -> None:
    payment_id = show(paying.engine, bill_id).payments[0].id
    with paying.engine.begin() as connection:
        refunds.ask(connection, payment_id, key="one", amount=amount, reason="withdrawn", by="9", now=now())


def at(seconds: int) -> str:
    return office.datetime_of(now() + seconds)


@pytest.mark.parametrize("amount", [1_000, 250])
@pytest.mark.parametrize(
    "moment",
    [
        *("refund_sender:_take,1,before", "refund_sender:_take,1,after", "fawry:FawryPay.refund,1,before", "fawry:FawryPay.refund,1,after"),
        *("refund_sender:_end,1,before", "refunds:went_back,1,after", "refund_sender:_end,1,after"),
    ],
)
def test_a_worker_that_is_killed_while_giving_back(paying: Paying, moment: str, amount: int) -> None:
    reference, bill_id = paid(paying, "A-1")
    ask(paying, bill_id, amount)
    words = "refunds", "run", "--register", paying.url, "--provider", paying.simulator.settings, "--now"
    office.run(office.payments, *words, at(0), die=f"{ROUND}.{moment}")
    office.run(office.payments, *words, at(60))
    office.run(office.payments, *words, at(1_300))
    assert paying.simulator.order(reference)["refunded"] == amount
    with reading(paying.engine) as connection:
        assert [refund.state for refund in refunds.of_subject(connection, "A-1")] == ["done"]


@pytest.mark.parametrize("amount", [1_000, 250])
def test_a_provider_that_is_killed_while_giving_back(own_paying: Paying, amount: int) -> None:
    reference, bill_id = paid(own_paying, "A-1")
    ask(own_paying, bill_id, amount)
    own_paying.simulator.till("fault", path="refund", fault="die")
    assert dict(refund_sender.run(own_paying.engine, own_paying.provider, now=now())) == {"unavailable": 1}
    own_paying.simulator.ended()
    assert dict(refund_sender.run(own_paying.engine, own_paying.provider, now=now() + 700)) == {"unavailable": 1}
    own_paying.simulator.start()
    assert dict(refund_sender.run(own_paying.engine, own_paying.provider, now=now() + 1_400)) == {"done": 1}
    assert own_paying.simulator.order(reference)["refunded"] == amount


@pytest.mark.parametrize(
    "moment",
    [
        *("notifications:_keep,1,after", "settlement:_paid,1,before", "settlement:take_in,1,after"),
        *("bills:close,1,after", "notifications:_apply,1,after"),
    ],
)
def test_a_service_that_is_killed_while_a_payment_is_told(own_paying: Paying, own_simulator: Simulator, moment: str) -> None:
    charge = own_paying.charged("A-1")
    port = free_port()
    own_simulator.kill()
    own_simulator.notify = f"http://127.0.0.1:{port}/payments/fawry/notification"
    own_simulator.start()
    with office.serving(own_paying.url, own_simulator.settings, port, die=f"{ROUND}.{moment}") as killed:
        own_simulator.till("pay", order=charge.reference)
        killed.join(office.END_SECONDS)
    assert show(own_paying.engine, charge.bill_id).state == "open", "nothing of it is there"
    assert told(own_paying.engine) == []
    with office.serving(own_paying.url, own_simulator.settings, port):
        office.wait_until(lambda: show(own_paying.engine, charge.bill_id).state == "paid", "the provider tells again")
        office.wait_until(lambda: own_simulator.unsent() == 0, "and is heard")
    assert told(own_paying.engine) == [charge.bill_id]


def sound(engine: Engine) -> bool:
    with reading(engine) as connection:
        return soundness.check(connection) == ()


def test_a_day_on_which_everybody_is_killed_again_and_again(own_paying: Paying, own_simulator: Simulator) -> None:
    """Bills are charged, paid, told and given back while the service, the worker and the provider die at random."""
    chance = random.Random(20_261_125)
    port = free_port()
    own_simulator.kill()
    own_simulator.notify = f"http://127.0.0.1:{port}/payments/fawry/notification"
    own_simulator.start()
    bills = [open_bill(own_paying.engine, f"A-{number}", 500 + number) for number in range(12)]
    words = "poll", "--every", 1, "--register", own_paying.url, "--provider", own_simulator.settings
    for shift in range(4):
        with office.serving(own_paying.url, own_simulator.settings, port):
            working = office.process(office.payments, *words)
            for bill_id in bills[shift * 3 : shift * 3 + 3]:
                if chance.random() < 0.5:
                    own_simulator.till("fault", path="charge", fault="drop")
                for _ in range(2):
                    try:
                        charge = own_paying.charge(bill_id)
                    except IssuerError:
                        continue
                own_simulator.till("pay", order=charge.reference)
            time.sleep(chance.random())  # not to wait for something: to be killed at another moment each time
            working.kill()
            working.join()
        assert sound(own_paying.engine)
        own_simulator.kill()
        own_simulator.start()
    with office.serving(own_paying.url, own_simulator.settings, port):
        office.wait_until(lambda: told(own_paying.engine) == sorted(bills), "every bill is settled")
        office.wait_until(lambda: own_simulator.unsent() == 0, "every message is heard")
    assert [order["status"] for order in own_simulator.orders()] == ["PAID"] * len(bills)
    for place, bill_id in enumerate(bills):
        assert [payment.piastres for payment in show(own_paying.engine, bill_id).payments] == [500 + place]


def test_a_worker_ends_when_it_is_asked_to(paying: Paying) -> None:
    words = "poll", "--every", 3_600, "--register", paying.url, "--provider", paying.simulator.settings
    charge = paying.charged("A-1")
    paying.simulator.till("pay", order=charge.reference, quiet=True)
    worker = office.process(office.payments, *words, "--now", at(120))
    office.wait_until(lambda: told(paying.engine) == [charge.bill_id], "it asked")
    worker.terminate()
    worker.join(office.END_SECONDS)
    assert worker.exitcode == 0
