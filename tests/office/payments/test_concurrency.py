"""Two hundred bills settled at once, by messages that come twice, by workers that ask, and by cashiers: none lost, none doubled."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from issuer.errors import IssuerError
from office.database import open_register
from office.payments import charging, counter, notifications, polling, refund_sender, soundness
from office.payments.tables import bills, payments, receipts
from storage.database import reading
from tests.office.payments import office
from tests.office.payments.office import Paying, now, settled, told
from tests.processes import PATIENCE_SECONDS

BILLS = 200


def ask(url: str, settings: object, later: int) -> None:
    """A worker's process: ask about everything."""
    engine, provider = open_register(url), office.settings.load(settings)  # type: ignore[arg-type]
    for round_ in range(3):
        polling.poll(engine, provider, settled=settled, now=now() + later + 400 * round_)


def test_two_hundred_settlements_at_once(paying: Paying) -> None:
    made = [office.open_bill(paying.engine, f"A-{number}", 500 + number) for number in range(BILLS)]
    provider = paying.provider

    def charge(bill_id: int) -> str:
        return charging.start(paying.engine, provider, bill_id, payer=office.PAYER, now=now()).reference

    with ThreadPoolExecutor(8) as pool:
        references = list(pool.map(charge, made))
        # Every fourth is paid at the counter alone, every other fourth there and at a till.
        at_tills = [reference for place, reference in enumerate(references) if place % 4 != 1]
        at_counter = [bill_id for place, bill_id in enumerate(made) if place % 4 in (1, 3)]
        list(pool.map(lambda reference: paying.simulator.till("pay", order=reference, quiet=True), at_tills))
        bodies = list(pool.map(paying.simulator.body, at_tills))
    numbers: list[str] = []
    lock = threading.Lock()

    def tell(body: bytes) -> None:
        notifications.receive(paying.engine, provider, body, settled=settled, now=now())

    def take(bill_id: int) -> None:
        amount = 500 + made.index(bill_id)
        try:
            with paying.engine.begin() as connection:
                receipt = counter.pay(connection, bill_id, method="cash", amount=amount, by="7", settled=settled, now=now())
        except IssuerError as error:
            assert error.code == "bill_not_open"
        else:
            with lock:
                numbers.append(receipt.number)

    workers = [office.process(ask, paying.url, paying.simulator.settings, later) for later in (100, 100)]
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(work, what) for work, all_ in ((tell, bodies), (take, at_counter), (tell, bodies)) for what in all_]
        for job in jobs:
            job.result()
    for worker in workers:
        worker.join(PATIENCE_SECONDS)
        assert worker.exitcode == 0
    assert told(paying.engine) == sorted(made), "none lost, none doubled"
    with reading(paying.engine) as connection:
        assert soundness.check(connection) == ()
        assert connection.scalar(select(func.count()).select_from(bills).where(bills.c.state == "paid")) == BILLS
        assert connection.scalar(select(func.count()).select_from(payments)) == len(at_tills) + len(numbers)
        surplus = connection.scalar(select(func.count()).select_from(payments).where(~payments.c.settles))
        assert surplus == len(at_tills) + len(numbers) - BILLS, "whoever paid twice gets it back"
        assert connection.scalar(select(receipts.c.used)) == len(set(numbers)) == len(numbers)
    sent: Counter[str] = Counter()
    for later in (5, 700, 1_400):  # a provider that is slow on a busy machine is asked again when the lease is over
        sent += refund_sender.run(paying.engine, provider, now=now() + later, limit=BILLS)
    assert sent["done"] == surplus
    assert sum(order["refunded"] > 0 for order in map(paying.simulator.order, at_tills)) == surplus
