"""Notifications twice, out of order, forged, for another amount, late and never: each kept, and each with one effect."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, func, select

from issuer.errors import IssuerError
from issuer.sentences import say
from office.payments import bills, counter, notifications, polling, refund_sender
from office.payments.provider import NotificationError
from office.payments.tables import notifications as kept
from office.payments.tables import payments
from tests.office.payments.office import Paying, now, settled, show, told


def receive(paying: Paying, body: bytes) -> str:
    return notifications.receive(paying.engine, paying.provider, body, settled=settled, now=now())


def paid(paying: Paying, reference: str, **wish: object) -> bytes:
    """Pay an order, and what the provider says of it."""
    paying.simulator.till("pay", order=reference, quiet=True, **wish)
    return paying.simulator.body(reference)


def rows(paying: Paying) -> list[tuple[str, int]]:
    with paying.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(kept.c.outcome, kept.c.times).order_by(kept.c.id))]


def test_a_payment_settles_the_bill_once_however_often_it_is_told(paying: Paying) -> None:
    charge = paying.charged("A-1")
    body = paid(paying, charge.reference)
    assert [receive(paying, body) for _ in range(3)] == ["settled"] * 3
    assert receive(paying, paying.simulator.body(charge.reference)) == "already", "another message about the same payment"
    bill = show(paying.engine, charge.bill_id)
    assert (bill.state, [(payment.method, payment.piastres) for payment in bill.payments]) == ("paid", [("provider", 550)])
    assert told(paying.engine) == [charge.bill_id]
    assert rows(paying) == [("settled", 3), ("already", 1)]


def test_the_same_message_from_many_threads_at_once(paying: Paying) -> None:
    charge = paying.charged("A-1")
    first, second = paid(paying, charge.reference), paying.simulator.body(charge.reference)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda body: receive(paying, body), [first, second] * 8))
    assert set(outcomes) == {"settled", "already"}
    assert told(paying.engine) == [charge.bill_id]
    assert sorted(times for _, times in rows(paying)) == [8, 8]


@pytest.mark.parametrize("order", [("NEW", "PAID"), ("PAID", "NEW"), ("EXPIRED", "PAID"), ("PAID", "EXPIRED"), ("FAILED", "PAID")])
def test_messages_in_any_order_come_to_the_same_books(paying: Paying, order: tuple[str, ...]) -> None:
    charge = paying.charged("A-1")
    paid(paying, charge.reference)
    for status in order:
        receive(paying, paying.simulator.body(charge.reference, orderStatus=status))
    assert show(paying.engine, charge.bill_id).state == "paid"
    assert told(paying.engine) == [charge.bill_id]


def test_a_forged_message_is_refused_and_kept(paying: Paying) -> None:
    charge = paying.charged("A-1")
    forged = paying.simulator.body(charge.reference, forged=True, orderStatus="PAID")
    raised = json.loads(paying.simulator.body(charge.reference)) | {"orderStatus": "PAID"}
    for body, code in ((forged, "forged"), (json.dumps(raised).encode(), "forged"), (b"{}", "malformed")):
        with pytest.raises(NotificationError, match=code):
            receive(paying, body)
    assert show(paying.engine, charge.bill_id).state == "open"
    with paying.engine.connect() as connection:
        stored = connection.execute(select(kept.c.body, kept.c.reference, kept.c.outcome).order_by(kept.c.id)).all()
    assert (bytes(stored[0].body), stored[0].reference, stored[0].outcome) == (forged, None, "forged"), "nothing it says is believed"
    assert receive(paying, paid(paying, charge.reference)) == "settled"


def test_nobody_fills_the_register_with_forged_messages(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "UNTRUSTED_A_DAY", 5)
    for number in range(9):
        with pytest.raises(NotificationError):
            receive(paying, json.dumps([number]).encode())
    assert len(rows(paying)) == 5
    charge = paying.charged("A-1")
    assert receive(paying, paid(paying, charge.reference)) == "settled", "what is signed is always kept"


@pytest.mark.parametrize("piastres", [1, 549, 551, 55_000])
def test_another_amount_settles_nothing_and_waits_for_a_person(paying: Paying, piastres: int) -> None:
    charge = paying.charged("A-1")
    assert receive(paying, paid(paying, charge.reference, piastres=piastres)) == "wrong_amount"
    assert show(paying.engine, charge.bill_id).state == "open"
    with paying.engine.begin() as connection:
        (notice,) = notifications.waiting(connection)
        assert (notice.reference, notice.piastres, notice.outcome) == (charge.reference, piastres, "wrong_amount")
        assert say("notice_wrong_amount", "ar")
        notifications.decide(connection, notice.id, decision="refund", by="9", note="paid at a till", now=now())
        assert notifications.waiting(connection) == ()
    with pytest.raises(IssuerError, match="notice_decided"), paying.engine.begin() as connection:
        notifications.decide(connection, notice.id, decision="refund", by="9", note="again", now=now())
    assert refund_sender.run(paying.engine, paying.provider, now=now()) == {"done": 1}
    assert paying.simulator.order(charge.reference)["refunded"] == piastres
    assert show(paying.engine, charge.bill_id).state == "open"
    assert paying.charge(charge.bill_id).reference != charge.reference, "and the bill can be paid in full"


def test_less_than_was_ordered_is_another_amount_whatever_the_order_says(paying: Paying) -> None:
    charge = paying.charged("A-1")
    paid(paying, charge.reference, piastres=500)
    assert receive(paying, paying.simulator.body(charge.reference, orderAmount=5.5)) == "wrong_amount"
    with paying.engine.connect() as connection:
        assert notifications.waiting(connection)[0].piastres == 500, "no more can go back than came"


def test_the_provider_s_own_fee_is_no_other_amount(paying: Paying) -> None:
    charge = paying.charged("A-1")
    paid(paying, charge.reference)
    assert receive(paying, paying.simulator.body(charge.reference, paymentAmount=7.5, fawryFees=2)) == "settled"
    assert show(paying.engine, charge.bill_id).payments[0].piastres == 550


def test_a_reference_that_is_not_ours_waits_for_a_person(paying: Paying) -> None:
    charge = paying.charged("A-1")
    paid(paying, charge.reference)
    unknown = paying.simulator.body(charge.reference, merchantRefNumber="KH000000000000000000000000")
    swapped = paying.simulator.body(charge.reference, fawryRefNumber="1")
    assert [receive(paying, unknown), receive(paying, swapped)] == ["unknown_reference", "reference_differs"]
    with paying.engine.begin() as connection:
        for notice in notifications.waiting(connection):
            with pytest.raises(IssuerError, match="notice_no_refund"):
                notifications.decide(connection, notice.id, decision="refund", by="9", note="x", now=now())
            with pytest.raises(IssuerError, match="reason_missing"):
                notifications.decide(connection, notice.id, decision="dismiss", by="9", note=" ", now=now())
            notifications.decide(connection, notice.id, decision="dismiss", by="9", note="another office's", now=now())
        assert notifications.waiting(connection) == ()
    assert show(paying.engine, charge.bill_id).state == "open"


@pytest.mark.parametrize("how", ["counter", "cancelled", "over"])
def test_money_for_which_nothing_is_owed_goes_back_by_itself(paying: Paying, how: str) -> None:
    charge = paying.charged("A-1")
    with paying.engine.begin() as connection:
        if how == "counter":
            counter.pay(connection, charge.bill_id, method="cash", amount=550, by="7", settled=settled, now=now())
        if how == "cancelled":
            bills.cancel(connection, charge.bill_id, now=now())
    over = {"at": charge.expires_at + 3_600, "late": True} if how == "over" else {}
    paid(paying, charge.reference, **over)
    body = paying.simulator.body(charge.reference)
    later = now() + (80 * 3_600 if how == "over" else 0)
    outcome = notifications.receive(paying.engine, paying.provider, body, settled=settled, now=later)
    assert outcome == ("too_late" if how == "over" else "surplus")
    bill = show(paying.engine, charge.bill_id)
    assert bill.state == {"counter": "paid", "cancelled": "cancelled", "over": "open"}[how]
    assert [payment.refunded for payment in bill.payments if not payment.settles] == [550]
    assert refund_sender.run(paying.engine, paying.provider, now=later) == {"done": 1}
    assert paying.simulator.order(charge.reference)["refunded"] == 550
    assert len(told(paying.engine)) == (1 if how == "counter" else 0)


def test_a_message_that_comes_days_late_still_settles_what_was_paid_in_time(paying: Paying) -> None:
    charge = paying.charged("A-1")
    body = paid(paying, charge.reference)
    late = now() + 5 * 86_400
    assert notifications.receive(paying.engine, paying.provider, body, settled=settled, now=late) == "settled"


def test_a_message_that_never_comes_is_asked_for(paying: Paying) -> None:
    charge = paying.charged("A-1")
    paid(paying, charge.reference)
    assert polling.poll(paying.engine, paying.provider, settled=settled, now=now()) == {}, "not before its time"
    assert polling.poll(paying.engine, paying.provider, settled=settled, now=now() + 61) == {"settled": 1}
    assert show(paying.engine, charge.bill_id).state == "paid"
    assert polling.poll(paying.engine, paying.provider, settled=settled, now=now() + 86_400) == {}


def test_a_wrong_amount_that_nobody_told_us_of_waits_once_however_often_we_ask(paying: Paying) -> None:
    charge = paying.charged("A-1")
    paid(paying, charge.reference, piastres=100)
    for hours in (1, 2, 3, 4):
        polling.poll(paying.engine, paying.provider, settled=settled, now=now() + hours * 3_600)
    with paying.engine.connect() as connection:
        assert [notice.outcome for notice in notifications.waiting(connection)] == ["wrong_amount"]


def test_a_refund_told_before_the_payment_settles_nothing(paying: Paying) -> None:
    charge = paying.charged("A-1")
    paying.simulator.till("pay", order=charge.reference, quiet=True)
    paying.simulator.till("refund", order=charge.reference, piastres=550)
    assert receive(paying, paying.simulator.body(charge.reference)) == "refund_unexpected"
    assert receive(paying, paying.simulator.body(charge.reference, orderStatus="PAID")) == "noted"
    assert show(paying.engine, charge.bill_id).state == "open"
    with paying.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(payments)) == 0


def test_what_the_office_refuses_to_settle_is_kept_and_told_again(paying: Paying) -> None:
    charge = paying.charged("A-1")
    body = paid(paying, charge.reference)

    def refuses(*_: object) -> None:
        raise IssuerError("transition_refused")

    assert notifications.receive(paying.engine, paying.provider, body, settled=refuses, now=now()) == "failed"
    assert show(paying.engine, charge.bill_id).state == "open", "money and bill agree: neither is there"
    assert receive(paying, body) == "settled"
    assert rows(paying) == [("settled", 2)]


def test_a_fault_of_ours_leaves_nothing_half_done(paying: Paying) -> None:
    charge = paying.charged("A-1")
    body = paid(paying, charge.reference)

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        notifications.receive(paying.engine, paying.provider, body, settled=breaks, now=now())
    assert rows(paying) == []
    assert receive(paying, body) == "settled"


def refuses_all_but(*subjects: str) -> notifications.Settled:
    """An office that cannot go on with what was paid for anything else."""

    def only(connection: Connection, subject: str, bill_id: int, at: int) -> None:
        if subject not in subjects:
            raise IssuerError("transition_refused")
        settled(connection, subject, bill_id, at)

    return only


def waiting(paying: Paying) -> list[notifications.Notice]:
    with paying.engine.connect() as connection:
        return list(notifications.waiting(connection))


def decide(paying: Paying, notice: int, decision: notifications.Decision) -> None:
    with paying.engine.begin() as connection:
        notifications.decide(connection, notice, decision=decision, by="staff:4", note="راجعتها", now=now())


def test_one_charge_that_cannot_be_brought_in_stops_no_other_and_waits_for_a_person(paying: Paying) -> None:
    bad, good = paying.charged("A-1"), paying.charged("A-2")
    for charge in (bad, good):
        paid(paying, charge.reference)
    for hours in (1, 2):
        outcomes = polling.poll(paying.engine, paying.provider, settled=refuses_all_but("A-2"), now=now() + 3_600 * hours)
        assert outcomes["failed"] == 1
    assert [show(paying.engine, charge.bill_id).state for charge in (bad, good)] == ["open", "paid"]
    [left] = waiting(paying)
    assert (left.outcome, left.reference, left.piastres) == ("failed", bad.reference, 550)
    assert say("notice_failed", "en")
    assert say("notice_failed", "ar")


def test_what_failed_is_tried_again_when_a_person_says_so(paying: Paying) -> None:
    charge = paying.charged("A-1")
    body = paid(paying, charge.reference)
    assert notifications.receive(paying.engine, paying.provider, body, settled=refuses_all_but(), now=now()) == "failed"
    [left] = waiting(paying)
    decide(paying, left.id, "retry")
    assert waiting(paying) == []
    assert polling.poll(paying.engine, paying.provider, settled=refuses_all_but(), now=now() + 1) == {"failed": 1}
    [again] = waiting(paying)
    decide(paying, again.id, "retry")
    assert polling.poll(paying.engine, paying.provider, settled=settled, now=now() + 2) == {"settled": 1}
    assert waiting(paying) == []
    assert show(paying.engine, charge.bill_id).state == "paid"


def test_what_failed_goes_back_when_a_person_says_so(paying: Paying) -> None:
    charge = paying.charged("A-1")
    body = paid(paying, charge.reference)
    notifications.receive(paying.engine, paying.provider, body, settled=refuses_all_but(), now=now())
    decide(paying, waiting(paying)[0].id, "refund")
    assert waiting(paying) == []
    bill = show(paying.engine, charge.bill_id)
    assert bill.state == "open"
    assert [(payment.piastres, payment.settles, payment.refunded) for payment in bill.payments] == [(550, False, 550)]
    assert receive(paying, body) == "already", "told again, it is not paid twice"


def test_only_what_failed_is_tried_again(paying: Paying) -> None:
    charge = paying.charged("A-1")
    paid(paying, charge.reference, piastres=100)
    polling.poll(paying.engine, paying.provider, settled=settled, now=now() + 61)
    with pytest.raises(IssuerError, match="notice_no_retry"):
        decide(paying, waiting(paying)[0].id, "retry")
