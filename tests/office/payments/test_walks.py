"""Whatever happens in whatever order, money and bills agree. The steps are chosen by chance; the provider's books are its own."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from issuer.errors import IssuerError
from office.payments import bills, charging, counter, notifications, polling, refund_sender, refunds, soundness
from office.payments.tables import bills as bills_
from office.payments.tables import charges, lines, payments, receipts
from office.payments.tables import notifications as notifications_
from office.payments.tables import refunds as refunds_
from storage.database import reading
from tests.office.payments import office
from tests.office.payments.office import Paying, now, settled, told

BILLS = 3  # so that much happens to each
STEPS = {
    "charge": 4,
    "charge_drop": 1,
    "charge_lose": 1,
    "charge_refuse": 1,
    "pay": 8,
    "pay_late": 2,
    "pay_less": 2,
    "end": 1,
    "refund_there": 1,
    "lie": 2,
    "tell": 8,
    "cash": 2,
    "card": 1,
    "less_cash": 1,
    "cancel": 1,
    "give_back": 6,
    "worker": 6,
    "worker_drop": 3,
    "worker_lose": 1,
    "worker_refuse": 1,
    "person": 2,
}
STATUSES = ("NEW", "PAID", "CANCELED", "EXPIRED", "FAILED", "REFUNDED", "PARTIAL_REFUNDED")
LENGTH = 60
_USUAL = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True, "phases": [Phase.generate]}
happened = Counter[str]()


class Walk:
    """An office, a provider and three bills; each step does one thing to one of them."""

    def __init__(self, paying: Paying) -> None:
        self.engine, self.simulator, self.provider = paying.engine, paying.simulator, paying.provider
        empty(self.engine)
        self.clock, self.lies = now(), False
        self.bills = [office.open_bill(self.engine, f"A-{number}", 500 + number) for number in range(BILLS)]
        self.references, self.bodies, self.there = list[str](), list[bytes](), Counter[str]()

    def step(self, name: str, which: int, much: int) -> None:
        name, _, fault = name.partition("_")
        with tolerated("bill_not_open", "amount_differs", "provider_unavailable", "charge_refused", "refund_too_much", "notice_decided"):
            getattr(self, name)(self.bills[which], fault, much)

    def charge(self, bill_id: int, fault: str, _: int) -> None:
        if fault and office.show(self.engine, bill_id).state == "open":
            self.simulator.till("fault", path="charge", fault=fault)
        try:
            charge = charging.start(self.engine, self.provider, bill_id, payer=office.PAYER, now=self.clock, valid_seconds=3_600)
            if charge.reference not in self.references:
                self.references.append(charge.reference)
        finally:
            self.simulator.till("fault", path="charge", fault="", times=0)

    def pay(self, _: int, how: str, much: int) -> None:
        wish: dict[str, Any] = {"late": True, "at": self.clock + 7_200} if how == "late" else {"at": self.clock}
        self._there("pay", much, quiet=True, **wish, **({"piastres": 1} if how == "less" else {}))

    def end(self, _: int, __: str, much: int) -> None:
        self._there("end", much, status=("CANCELED", "EXPIRED")[much % 2])

    def refund(self, _: int, __: str, much: int) -> None:
        self._there("refund", much, piastres=1 + much % 50)

    def lie(self, _: int, __: str, much: int) -> None:
        """Signed, but not what the provider's books say: it may cost somebody's money, never our books' agreement."""
        self.lies = True
        self._there("orders", much, orderStatus=STATUSES[much % len(STATUSES)])

    def _there(self, what: str, much: int, **wish: Any) -> None:
        """Do something at the provider, and every other time tell the office of it at once."""
        if not self.references:
            return
        order = self.references[much % len(self.references)]
        if what != "orders":
            try:
                self.simulator.till(what, order=order, **wish)
            except AssertionError:
                return  # the provider does not do that
            self.there[order] += wish.get("piastres", 0) if what == "refund" else 0
            wish = {}
        self.bodies.append(self.simulator.body(order, **wish))
        if much % 2:
            self._receive(self.bodies[-1])

    def tell(self, _: int, __: str, much: int) -> None:
        """One message of all that there ever were: late, again, or before those that were sent before it."""
        if self.bodies:
            self._receive(self.bodies[much % len(self.bodies)])

    def _receive(self, body: bytes) -> None:
        outcome = notifications.receive(self.engine, self.provider, body, settled=settled, now=self.clock)
        happened[outcome] += 1

    def cash(self, bill_id: int, _: str, __: int) -> None:
        self._at_the_counter(bill_id, "cash", 0)

    def card(self, bill_id: int, _: str, __: int) -> None:
        self._at_the_counter(bill_id, "card", 0)

    def less(self, bill_id: int, _: str, __: int) -> None:
        self._at_the_counter(bill_id, "cash", 1)

    def _at_the_counter(self, bill_id: int, method: Any, less: int) -> None:
        amount = office.show(self.engine, bill_id).piastres - less
        with self.engine.begin() as connection:
            counter.pay(connection, bill_id, method=method, amount=amount, by="7", settled=settled, now=self.clock)

    def cancel(self, bill_id: int, _: str, much: int) -> None:
        with self.engine.begin() as connection:
            bills.cancel(connection, bill_id, now=self.clock)
        happened["cancelled"] += 1
        subject = f"B-{len(happened)}-{much}-{bill_id}"
        self.bills[self.bills.index(bill_id)] = office.open_bill(self.engine, subject, 100 + much)

    def give(self, bill_id: int, _: str, much: int) -> None:
        held = office.show(self.engine, bill_id).payments
        if held:
            payment = held[much % len(held)]
            amount = payment.piastres if much % 2 else 1 + much % payment.piastres
            fields = {"key": f"{payment.id}/{amount}", "amount": amount, "reason": "withdrawn", "by": "9", "now": self.clock}
            work = refunds.ask if payment.method == "provider" else refunds.at_counter
            with self.engine.begin() as connection:
                work(connection, payment.id, **fields)  # type: ignore[arg-type]

    def worker(self, _: int, fault: str, much: int) -> None:
        self.clock += (0, 61, 1_000, 1_000, 5_000)[much % 5]
        if fault:
            self.simulator.till("fault", path="refund", fault=fault)
        happened.update(polling.poll(self.engine, self.provider, settled=settled, now=self.clock))
        happened.update({f"refund_{state}": n for state, n in refund_sender.run(self.engine, self.provider, now=self.clock).items()})
        self.simulator.till("fault", path="refund", fault="", times=0)

    def person(self, _: int, __: str, ___: int) -> None:
        with reading(self.engine) as connection:
            waiting = notifications.waiting(connection)
        for notice in waiting:
            decision = "refund" if notice.outcome == "wrong_amount" else "dismiss"
            with tolerated("notice_decided"), self.engine.begin() as connection:
                notifications.decide(connection, notice.id, decision=decision, by="9", note="seen", now=self.clock)  # type: ignore[arg-type]

    def check(self) -> None:
        with reading(self.engine) as connection:
            assert soundness.check(connection) == ()
            paid = [row.id for row in connection.execute(bills_.select()) if row.state == "paid"]
            assert told(self.engine) == sorted(paid), "the office was told of every settled bill, once"

    def compare(self) -> None:
        """Our books with the provider's, if it told no lies."""
        with reading(self.engine) as connection:
            held = connection.execute(select(charges.c.reference, payments).join(payments, payments.c.charge_id == charges.c.id)).all()
            done, doubtful = Counter[int](), Counter[int]()
            for row in connection.execute(refunds_.select()):
                done[row.payment_id] += row.piastres if row.state == "done" else 0
                doubtful[row.payment_id] += row.piastres if row.state in ("sending", "unclear") else 0
        for payment in held if not self.lies else ():
            order = self.simulator.order(payment.reference)
            assert order["paid"] == payment.piastres, "a payment here is a payment there"
            ours = order["refunded"] - self.there[payment.reference]
            assert ours <= done[payment.id] + doubtful[payment.id], "nothing went back twice"
            assert order["refunded"] >= done[payment.id], "what is called given back went back"


class tolerated:
    """Refusals of the office with one of these codes; any other fails the test."""

    def __init__(self, *codes: str) -> None:
        self.codes = codes

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return isinstance(error, IssuerError) and error.code in self.codes


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in (notifications_, refunds_, payments, receipts, charges, lines, bills_):
            connection.execute(table.delete())
        connection.exec_driver_sql("DELETE FROM told")


def test_money_and_bills_agree_whatever_happens(paying: Paying) -> None:
    happened.clear()

    @settings(max_examples=12, **_USUAL)
    @given(st.integers(0, 2**32))
    def walk(seed: int) -> None:
        # Evenly, unlike lists of Hypothesis's own: those are mostly short or the same step again.
        chance, walked = random.Random(seed), Walk(paying)
        for name in chance.choices(list(STEPS), STEPS.values(), k=LENGTH):
            walked.step(name, chance.randrange(BILLS), chance.randrange(1_000))
            walked.check()
        walked.compare()

    walk()
    missed = {"settled", "already", "noted", "surplus", "wrong_amount", "refund_done", "refund_unexpected", "cancelled"} - happened.keys()
    assert not missed, f"the walks led nowhere near: {happened}"


pytestmark = pytest.mark.timeout(300)
