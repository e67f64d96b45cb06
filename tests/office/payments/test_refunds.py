"""Refunds: whole and partial, never more than was paid, once even where nobody kept the answer."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import update

from issuer.errors import IssuerError
from office.payments import notifications, refund_sender, refunds
from office.payments.fawry import FawryPay
from office.payments.tables import refunds as refunds_
from tests.office.payments.office import Paying, now, settled, show
from tests.ports import free_port


def paid(paying: Paying, subject: str, piastres: int = 1_000) -> tuple[str, int, int]:
    """A bill paid through the provider: the charge's reference, the bill and its payment."""
    charge = paying.charged(subject, piastres)
    paying.simulator.till("pay", order=charge.reference, quiet=True)
    notifications.receive(paying.engine, paying.provider, paying.simulator.body(charge.reference), settled=settled, now=now())
    return charge.reference, charge.bill_id, show(paying.engine, charge.bill_id).payments[0].id


def ask(paying: Paying, payment_id: int, amount: int, key: str = "one", **fields: object) -> int:
    with paying.engine.begin() as connection:
        asked = {"key": key, "amount": amount, "reason": "withdrawn", "by": "9", "now": now()} | fields
        return refunds.ask(connection, payment_id, **asked)  # type: ignore[arg-type]


def run(paying: Paying, *, later: int = 0) -> Mapping[str, int]:
    return dict(refund_sender.run(paying.engine, paying.provider, now=now() + later))


def states(paying: Paying, bill_id: int) -> list[tuple[str, int]]:
    with paying.engine.connect() as connection:
        return [(refund.state, refund.piastres) for refund in refunds.of_subject(connection, "A-1") if refund.bill_id == bill_id]


def test_the_whole_or_parts_go_back_up_to_what_was_paid(paying: Paying) -> None:
    reference, bill_id, payment_id = paid(paying, "A-1")
    first = ask(paying, payment_id, 300)
    assert ask(paying, payment_id, 300) == first, "the button, pressed twice"
    assert run(paying) == {"done": 1}
    ask(paying, payment_id, 700, "two")
    with pytest.raises(IssuerError, match="refund_too_much"):
        ask(paying, payment_id, 1, "three")
    assert run(paying) == {"done": 1}
    assert run(paying, later=10**6) == {}
    order = paying.simulator.order(reference)
    assert (order["refunded"], order["status"]) == (1_000, "REFUNDED")
    assert states(paying, bill_id) == [("done", 300), ("done", 700)]
    assert (show(paying.engine, bill_id).state, show(paying.engine, bill_id).refunded) == ("paid", 1_000), "the bill stays as it was paid"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": 0}, "refund_amount_invalid"),
        ({"amount": -1}, "refund_amount_invalid"),
        ({"amount": 1.5}, "refund_amount_invalid"),
        ({"amount": 1_001}, "refund_too_much"),
        ({"reason": " \n"}, "reason_missing"),
        ({"reason": "x" * 201}, "reason_missing"),
    ],
)
def test_a_refund_that_makes_no_sense_is_refused(paying: Paying, fields: dict[str, object], code: str) -> None:
    _, bill_id, payment_id = paid(paying, "A-1")
    with pytest.raises(IssuerError, match=code):
        ask(paying, payment_id, **({"amount": 1} | fields))  # type: ignore[arg-type]
    with pytest.raises(IssuerError, match="payment_unknown"):
        ask(paying, payment_id + 1, 1)
    assert states(paying, bill_id) == []


def test_a_provider_that_is_away_is_tried_again_later_and_later(paying: Paying) -> None:
    _, bill_id, payment_id = paid(paying, "A-1")
    ask(paying, payment_id, 1_000)
    away = FawryPay(f"http://127.0.0.1:{free_port()}", "m", b"k" * 32)
    assert dict(refund_sender.run(paying.engine, away, now=now())) == {"queued": 1}
    assert run(paying) == {}, "not at once"
    assert run(paying, later=180) == {"done": 1}
    assert states(paying, bill_id) == [("done", 1_000)]


@pytest.mark.parametrize("amount", [1_000, 400])
@pytest.mark.parametrize("fault", ["lose", "drop"])
def test_a_refund_whose_answer_was_lost_goes_back_once(paying: Paying, amount: int, fault: str) -> None:
    reference, bill_id, payment_id = paid(paying, "A-1")
    ask(paying, payment_id, amount)
    paying.simulator.till("fault", path="refund", fault=fault)
    assert run(paying) == {"unavailable": 1}
    assert run(paying, later=300) == {}, "whoever sends it may still be at it"
    assert run(paying, later=700) == {"done": 1}
    assert paying.simulator.order(reference)["refunded"] == amount
    assert states(paying, bill_id) == [("done", amount)]


def test_a_second_part_whose_answer_was_lost_cannot_be_told_and_waits(paying: Paying) -> None:
    reference, bill_id, payment_id = paid(paying, "A-1")
    ask(paying, payment_id, 300)
    run(paying)
    ask(paying, payment_id, 200, "two")
    ask(paying, payment_id, 100, "three")
    paying.simulator.till("fault", path="refund", fault="drop")
    assert run(paying) == {"unavailable": 1}, "one request of a payment is out at a time"
    assert run(paying, later=700) == {"unclear": 1}, "partly refunded before, partly refunded now"
    assert states(paying, bill_id) == [("done", 300), ("unclear", 200), ("queued", 100)]
    with paying.engine.begin() as connection:
        (stuck,) = refunds.waiting(connection)
        refunds.decide(connection, stuck.id, decision="done", by="9", now=now())
        with pytest.raises(IssuerError, match="refund_not_waiting"):
            refunds.decide(connection, stuck.id, decision="again", by="9", now=now())
    assert run(paying, later=2_000) == {"done": 1}
    assert paying.simulator.order(reference)["refunded"] == 600


def test_a_refund_that_the_provider_refuses_waits_for_a_person(paying: Paying) -> None:
    _, bill_id, payment_id = paid(paying, "A-1")
    refund_id = ask(paying, payment_id, 1_000)
    paying.simulator.till("fault", path="refund", fault="refuse")
    assert run(paying) == {"refused": 1}
    assert show(paying.engine, bill_id).refunded == 0
    other = ask(paying, payment_id, 500, "two")
    with pytest.raises(IssuerError, match="refund_too_much"), paying.engine.begin() as connection:
        refunds.decide(connection, refund_id, decision="again", by="9", now=now())
    assert run(paying) == {"done": 1}
    assert other != refund_id


def test_a_notification_tells_the_end_of_a_refund(paying: Paying) -> None:
    reference, bill_id, payment_id = paid(paying, "A-1")
    ask(paying, payment_id, 1_000)
    paying.simulator.till("fault", path="refund", fault="drop")
    run(paying)

    def receive(**changes: object) -> str:
        body = paying.simulator.body(reference, **changes)
        return notifications.receive(paying.engine, paying.provider, body, settled=settled, now=now())

    assert [receive(), receive(), receive(orderStatus="PAID")] == ["refund_confirmed", "noted", "already"]
    assert states(paying, bill_id) == [("done", 1_000)]
    assert run(paying, later=10**5) == {}


def test_money_that_went_back_behind_our_back_does_not_go_back_again(paying: Paying) -> None:
    reference, bill_id, payment_id = paid(paying, "A-1")
    ask(paying, payment_id, 500)
    paying.simulator.till("refund", order=reference, piastres=500)
    body = paying.simulator.body(reference)
    assert notifications.receive(paying.engine, paying.provider, body, settled=settled, now=now()) == "refund_unexpected"
    assert run(paying) == {}
    assert states(paying, bill_id) == [("unclear", 500)], "a person must say whether that was this one"
    assert paying.simulator.order(reference)["refunded"] == 500


def test_two_workers_send_a_refund_once(paying: Paying) -> None:
    reference, _, payment_id = paid(paying, "A-1")
    refund_id = ask(paying, payment_id, 400)
    with paying.engine.begin() as connection:  # the first took it on and is still at it
        assert refund_sender._take(connection, refund_id, now=now()) is not None
    with paying.engine.begin() as connection:
        assert refund_sender._take(connection, refund_id, now=now()) is None
    assert run(paying) == {}
    assert paying.simulator.order(reference)["refunded"] == 0
    with paying.engine.begin() as connection:  # so that the books are sound at the end: nobody was at it
        connection.execute(update(refunds_).values(state="queued", next_at=now()))
    assert run(paying) == {"done": 1}
