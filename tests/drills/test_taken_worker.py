"""Somebody has taken the worker: the keys of the authorities, rights on the database, its programs. No seal of theirs gets into the log.

The worker has neither the log's keys nor the status key, and cannot write into the publisher's store. What it seals stands in the database,
with acts, as if all was well; the publisher asks for the approval. What is not caught is said at the end.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from acts import acting
from issuer.guard import releases
from issuer.intake.texts import skeleton
from issuer.register import history
from issuer.register.issuing import New, issue_one
from issuer.register.signer_pool import InProcess
from office.applications import approvals, issuing, records
from office.applications.actors import SYSTEM
from office.applications.tables import application_events, applications
from office.payments.tables import bills
from seal.license import License
from tests.drills.town import publishes, refused
from tests.office.applications.workplace import NOW, REVIEWER, Workplace, shop

WORKER = ("program:worker", "work")


def sealed(town: Workplace, license_: License, identity: bytes) -> str:
    """The worker seals a license by its programs, whose acts it leaves; its number."""
    new = New(license_, skeleton(license_.trade_name), identity, b"chain" + bytes(11), None, issuing.SOURCE, 0)
    with acting.acting(*WORKER), town.engine.begin() as connection:
        return issue_one(connection, new, pool=InProcess(town.clerk.sealer), now=NOW + 210)


def waiting(town: Workplace, **fields: str) -> tuple[str, License]:
    """An application that nobody has decided yet, and what it asks for."""
    number = town.submitted("shop.first", shop(trade_name="مقهى اللص", latitude="31.2900", **fields))
    with town.engine.connect() as connection:
        return number, records.find(connection, number, actor=SYSTEM).asked_for


def approve(town: Workplace, number: str, by: str, **more: Any) -> None:
    """The worker writes an approval as if somebody had given it, with the act of it."""
    with acting.acting(*WORKER), town.engine.begin() as connection:
        id_, state = connection.execute(select(applications.c.id, applications.c.state).where(applications.c.number == number)).one()
        step = {"application_id": id_, "at": NOW, "action": "approve", "from_state": state, "to_state": "approved"}
        connection.execute(insert(application_events).values(step | {"actor": by, "actor_name": "x", "reason": "", "detail": {}}))
        connection.execute(update(applications).where(applications.c.id == id_).values(state="approved", approved_by=by, **more))


def issued(town: Workplace, number: str, license_number: str) -> None:
    """The worker says that an application led to a license."""
    with acting.acting(*WORKER), town.engine.begin() as connection:
        led = {"state": "issued", "issued": license_number}
        connection.execute(update(applications).where(applications.c.number == number).values(**led))


def test_an_honest_license_is_published(town: Workplace) -> None:
    town.issued("shop.first", shop(trade_name="مكتبة", latitude="31.2900"))
    assert "log/checkpoint" in publishes(town, NOW + 300)


def test_what_honest_people_do_with_a_license_is_published(town: Workplace) -> None:
    """Transferred while an amendment waited, amended, sealed again, suspended and reinstated."""
    _, number = town.issued("shop.first", shop(trade_name="مكتبة", latitude="31.2900"))
    first = town.submitted("shop.amendment", {"license": number, "changes": "الاسم", "trade_name": "مكتبة النيل"})
    second = town.submitted("shop.transfer", {"license": number, "holder": "مالك جديد"})
    for each in (second, first):
        town.pay(each) if town.state(each) == "awaiting_payment" else None
        town.do("approve", each)
        town.issue(each)
    town.issued("shop.replacement", {"license": number, "circumstances": "فقد"})
    for kind in ("suspended", "reinstated"):
        history.change(town.engine, number, kind, reason="x", now=NOW + 220)
    assert "log/checkpoint" in publishes(town, NOW + 300)


def test_a_license_that_nobody_asked_for(town: Workplace) -> None:
    _, asked = waiting(town)
    number = sealed(town, asked, b"identity" + bytes(24))
    assert number in refused(town, "approval_missing")


def test_a_license_whose_application_nobody_approved(town: Workplace) -> None:
    application, asked = waiting(town)
    number = sealed(town, asked, approvals.identity_of(application))
    issued(town, application, number)
    assert number in refused(town, "approval_missing")


def test_an_approval_by_who_entered_it(town: Workplace) -> None:
    application, asked = waiting(town)
    town.pay(application)
    approve(town, application, "citizen:11")
    number = sealed(town, asked, approvals.identity_of(application))
    issued(town, application, number)
    assert number in refused(town, "approval_same_hands")


def test_an_approval_by_a_silence_that_was_none(town: Workplace) -> None:
    application, asked = waiting(town)
    town.pay(application)
    approve(town, application, "system:office")
    number = sealed(town, asked, approvals.identity_of(application))
    issued(town, application, number)
    assert number in refused(town, "approval_missing")


def test_an_approval_that_is_not_paid(town: Workplace) -> None:
    application, asked = waiting(town)
    assert town.state(application) == "awaiting_payment"
    approve(town, application, REVIEWER.key)
    number = sealed(town, asked, approvals.identity_of(application))
    issued(town, application, number)
    assert number in refused(town, "approval_unpaid")


def test_a_bill_that_is_called_paid_without_a_payment(town: Workplace) -> None:
    application, asked = waiting(town)
    with acting.acting(*WORKER), town.engine.begin() as connection:
        connection.execute(update(bills).where(bills.c.subject == application).values(state="paid", closed_at=NOW))
    approve(town, application, REVIEWER.key)
    number = sealed(town, asked, approvals.identity_of(application))
    issued(town, application, number)
    assert number in refused(town, "approval_unpaid")


def test_another_license_than_was_approved(town: Workplace) -> None:
    application, asked = waiting(town)
    town.pay(application)
    town.do("approve", application)
    number = sealed(town, asked._replace(trade_name="ملهى اللص"), approvals.identity_of(application))
    issued(town, application, number)
    assert number in refused(town, "approval_other")


def test_an_approval_is_used_for_a_second_license(town: Workplace) -> None:
    application, _ = town.issued("shop.first", shop(trade_name="مكتبة", latitude="31.2900"))
    publishes(town, NOW + 205)
    _, asked = waiting(town, address="أخرى")
    number = sealed(town, asked, b"identity" + bytes(24))
    issued(town, application, number)
    assert number in refused(town, "approval_missing")


def test_a_license_is_sealed_again_with_other_content(town: Workplace) -> None:
    """Once by nobody's word, once by the word of an application that asked for something else."""
    application, number = town.issued("shop.first", shop(trade_name="مكتبة", latitude="31.2900"))
    publishes(town, NOW + 205)
    rules, changes = town.clerk.rules, {"trade_name": "ملهى"}
    with acting.acting(*WORKER):
        history.replace(town.engine, number, changes, sealer=town.clerk.sealer, rules=rules, reason=f"{application} x", now=NOW + 210)
    assert number in refused(town, "approval_missing")


def test_an_approved_change_of_a_name_is_no_leave_to_change_the_place(town: Workplace) -> None:
    _, number = town.issued("shop.first", shop(trade_name="مكتبة", latitude="31.2900"))
    change = {"license": number, "trade_name": "مكتبة النيل", "changes": "الاسم"}
    amendment = town.submitted("shop.amendment", change)
    town.pay(amendment) if town.state(amendment) == "awaiting_payment" else None
    town.do("approve", amendment)
    changes = {"trade_name": "مكتبة النيل", "holder": "اللص"}
    with acting.acting(*WORKER):
        reason = f"{amendment} shop.amendment"
        history.replace(town.engine, number, changes, sealer=town.clerk.sealer, rules=town.clerk.rules, reason=reason, now=NOW + 210)
    issued(town, amendment, number)
    assert number in refused(town, "approval_other")


def test_it_may_not_release_what_it_seals(town: Workplace) -> None:
    """A release lies in the publisher's store; what the worker writes elsewhere is none."""
    _, asked = waiting(town)
    number = sealed(town, asked, b"identity" + bytes(24))
    releases.release(town.folder, releases.of_seal(number, 0))
    assert number in refused(town, "approval_missing")


def test_what_is_not_caught_yet_is_written_down_here(town: Workplace) -> None:
    """An approval that the worker makes up in the name of another person, with payment and act: until people sign what they approve."""
    application, asked = waiting(town)
    town.pay(application)
    approve(town, application, REVIEWER.key)
    issued(town, application, sealed(town, asked, approvals.identity_of(application)))
    assert "log/checkpoint" in publishes(town, NOW + 300)
