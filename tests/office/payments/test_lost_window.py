"""Money of the hours between a backup and the loss: nobody here knows its reference, and it is neither lost nor taken twice."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from issuer.errors import IssuerError
from office.payments import bills, notifications, polling
from office.payments import tables as money
from office.payments.reconciliation import Entry
from storage.database import reading
from tests.office.payments.office import Paying, now, open_bill, settled, show, told
from tests.office.payments.test_reconciliation import compare, lines_of, pay


def lose_everything(paying: Paying) -> None:
    """What a backup of before does: bills and charges of since are not there."""
    with paying.engine.begin() as connection:
        for table in (money.charges, money.lines, money.bills):
            connection.execute(delete(table))


def assign(paying: Paying, notice: int, subject: str, note: str = "بإيصال الدافع") -> None:
    with paying.engine.begin() as connection:
        notifications.assign(connection, notice, subject, by="mona", note=note, now=now())


def unclaimed(paying: Paying) -> list[tuple[str, int | None]]:
    with reading(paying.engine) as connection:
        return [(each.reference, each.piastres) for each in notifications.unclaimed(connection)]


def test_a_payment_whose_application_is_lost_waits_and_then_pays_it_once(paying: Paying) -> None:
    reference = pay(paying, "A-1", tell=False)
    file = lines_of(paying, reference)
    lose_everything(paying)
    made = compare(paying, file)
    assert made.missing_here == (Entry("payment", reference, made.missing_here[0].provider_reference, None, 550, "unknown_reference"),)
    compare(paying, file)
    assert unclaimed(paying) == [(reference, 550)], "once, however often the file is read"
    with reading(paying.engine) as connection:
        (notice,) = (each.id for each in notifications.unclaimed(connection))
    other, bill = open_bill(paying.engine, "A-9", 600), open_bill(paying.engine, "A-1 again")
    for subject, code in (("A-9", "amount_differs"), ("A-0", "bill_not_open")):
        with pytest.raises(IssuerError, match=code):
            assign(paying, notice, subject)
    with pytest.raises(IssuerError, match="reason_missing"):
        assign(paying, notice, "A-1 again", note=" ")
    assert unclaimed(paying) == [(reference, 550)]
    assign(paying, notice, "A-1 again")
    assert unclaimed(paying) == [] and show(paying.engine, bill).state == "open", "only the provider's word counts"
    polling.poll(paying.engine, paying.provider, settled=settled, now=now())
    assert show(paying.engine, bill).state == "paid" and told(paying.engine) == [bill]
    assert show(paying.engine, other).state == "open"
    assert compare(paying, file).matched == 1
    with pytest.raises(IssuerError, match="notice_decided"):
        assign(paying, notice, "A-9")


def test_a_charge_that_was_made_anew_meanwhile_does_not_make_two(paying: Paying) -> None:
    """The citizen chose to pay again and did: the second payment goes back by itself."""
    reference = pay(paying, "A-2", tell=False)
    file = lines_of(paying, reference)
    lose_everything(paying)
    compare(paying, file)
    second = paying.charged("A-2")
    with reading(paying.engine) as connection:
        (notice,) = (each.id for each in notifications.unclaimed(connection) if each.reference == reference)
    assign(paying, notice, "A-2")
    paying.simulator.till("pay", order=second.reference, quiet=True)
    polling.poll(paying.engine, paying.provider, settled=settled, now=now())
    shown = show(paying.engine, second.bill_id)
    assert shown.state == "paid" and sorted(each.settles for each in shown.payments) == [False, True]
    assert [each.refunded for each in shown.payments if not each.settles] == [550]


def test_only_money_that_nobody_knows_can_be_given_to_a_bill(paying: Paying) -> None:
    wrong = pay(paying, "A-3", piastres=500, tell=False)
    compare(paying, lines_of(paying, wrong))
    with reading(paying.engine) as connection:
        (notice,) = (each.id for each in notifications.waiting(connection) if each.reference == wrong)
    bill = open_bill(paying.engine, "A-4", 500)
    with pytest.raises(IssuerError, match="notice_not_money"):
        assign(paying, notice, "A-4")
    with pytest.raises(IssuerError, match="notice_unknown"):
        assign(paying, 999_999, "A-4")
    with paying.engine.begin() as connection:
        bills.cancel(connection, bill, now=now())
