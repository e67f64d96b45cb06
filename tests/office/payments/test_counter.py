"""Cash and card at the counter: the whole amount, one receipt each, no gap between receipts, and a report to count the drawer by."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from issuer.errors import IssuerError
from office.payments import counter, refunds, reports
from office.payments.bills import open_bill as open_at
from seal import days
from tests.office.payments.office import AUTHORITY, line, open_bill, settled, show, told

DAY = date(2026, 11, 24)
NOON = days.start_of(DAY) + 12 * 3600


def pay(engine: Engine, subject: str, piastres: int = 550, *, method: str = "cash", by: str = "7", at: int = NOON) -> counter.Receipt:
    bill_id = open_bill(engine, subject, piastres)
    with engine.begin() as connection:
        return counter.pay(connection, bill_id, method=method, amount=piastres, by=by, settled=settled, now=at)  # type: ignore[arg-type]


def test_a_payment_settles_the_bill_and_gives_a_receipt(engine: Engine) -> None:
    receipt = pay(engine, "A-1")
    assert receipt == counter.Receipt("MN1-2026-000001", receipt.payment_id, receipt.bill_id, "A-1", "MN1", "cash", 550, "7", NOON)
    bill = show(engine, receipt.bill_id)
    assert (bill.state, bill.closed_at, [payment.receipt for payment in bill.payments]) == ("paid", NOON, [receipt.number])
    assert told(engine) == [receipt.bill_id], "whoever waits for the money was told in the same transaction"
    with engine.connect() as connection:
        assert counter.receipt(connection, " mn1-2026-000001 ") == receipt


@pytest.mark.parametrize("number", ["MN1-2026-000002", "MN1-2025-000001", "AMR-2026-000001", "2026", "", "MN1-2026-000001'--"])
def test_a_receipt_that_nobody_gave(engine: Engine, number: str) -> None:
    pay(engine, "A-1")
    with engine.connect() as connection, pytest.raises(IssuerError, match="receipt_unknown"):
        counter.receipt(connection, number)


@pytest.mark.parametrize("amount", [549, 551, 0, -550, 550.0, True])
def test_only_the_whole_amount_is_taken(engine: Engine, amount: object) -> None:
    bill_id = open_bill(engine, "A-1")
    with pytest.raises(IssuerError, match="amount_differs"), engine.begin() as connection:
        counter.pay(connection, bill_id, method="cash", amount=amount, by="7", settled=settled, now=NOON)  # type: ignore[arg-type]
    with pytest.raises(IssuerError, match="method_unknown"), engine.begin() as connection:
        counter.pay(connection, bill_id, method="provider", amount=550, by="7", settled=settled, now=NOON)  # type: ignore[arg-type]
    assert show(engine, bill_id).state == "open"


def test_receipts_have_no_gaps_even_when_a_payment_is_undone(engine: Engine) -> None:
    numbers = [pay(engine, "A-1").number]
    undone = open_bill(engine, "A-2")

    def fails(*_: object) -> None:
        raise IssuerError("transition_refused")

    with pytest.raises(IssuerError, match="transition_refused"), engine.begin() as connection:
        counter.pay(connection, undone, method="cash", amount=550, by="7", settled=fails, now=NOON)
    assert show(engine, undone).state == "open"
    numbers.append(pay(engine, "A-3").number)
    new_year = days.start_of(date(2027, 1, 1))
    numbers += [pay(engine, "A-4", at=new_year - 1).number, pay(engine, "A-5", at=new_year).number]
    with engine.begin() as connection:
        bill_id = open_at(connection, subject="A-6", authority="AMR", lines=[line()], now=NOON)
        numbers.append(counter.pay(connection, bill_id, method="card", amount=550, by="9", settled=settled, now=NOON).number)
    assert numbers == ["MN1-2026-000001", "MN1-2026-000002", "MN1-2026-000003", "MN1-2027-000001", "AMR-2026-000001"]


def test_the_day_s_report_is_what_each_cashier_has_in_the_drawer(engine: Engine) -> None:
    start = days.start_of(DAY)
    kept = [pay(engine, f"A-{n}", 1_000 + n, at=start + n) for n in range(3)]
    pay(engine, "B-1", 300, method="card", at=start + 86_399)
    pay(engine, "C-1", 77, by="9", at=NOON)
    pay(engine, "D-1", 50, at=start - 1)
    pay(engine, "D-2", 50, at=start + 86_400)
    with engine.begin() as connection:
        given = {"key": "r1", "amount": 400, "reason": "paid too much", "by": "9", "now": NOON}
        refunds.at_counter(connection, kept[0].payment_id, **given)  # type: ignore[arg-type]
        refunds.at_counter(connection, kept[0].payment_id, **given)  # type: ignore[arg-type] # the button, pressed twice
    with engine.connect() as connection:
        report = reports.cash(connection, AUTHORITY, DAY)
        seven_card, seven_cash, nine = report.lines[0], report.lines[1], report.lines[2]
        assert (seven_card.method, seven_card.receipts, seven_card.due) == ("card", 1, 300)
        assert (seven_cash.by, seven_cash.receipts, seven_cash.piastres, seven_cash.refunded) == ("7", 3, 3_003, 0)
        assert (seven_cash.first, seven_cash.last) == (kept[0].number, kept[2].number)
        assert (nine.by, nine.receipts, nine.refunds, nine.refunded, nine.due) == ("9", 1, 1, 400, 77 - 400)
        assert report.due == 300 + 3_003 + 77 - 400
        assert reports.cash(connection, "AMR", DAY).lines == ()
        assert [(taking.method, taking.bills, taking.piastres, taking.refunded) for taking in reports.takings(connection, DAY)] == [
            ("card", 1, 300, 0),
            ("cash", 4, 3_080, 400),
        ]


def test_a_counter_payment_goes_back_over_the_counter_up_to_what_was_paid(engine: Engine) -> None:
    receipt = pay(engine, "A-1", 550)
    ask = {"reason": "withdrawn", "by": "9", "now": NOON}
    with engine.begin() as connection:
        refunds.at_counter(connection, receipt.payment_id, key="one", amount=500, **ask)  # type: ignore[arg-type]
    for fields, code in (
        ({"key": "two", "amount": 51}, "refund_too_much"),
        ({"key": "two", "amount": 0}, "refund_amount_invalid"),
        ({"key": "one", "amount": 499}, "refund_key_used"),
        ({"key": "two", "amount": 1, "reason": " "}, "reason_missing"),
    ):
        with pytest.raises(IssuerError, match=code), engine.begin() as connection:
            refunds.at_counter(connection, receipt.payment_id, **(ask | fields))  # type: ignore[arg-type]
    with pytest.raises(IssuerError, match="refund_method"), engine.begin() as connection:
        refunds.ask(connection, receipt.payment_id, key="two", amount=1, **ask)  # type: ignore[arg-type]
    assert show(engine, receipt.bill_id).refunded == 500
