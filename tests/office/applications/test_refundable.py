"""The refunds that are due are a list: what ended, and what was paid too much; nothing else, and of one's own authorities alone."""

from __future__ import annotations

from office.applications import drafts, refundable, repaying
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from tests.office.applications.workplace import CASHIER, CITIZEN, CLERK, ELSEWHERE, MANAGER, NOW, REVIEWER, Workplace, shop


def due(here: Workplace, actor: Actor) -> list[tuple[str, int]]:
    with here.engine.connect() as connection:
        return [(each.line.number, each.piastres) for each in refundable.due(connection, here.office, actor=actor)]


def test_what_ended_after_it_was_paid_is_due_until_it_went_back(here: Workplace) -> None:
    rejected, withdrawn, open_, unpaid = (here.submitted("shop.first", shop(latitude=f"31.27{place}2")) for place in (0, 3, 6, 9))
    amounts = [here.pay(number) for number in (rejected, withdrawn, open_)]
    here.do("reject", rejected, actor=REVIEWER, reason="x")
    here.do("withdraw", withdrawn, actor=CITIZEN)
    here.do("withdraw", unpaid, actor=CITIZEN)
    for actor in (CASHIER, MANAGER):
        assert due(here, actor) == [(rejected, amounts[0]), (withdrawn, amounts[1])]
    for actor in (CLERK, REVIEWER, ELSEWHERE, CITIZEN):
        assert due(here, actor) == []
    payment = here.show(rejected).bills[0].payments[0].id
    for amount, left in ((100, amounts[0] - 100), (amounts[0] - 100, 0)):
        with here.engine.begin() as connection:
            repaying.give_back(
                UnitOfWork(connection, here.office, CASHIER, NOW), rejected, payment_id=payment, amount=amount, reason="x", by="till"
            )
        assert dict(due(here, CASHIER)).get(rejected, 0) == left


def test_what_a_correction_made_cheaper_is_due(here: Workplace) -> None:
    number = here.submitted("shop.first", shop(floor_area="260"))
    paid = here.pay(number)
    here.do("return_", number, reason="x")

    with here.engine.begin() as connection:
        drafts.update_fields(UnitOfWork(connection, here.office, CITIZEN, NOW), number, {"floor_area": "60"})
    here.do("resubmit", number, actor=CITIZEN)
    assert due(here, CASHIER) == [(number, 390_000 - 250_000)]
    assert paid > 390_000
