"""The steps between draft and license: who, when, why, in which order, and what they do to the bill."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from issuer.errors import IssuerError
from office.applications import application, attaching, billing, deadlines, drafts, records, submitting, workflow
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.applications.errors import ApplicationError, RefusedError
from office.applications.tables import applications
from office.messages.tables import messages
from office.payments import bills, soundness
from office.services.errors import MoveError
from seal import days
from storage.errors import UnreadableError
from tests.office.applications.workplace import (
    CITIZEN,
    CLERK,
    DAY,
    MANAGER,
    NOW,
    REVIEWER,
    Workplace,
    moment,
    pdf,
    shop,
    staff,
)
from tests.processes import PATIENCE_SECONDS


def code(work) -> str:
    with pytest.raises(IssuerError) as refused:
        work()
    return refused.value.code


def under_review(here: Workplace, **fields: str) -> str:
    number = here.submitted("shop.first", shop(**fields))
    here.pay(number)
    return number


def change(here: Workplace, number: str, actor=CITIZEN, **fields: str) -> None:
    with here.engine.begin() as connection:
        drafts.update_fields(UnitOfWork(connection, here.office, actor, NOW), number, fields)


def test_every_step_names_who_when_and_why(here: Workplace) -> None:
    number = under_review(here)
    here.do("return_", number, reason="  الصورة   غير واضحة ", now=NOW + 60)
    here.do("resubmit", number, actor=CITIZEN, now=NOW + 120)
    here.do("reject", number, reason="مخالف", now=NOW + 180)
    told = [(event.action, event.actor, event.at, event.reason, event.to_state) for event in here.show(number).events][-3:]
    assert told == [
        ("return", "staff:2", NOW + 60, "الصورة غير واضحة", "returned"),
        ("resubmit", "citizen:11", NOW + 120, "", "under_review"),
        ("reject", "staff:2", NOW + 180, "مخالف", "rejected"),
    ]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_rejection_without_a_reason_is_none(sqlite: Workplace, reason: str) -> None:
    number = under_review(sqlite)
    assert code(lambda: sqlite.do("reject", number, reason=reason)) == "reason_missing"


def test_who_entered_it_decides_nothing_about_it(sqlite: Workplace) -> None:
    everything = staff("51", "clerk", "reviewer", "manager")
    number = sqlite.submitted("shop.first", shop(), actor=everything)
    sqlite.pay(number)
    for step, more in (("approve", {}), ("reject", {"reason": "x"})):
        assert code(lambda step=step, more=more: sqlite.do(step, number, actor=everything, **more)) == "same_person"
    other = staff("52", "clerk", "reviewer", "manager")
    sqlite.do("return_", number, actor=other, reason="x")
    sqlite.do("resubmit", number, actor=other)
    assert code(lambda: sqlite.do("approve", number, actor=other)) == "same_person", "who submits it again has entered it too"
    sqlite.do("approve", number, actor=REVIEWER)


def test_a_step_on_what_changed_meanwhile_is_refused(here: Workplace) -> None:
    number = under_review(here)
    seen = here.show(number).version
    here.do("request_inspection", number, version=seen)
    for step, more in (("approve", {}), ("return_", {"reason": "x"}), ("reject", {"reason": "x"}), ("withdraw", {})):
        actor = CITIZEN if step == "withdraw" else REVIEWER
        assert code(lambda s=step, m=more, a=actor: here.do(s, number, actor=a, version=seen, **m)) == "changed_meanwhile"


def test_two_reviewers_at_once_one_of_them_decides(here: Workplace) -> None:
    number = under_review(here)
    seen = here.show(number).version

    def decide(place: int) -> str:
        step, more = ("approve", {}) if place % 2 else ("reject", {"reason": "x"})
        try:
            here.do(step, number, actor=staff(str(60 + place), "reviewer"), version=seen, **more)
        except (ApplicationError, MoveError) as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(decide, range(6)))
    assert outcomes == ["changed_meanwhile"] * 5 + ["done"]
    assert len([event for event in here.show(number).events if event.action in ("approve", "reject")]) == 1


def test_a_click_twice_submits_once(here: Workplace) -> None:
    key = here.draft("shop.first", shop())
    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(lambda _: here.submit(key), range(8)))
    (number,) = numbers
    shown = here.show(number)
    assert [event.action for event in shown.events].count("submit") == 1
    assert len(shown.bills) == 1


def test_numbers_have_no_gap_and_no_double(here: Workplace) -> None:
    keys = [here.draft("shop.first", shop(trade_name=f"محل {place}")) for place in range(12)]
    refused = here.draft("shop.first", shop(holder=""))
    with pytest.raises(RefusedError):
        here.submit(refused)
    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(here.submit, keys))
    assert [number.split("-")[3] for number in numbers] == [f"{place:06d}" for place in range(1, 13)]
    assert here.submitted("shop.first", shop(valid_from="2027-01-02"), now=moment("2027-01-02")).startswith("APP-MN1-2027-000001-")


# Money.


def test_corrected_facts_that_cost_more_ask_for_the_difference_only(here: Workplace) -> None:
    number = here.submitted("occupancy.first", occupancy(width_m="2"))
    first = here.pay(number)
    here.do("return_", number, reason="القياس")
    change(here, number, width_m="4")
    here.do("resubmit", number, actor=CITIZEN)
    shown = here.show(number)
    assert shown.state == "awaiting_payment"
    assert [bill.state for bill in shown.bills] == ["paid", "open"]
    second = here.pay(number)
    with_both = here.submitted("occupancy.first", occupancy(width_m="4", trade_name="مقهى آخر"))
    assert here.pay(with_both) == first + second
    with here.engine.connect() as connection:
        assert soundness.check(connection) == ()


def test_corrected_facts_that_cost_less_are_given_back_and_stop_nothing(sqlite: Workplace) -> None:

    number = sqlite.submitted("occupancy.first", occupancy(width_m="4"))
    paid = sqlite.pay(number)
    sqlite.do("return_", number, reason="القياس")
    change(sqlite, number, width_m="2")
    sqlite.do("resubmit", number, actor=CITIZEN)
    assert sqlite.state(number) == "under_review"
    with sqlite.engine.connect() as connection:
        row = connection.execute(select(applications).where(applications.c.number == number)).one()
        account = billing.account(connection, sqlite.office, application.of(row))
        assert (account.settled, 0 < account.overpaid < paid) == (True, True)
    sqlite.do("approve", number)


def test_what_is_owed_comes_to_the_difference_whatever_became_of_its_rules(sqlite: Workplace) -> None:
    """A fine that was paid and is not due any more is taken off what became dearer."""
    from office.payments.billed import BilledLine, BilledName

    name = BilledName("رسم", "fee")

    def line(rule: str, piastres: int) -> BilledLine:
        return BilledLine(rule, "1", name, "1", piastres, False)

    known = {"examination": line("examination", 50), "fine": line("fine", 1_000)}
    rest = billing._rest([line("examination", 50), line("area", 2_000)], {"examination": 50, "fine": 1_000}, known)
    assert [(each.rule, each.piastres) for each in rest] == [("area", 2_000), ("fine", -1_000)]
    assert billing._rest([line("area", 70)], {"area": 20}, known) == (line("area", 50),)


def occupancy(**fields: str) -> dict[str, str]:
    usual = {"trade_name": "مقهى", "activity": "cafe", "holder": "علي", "address": "شارع 1", "latitude": "31.275", "longitude": "30.005"}
    term = {"valid_from": "2026-12-01", "valid_until": "2027-11-30"}
    return {**usual, **term, "radius_m": "10", "width_m": "2", "depth_m": "3", **fields}


def test_an_unpaid_bill_of_a_withdrawn_application_is_cancelled(here: Workplace) -> None:
    number = here.submitted("shop.first", shop())
    here.do("withdraw", number, actor=CITIZEN)
    shown = here.show(number)
    assert (shown.state, [bill.state for bill in shown.bills]) == ("withdrawn", ["cancelled"])
    with here.engine.begin() as connection, pytest.raises(IssuerError):
        from office.payments import counter

        settled = workflow.paid(here.office)
        counter.pay(connection, shown.bills[0].id, method="cash", amount=shown.bills[0].piastres, by="staff:3", settled=settled, now=NOW)
    assert here.state(number) == "withdrawn"


def test_withdrawing_and_paying_at_once_never_waits_in_a_circle(here: Workplace) -> None:
    numbers = [here.submitted("shop.first", shop(trade_name=f"محل {place}")) for place in range(10)]

    def race(work: tuple[str, bool]) -> str:
        number, pays = work
        try:
            here.pay(number) if pays else here.do("withdraw", number, actor=CITIZEN)
        except (IssuerError, StopIteration) as error:
            return getattr(error, "code", "nothing to pay")
        return "done"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(race, [(number, pays) for number in numbers for pays in (True, False)]))
    for number in numbers:
        shown = here.show(number)
        paid = [bill.state for bill in shown.bills] == ["paid"]
        assert shown.state == "withdrawn"
        assert ("pay" in [event.action for event in shown.events]) == paid
    with here.engine.connect() as connection:
        assert soundness.check(connection) == ()


def test_a_second_bill_is_paid_while_a_step_waits_and_nobody_waits_in_a_circle(here: Workplace) -> None:
    """Whoever takes money locks the bill first, whoever leads on locks all bills: both have to begin with the oldest."""
    import threading

    number = here.submitted("occupancy.first", occupancy(width_m="2"))
    here.pay(number)
    here.do("return_", number, reason="القياس")
    change(here, number, width_m="4")
    here.do("resubmit", number, actor=CITIZEN)
    older, newer = here.show(number).bills
    assert (older.state, newer.state) == ("paid", "open")
    failed: list[BaseException] = []

    def withdraw() -> None:
        try:
            here.do("withdraw", number, actor=CITIZEN)
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failed.append(error)

    other = threading.Thread(target=withdraw)
    with here.engine.begin() as connection:
        bills.lock(connection, newer.id)
        other.start()
        other.join(0.5)  # it is at the bills now, and waits
        assert other.is_alive()
        workflow.paid(here.office)(connection, number, newer.id, NOW)
    other.join(PATIENCE_SECONDS)
    assert failed == []
    assert here.state(number) == "withdrawn"


def test_messages_go_out_once_for_each_step(here: Workplace) -> None:
    number = under_review(here)
    here.do("return_", number, reason="x")
    with here.engine.connect() as connection:
        events = connection.scalars(select(messages.c.event).order_by(messages.c.id)).all()
        texts = connection.scalars(select(messages.c.text)).all()
    assert next(event.removeprefix(f"{number}/").split("/")[-1] for event in events) == "submit"
    assert len(events) == 4
    assert not any("مخبز" in text or text == "x" for text in texts)


# Returned: what was typed is kept, and only then may it change.


def test_only_a_returned_application_may_be_changed(sqlite: Workplace) -> None:
    number = under_review(sqlite)
    assert code(lambda: change(sqlite, number, holder="آخر")) == "action_refused"
    sqlite.do("return_", number, reason="x")
    assert code(lambda: change(sqlite, number, actor=REVIEWER, holder="آخر")) == "action_refused"
    change(sqlite, number, holder="")
    with pytest.raises(RefusedError) as refused:
        sqlite.do("resubmit", number, actor=CITIZEN)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("holder", "holder_missing")]
    assert sqlite.show(number).license.holder == "سامي فؤاد حسن", "the reviewed facts stay until new ones are good"
    change(sqlite, number, holder="سامي فؤاد حسن محمد")
    sqlite.do("resubmit", number, actor=CLERK)
    assert sqlite.show(number).license.holder == "سامي فؤاد حسن محمد"


def test_a_returned_application_does_not_move_to_another_authority(sqlite: Workplace) -> None:
    number = under_review(sqlite)
    sqlite.do("return_", number, reason="x")
    change(sqlite, number, authority="", latitude="31.2350", longitude="29.9550")
    with pytest.raises(IssuerError):
        sqlite.do("resubmit", number, actor=CITIZEN)
    assert sqlite.show(number).authority == "MN1"


def test_a_document_is_put_aside_and_not_deleted(sqlite: Workplace) -> None:
    number = under_review(sqlite)
    attachment = sqlite.show(number).attachments[0]
    with sqlite.engine.begin() as connection:
        assert (
            code(lambda: attaching.detach(UnitOfWork(connection, sqlite.office, CITIZEN, NOW), number, attachment.id)) == "action_refused"
        )
    sqlite.do("return_", number, reason="x")
    with sqlite.engine.begin() as connection:
        attaching.detach(UnitOfWork(connection, sqlite.office, CITIZEN, NOW), number, attachment.id)
        assert (
            code(lambda: attaching.detach(UnitOfWork(connection, sqlite.office, CITIZEN, NOW), number, attachment.id)) == "document_unknown"
        )
        faults = submitting.check(UnitOfWork(connection, sqlite.office, CITIZEN, NOW), number).faults
        assert [(fault.field, fault.code) for fault in faults] == [(attachment.code, "document_required")]
        new = attaching.attach(
            UnitOfWork(connection, sqlite.office, CITIZEN, NOW),
            number,
            attachment.code,
            content=pdf(),
            filename="../../etc/عقد\u202egpj.pdf",
        )
    assert new.filename == "عقدgpj.pdf"
    sqlite.do("resubmit", number, actor=CITIZEN)


# Deadlines.


def passed(here: Workplace, now: int) -> dict[str, int]:
    return dict(deadlines.run(here.engine, here.office, now=now))


def test_an_unpaid_application_is_withdrawn_after_its_last_day(here: Workplace) -> None:
    number = here.submitted("shop.first", shop())
    due = here.show(number).due_at
    assert due == days.start_of(days.day_of(NOW)) + 31 * DAY
    assert passed(here, due - 1) == {}
    assert passed(here, due) == {"withdraw": 1}
    shown = here.show(number)
    assert (shown.state, [bill.state for bill in shown.bills], shown.events[-1].actor) == ("withdrawn", ["cancelled"], "system:office")
    assert passed(here, due + DAY) == {}


def test_one_that_nobody_can_read_any_more_holds_nobody_up(here: Workplace) -> None:
    bad, good = here.submitted("shop.first", shop()), here.submitted("shop.first", shop(trade_name="آخر"))
    due = here.show(good).due_at
    with here.engine.begin() as connection:  # its service was taken out of the file
        connection.execute(applications.update().where(applications.c.number == bad).values(service="kiosk.first"))
    assert passed(here, due) == {"service_unknown": 1, "withdraw": 1}
    assert passed(here, due) == {}, "and is not tried again and again"
    with here.engine.connect() as connection:
        assert connection.scalar(select(applications.c.escalated).where(applications.c.number == bad))


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "{}", '{"site": 1}', "null", " " * 1_000_001])
def test_one_whose_license_is_damaged_holds_nobody_up(sqlite: Workplace, text: str) -> None:
    bad, good = sqlite.submitted("shop.first", shop()), sqlite.submitted("shop.first", shop(trade_name="آخر"))
    due = sqlite.show(good).due_at
    with sqlite.engine.begin() as connection:
        connection.connection.cursor().execute("UPDATE application SET license = ? WHERE number = ?", (text, bad))  # by hand
    assert passed(sqlite, due) == {"database_unreadable": 1, "withdraw": 1}
    with pytest.raises(UnreadableError):
        sqlite.show(bad)


def test_a_record_has_the_columns_of_its_table() -> None:
    assert [each.name for each in dataclasses.fields(application.Application)] == list(applications.c.keys())


def test_a_draft_makes_nothing_yet(here: Workplace) -> None:
    key = here.draft("shop.first", shop())
    with here.engine.connect() as connection:
        draft = records.find(connection, key, actor=CITIZEN)
    assert (draft.number, draft.license, draft.fields["holder"]) == ("", None, shop()["holder"])
    with pytest.raises(ValueError, match="a draft"):
        draft.asked_for  # noqa: B018
    with pytest.raises(ValueError, match="a draft"):
        draft.submitted_on  # noqa: B018


def test_a_draft_that_is_discarded_while_its_deadline_passes_holds_nobody_up(sqlite: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, other = sqlite.draft("shop.first", shop()), sqlite.draft("shop.first", shop(trade_name="آخر"))
    passes = deadlines._pass

    def discarded_first(unit, key):
        if key == gone:
            drafts.discard(unit.connection, key, actor=CITIZEN)
        return passes(unit, key)

    monkeypatch.setattr(deadlines, "_pass", discarded_first)
    assert passed(sqlite, NOW + 61 * DAY) == {"application_unknown": 1, "forgotten": 1}
    assert other


@pytest.mark.parametrize(
    ("steps", "state", "days_", "then", "after"),
    [
        ([("return_", REVIEWER, {"reason": "x"})], "returned", 30, "withdraw", "withdrawn"),
        ([("request_inspection", REVIEWER, {})], "inspection_requested", 15, "escalate", "inspection_requested"),
        ([("approve", REVIEWER, {})], "approved", 3, "escalate", "approved"),
        ([("reject", REVIEWER, {"reason": "x"})], "rejected", 61, "shut", "rejected"),  # the 60th day is a Saturday
        ([("reject", REVIEWER, {"reason": "x"}), ("object_", CITIZEN, {"reason": "y"})], "objection", 30, "escalate", "objection"),
    ],
)
def test_each_state_ends_as_its_deadline_says_and_not_a_second_before(
    sqlite: Workplace, steps: list[tuple[str, Actor, dict[str, str]]], state: str, days_: int, then: str, after: str
) -> None:
    number = under_review(sqlite)
    for step, actor, more in steps:
        sqlite.do(step, number, actor=actor, **more)
    shown = sqlite.show(number)
    assert (shown.state, shown.due_at) == (state, days.start_of(days.day_of(NOW)) + (days_ + 1) * DAY)
    assert passed(sqlite, shown.due_at - 1) == {}
    assert passed(sqlite, shown.due_at) == {then: 1}
    assert passed(sqlite, shown.due_at + 400 * DAY) == {}, "once"
    assert (sqlite.state(number), sqlite.show(number).escalated) == (after, then == "escalate")


def test_what_waits_for_the_office_goes_before_the_manager_once(here: Workplace) -> None:
    number = under_review(here)
    due = here.show(number).due_at
    assert passed(here, due) == {"escalate": 1}
    assert passed(here, due + DAY) == {}
    shown = here.show(number)
    assert (shown.state, shown.escalated) == ("under_review", True)
    here.do("return_", number, reason="x", now=due + DAY)
    assert not here.show(number).escalated


def test_silence_approves_only_where_it_is_set_and_only_what_is_paid(sqlite: Workplace) -> None:
    from types import MappingProxyType

    from office.services.deadlines import Deadline
    from office.services.state_machine import State

    number = under_review(sqlite)
    service = sqlite.office.service("shop.first")
    patient = service._replace(deadlines=MappingProxyType({**service.deadlines, State.UNDER_REVIEW: Deadline(30, "approve")}))
    services = sqlite.office.services._replace(services=MappingProxyType({**sqlite.office.services.services, "shop.first": patient}))
    silent = sqlite.office._replace(services=services)
    due = sqlite.show(number).due_at
    with sqlite.engine.begin() as connection:
        owing = select(applications.c.fields).where(applications.c.number == number)
        assert connection.scalar(owing)
    assert dict(deadlines.run(sqlite.engine, silent, now=due)) == {"approve": 1}
    assert sqlite.state(number) == "approved"
    assert sqlite.issue(number, now=due).startswith("ALX-")
    unknown = sqlite.submitted("shop.first", shop(trade_name="آخر"))
    with sqlite.engine.begin() as connection:
        from sqlalchemy import update

        states = {"state": "under_review", "due_at": due}
        connection.execute(update(applications).where(applications.c.number == unknown).values(states))
    assert dict(deadlines.run(sqlite.engine, silent, now=due)) == {"escalate": 1}, "unpaid: silence approves nothing"
    assert sqlite.state(unknown) == "under_review"


def test_no_type_that_comes_with_the_program_is_approved_by_silence(sqlite: Workplace) -> None:
    then = {deadline.then for each in sqlite.office.services.services.values() for deadline in each.deadlines.values()}
    assert "approve" not in then


def test_an_objection_that_comes_too_late_is_none(here: Workplace) -> None:
    number = under_review(here)
    here.do("reject", number, reason="x")
    due = here.show(number).due_at
    assert code(lambda: here.do("object_", number, actor=CITIZEN, reason="y", now=due)) == "move_not_allowed"
    assert passed(here, due) == {"shut": 1}
    assert here.state(number) == "rejected"


def test_an_objection_in_time_is_decided_by_somebody_else(here: Workplace) -> None:
    everything = staff("71", "reviewer", "manager")
    number = under_review(here)
    here.do("reject", number, actor=everything, reason="x")
    here.do("object_", number, actor=CITIZEN, reason="y")
    assert code(lambda: here.do("decide", number, actor=everything, upheld=False, reason="z")) == "same_person"
    here.do("decide", number, actor=MANAGER, upheld=True, reason="z")
    shown = here.show(number)
    assert (shown.state, shown.objections[0].upheld, shown.objections[0].against) == ("under_review", True, "rejection")


def test_an_objection_is_offered_where_there_is_something_to_object_to(here: Workplace) -> None:
    def offered(number: str) -> bool:
        return "object" in {action.code for action in here.show(number, actor=CITIZEN).actions}

    unpaid = here.submitted("shop.first", shop())
    assert not offered(unpaid), "there is no fine"
    here.pay(unpaid)
    here.do("reject", unpaid, reason="x")
    assert offered(unpaid)
    here.do("object_", unpaid, actor=CITIZEN, reason="y")
    here.do("decide", unpaid, actor=MANAGER, upheld=False, reason="z")
    assert not offered(unpaid), "it was dismissed, and nothing was decided since"
    assert code(lambda: here.do("object_", unpaid, actor=CITIZEN, reason="y")) == "objection_decided"


def test_a_draft_that_nobody_touched_is_forgotten(here: Workplace) -> None:
    key = here.draft("shop.first", shop())
    due = NOW + 61 * DAY
    with here.engine.begin() as connection:
        drafts.update_fields(UnitOfWork(connection, here.office, CITIZEN, NOW + 10 * DAY), key, {"address": "x"})
    assert passed(here, due) == {}
    assert passed(here, due + 11 * DAY) == {"forgotten": 1}
    with here.engine.connect() as connection:
        assert connection.scalar(select(applications.c.id)) is None


@pytest.mark.parametrize("more", [{"removed_on": "2026-11-25"}, {"stayed_up": "yes"}, {"stayed_up": None}, {"stayed_up": "unknown"}])
def test_an_inspection_that_contradicts_itself_is_refused(sqlite: Workplace, more: dict[str, str]) -> None:
    from datetime import date

    number = under_review(sqlite)
    sqlite.do("request_inspection", number)
    found = {"outcome": "fits", "reason": "x", "stayed_up": "no", "removed_on": "2026-11-20"} | more
    found["removed_on"] = date.fromisoformat(found["removed_on"])
    assert code(lambda: sqlite.do("record_inspection", number, **found)) == "inspection_invalid"
    assert sqlite.state(number) == "inspection_requested"


def test_bills_of_all_that_was_done_here_are_what_was_paid(sqlite: Workplace) -> None:
    number = under_review(sqlite)
    with sqlite.engine.connect() as connection:
        assert [bill.state for bill in bills.of_subject(connection, number)] == ["paid"]
        assert soundness.check(connection) == ()


def test_a_reason_that_no_database_keeps_does_no_harm(here: Workplace) -> None:
    number = under_review(here)
    here.do("return_", number, reason="سبب\x00\ud800")
    assert here.show(number).events[-1].reason == "سبب"
    for name in ("\x00", number + "\x00", "APP-\ud800", "x" * 10_000, number.replace("-", "\u2010")):
        assert code(lambda name=name: here.do("approve", name)) == "application_unknown"
