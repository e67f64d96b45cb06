"""Who has a hand in an application decides nothing about it: not through a colleague who sends it in, nor as the citizen they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from issuer.errors import IssuerError
from office.applications import attaching, cashing, drafts, issuing
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.services.errors import MoveError
from tests.office.applications.workplace import CITIZEN, CLERK, MANAGER, NOW, REVIEWER, Workplace, pdf, shop, staff

BOTH = staff("51", "clerk", "reviewer", "manager")
DECISIONS = {"approve": {}, "reject": {"reason": "x"}}


def type_into(here: Workplace, name: str) -> None:
    with here.engine.begin() as connection:
        drafts.update_fields(UnitOfWork(connection, here.office, BOTH, NOW), name, {"address": "شارع 13"})


def attach_to(here: Workplace, name: str) -> None:
    with here.engine.begin() as connection:
        attaching.attach(UnitOfWork(connection, here.office, BOTH, NOW), name, "tenure", content=pdf(), filename="a.pdf")


def detach_from(here: Workplace, name: str) -> None:
    with here.engine.begin() as connection:
        row = drafts.open_to_change(connection, name, actor=BOTH, version=None)
        extra = next(each for each in attaching.attached(connection, row.id) if each.code == "mandate")
        attaching.detach(UnitOfWork(connection, here.office, BOTH, NOW), name, extra.id)


HANDS: list[Callable[[Workplace, str], None]] = [type_into, attach_to, detach_from]


def mandated(here: Workplace, key: str) -> str:
    """The draft with a document that it may do without."""
    with here.engine.begin() as connection:
        attaching.attach(UnitOfWork(connection, here.office, CLERK, NOW), key, "mandate", content=pdf(), filename="m.pdf")
    return key


@pytest.mark.parametrize("hand", HANDS)
def test_whoever_typed_into_a_colleague_s_draft_decides_nothing(sqlite: Workplace, hand: Callable[[Workplace, str], None]) -> None:
    key = mandated(sqlite, sqlite.draft("shop.first", shop(authority="MN1"), actor=CLERK))
    hand(sqlite, key)
    number = sqlite.submit(key, actor=CLERK)
    sqlite.pay(number)
    refuses(sqlite, number, BOTH)
    sqlite.do("approve", number, actor=REVIEWER)
    with pytest.raises(MoveError, match="same_person"):
        issuing.issue(sqlite.engine, sqlite.office, number, sealer=sqlite.clerk.sealer, now=NOW, actor=BOTH)


def refuses(here: Workplace, number: str, actor: Actor) -> None:
    for step, more in DECISIONS.items():
        with pytest.raises(MoveError, match="same_person"):
            here.do(step, number, actor=actor, **more)
    assert not {action.code for action in here.show(number, actor=actor).actions} & set(DECISIONS), "nor is it offered"


@pytest.mark.parametrize("hand", [type_into, attach_to])
def test_nor_whoever_corrected_what_was_returned(here: Workplace, hand: Callable[[Workplace, str], None]) -> None:
    number = here.submitted("shop.first", shop())
    here.pay(number)
    here.do("return_", number, reason="x")
    hand(here, number)
    here.do("resubmit", number, actor=CITIZEN)
    refuses(here, number, BOTH)
    told = [(event.action, event.actor) for event in here.show(number).events]
    assert told.count(("edit", BOTH.key)) == 1
    here.do("approve", number, actor=REVIEWER)


def test_a_hand_is_noted_once_and_not_of_whoever_began_it(here: Workplace) -> None:
    key = here.draft("shop.first", shop(authority="MN1"), actor=CLERK)
    for _ in range(3):
        type_into(here, key)
        with here.engine.begin() as connection:
            drafts.update_fields(UnitOfWork(connection, here.office, CLERK, NOW), key, {"address": "شارع 14"})
    number = here.submit(key, actor=CLERK)
    told = [(event.action, event.actor) for event in here.show(number).events]
    assert told[:3] == [("enter", CLERK.key), ("edit", BOTH.key), ("submit", CLERK.key)]


def test_an_objection_is_not_decided_by_who_corrected_the_form(sqlite: Workplace) -> None:
    number = sqlite.submitted("shop.first", shop())
    sqlite.pay(number)
    sqlite.do("return_", number, reason="x")
    type_into(sqlite, number)
    sqlite.do("resubmit", number, actor=CITIZEN)
    sqlite.do("reject", number, reason="x")
    sqlite.do("object_", number, actor=CITIZEN, reason="x")
    for upheld in (True, False):
        with pytest.raises(MoveError, match="same_person"):
            sqlite.do("decide", number, actor=BOTH, upheld=upheld, reason="y")
    sqlite.do("decide", number, actor=MANAGER, upheld=True, reason="y")


def test_what_was_found_at_the_site_is_told_by_somebody_else(sqlite: Workplace) -> None:
    """It decides the fine, and outranks what the applicant says."""
    number = sqlite.submitted("shop.first", shop(), actor=BOTH)
    sqlite.pay(number)
    sqlite.do("request_inspection", number)
    with pytest.raises(MoveError, match="same_person"):
        sqlite.do("record_inspection", number, actor=BOTH, outcome="fits", reason="x")
    sqlite.do("record_inspection", number, actor=CLERK, outcome="fits", reason="x")


# The citizen that a member of the staff also is. The office knows a citizen by a mobile number and the staff by an account; names are what
# both have.


@pytest.mark.parametrize("name", ["سامي فؤاد حسن", "سامى  فؤاد حسن", "سامي فُؤاد حسن"])
def test_the_holder_s_namesake_decides_nothing(sqlite: Workplace, name: str) -> None:
    namesake = Actor("staff", "77", name, {"MN1": frozenset({"reviewer", "manager"})})
    number = sqlite.submitted("shop.first", shop())
    sqlite.pay(number)
    refuses(sqlite, number, namesake)
    sqlite.do("reject", number, reason="x")
    sqlite.do("object_", number, actor=CITIZEN, reason="x")
    with pytest.raises(MoveError, match="same_person"):
        sqlite.do("decide", number, actor=namesake, upheld=True, reason="y")


def test_a_transfer_to_a_namesake_is_approved_by_somebody_else(sqlite: Workplace) -> None:
    namesake = Actor("staff", "77", "مالك جديد", {"MN1": frozenset({"reviewer"})})
    license_number = sqlite.issued("shop.first", shop(valid_until="2028-11-30"))[1]
    number = sqlite.submitted("shop.transfer", {"license": license_number, "holder": "مالك جديد"})
    sqlite.pay(number)
    refuses(sqlite, number, namesake)
    sqlite.do("approve", number, actor=REVIEWER)


def test_a_namesake_does_what_needs_no_second_person(sqlite: Workplace) -> None:
    namesake = Actor("staff", "77", "سامي فؤاد حسن", {"MN1": frozenset({"reviewer"})})
    number = sqlite.submitted("shop.first", shop())
    sqlite.pay(number)
    sqlite.do("request_inspection", number, actor=namesake)


@pytest.mark.parametrize("name", ["", "سامي فؤاد", "سامي فؤاد حسن محمد"])
def test_another_name_is_another_person(sqlite: Workplace, name: str) -> None:
    other = Actor("staff", "78", name, {"MN1": frozenset({"reviewer"})})
    number = sqlite.submitted("shop.first", shop())
    sqlite.pay(number)
    sqlite.do("approve", number, actor=other)


def test_a_citizen_s_id_is_no_staff_member_s(sqlite: Workplace) -> None:
    """`citizen:11` and `staff:11` are two, whoever they are."""
    number = sqlite.submitted("shop.first", shop(), actor=CITIZEN)
    sqlite.pay(number)
    with pytest.raises(IssuerError):
        sqlite.do("approve", number, actor=Actor("citizen", "11", "x", {"MN1": frozenset({"reviewer"})}))
    sqlite.do("approve", number, actor=staff("11", "reviewer"))


# Who entered, who took the money, who told what is at the site and who decides: four people.

ALL = staff("61", "clerk", "reviewer", "cashier", "manager")
BUREAU_CASHIER = staff("62", "cashier")


def take(here: Workplace, number: str, actor: Actor) -> None:
    bill = next(bill for bill in here.show(number).bills if bill.state == "open")
    with here.engine.begin() as connection:
        cashing.take(UnitOfWork(connection, here.office, actor, NOW), number, bill.id, method="cash", amount=bill.piastres, by="till")


def test_whoever_took_the_money_neither_inspects_nor_decides(here: Workplace) -> None:
    number = here.submitted("shop.first", shop())
    take(here, number, ALL)
    refuses(here, number, ALL)
    here.do("request_inspection", number)
    with pytest.raises(MoveError, match="same_person"):
        here.do("record_inspection", number, actor=ALL, outcome="fits", reason="x")
    here.do("record_inspection", number, actor=CLERK, outcome="fits", reason="x")
    here.do("approve", number, actor=MANAGER)
    with pytest.raises(MoveError, match="same_person"):
        issuing.issue(here.engine, here.office, number, sealer=here.clerk.sealer, now=NOW, actor=ALL)
    told = [(event.action, event.actor) for event in here.show(number).events]
    assert ("take_payment", ALL.key) in told


def test_whoever_entered_it_takes_no_money_for_it_and_nothing_is_booked(here: Workplace) -> None:
    number = here.submitted("shop.first", shop(), actor=ALL)
    with pytest.raises(MoveError, match="same_person"):
        take(here, number, ALL)
    shown = here.show(number)
    assert (shown.state, shown.bills[0].state, shown.bills[0].payments) == ("awaiting_payment", "open", ())
    assert "take_payment" not in {event.action for event in shown.events}
    take(here, number, BUREAU_CASHIER)
    assert here.state(number) == "under_review"


@pytest.mark.parametrize("actor", [MANAGER, staff("63", "cashier", authority="SHQ"), CITIZEN])
def test_nor_does_who_is_no_cashier_here(sqlite: Workplace, actor: Actor) -> None:
    number = sqlite.submitted("shop.first", shop())
    with pytest.raises(IssuerError, match=r"action_refused|application_unknown"):
        take(sqlite, number, actor)
    assert sqlite.state(number) == "awaiting_payment"


def test_a_bill_is_paid_for_its_own_application_alone(sqlite: Workplace) -> None:
    number, other = (sqlite.submitted("shop.first", shop(latitude=f"31.27{place}2")) for place in (5, 8))
    bill = sqlite.show(other).bills[0]
    with pytest.raises(IssuerError, match="bill_unknown"), sqlite.engine.begin() as connection:
        cashing.take(
            UnitOfWork(connection, sqlite.office, BUREAU_CASHIER, NOW), number, bill.id, method="cash", amount=bill.piastres, by="x"
        )


def test_nothing_is_decided_nor_an_objection_by_whoever_inspected(sqlite: Workplace) -> None:
    number = sqlite.submitted("shop.first", shop())
    take(sqlite, number, BUREAU_CASHIER)
    sqlite.do("request_inspection", number)
    sqlite.do("record_inspection", number, actor=ALL, outcome="differs", reason="x")
    refuses(sqlite, number, ALL)
    sqlite.do("reject", number, actor=REVIEWER, reason="x")
    sqlite.do("object_", number, actor=CITIZEN, reason="x")
    for upheld in (True, False):
        with pytest.raises(MoveError, match="same_person"):
            sqlite.do("decide", number, actor=ALL, upheld=upheld, reason="y")
    sqlite.do("decide", number, actor=MANAGER, upheld=False, reason="y")
