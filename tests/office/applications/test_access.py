"""Nobody sees another's application: every reading and every step, for every role. What is not allowed looks as if it were not there."""

from collections.abc import Callable
from typing import Any

import pytest

from issuer.errors import IssuerError
from office.applications import attaching, counts, drafts, listing, search, submitting, views, workflow
from office.applications.actors import SYSTEM, Actor
from office.applications.context import UnitOfWork
from office.applications.errors import ApplicationError
from office.papers import prints
from office.services.errors import MoveError
from tests.office.applications.workplace import (
    ADMINISTRATOR,
    CASHIER,
    CITIZEN,
    CLERK,
    ELSEWHERE,
    GOVERNOR,
    MANAGER,
    NOW,
    REVIEWER,
    STRANGER,
    Workplace,
    advertisement,
    pdf,
    shop,
    staff,
)

NOBODY = [
    STRANGER,
    ADMINISTRATOR,
    ELSEWHERE,
    staff("8"),
    Actor("staff", "6", "", {}),
    Actor("citizen", "", "without an id"),
    Actor("citizen", "2", "with a reviewer's id"),
    Actor("citizen", "11 ", "almost"),
    Actor("staff", "11", "a citizen's id", {}),
    Actor("staff", "11", "everywhere nothing", {"*": frozenset()}),
    Actor("citizen", "99", "with stolen roles", {"*": frozenset({"manager", "reviewer", "clerk"})}),
]
DESK = [CLERK, REVIEWER, CASHIER, MANAGER, GOVERNOR]


def refused(work: Callable[[], Any]) -> str:
    with pytest.raises(IssuerError) as error:
        work()
    return error.value.code


@pytest.fixture
def number(sqlite: Workplace) -> str:
    """An application at MN1 that waits for its payment."""
    return sqlite.submitted("advertisement.first", advertisement())


@pytest.mark.parametrize("actor", NOBODY, ids=lambda actor: f"{actor.kind} {actor.name}")
def test_a_stranger_reads_nothing(sqlite: Workplace, number: str, actor: Actor) -> None:
    attachment = sqlite.show(number).attachments[0]
    key = sqlite.show(number).key
    with sqlite.engine.connect() as connection:
        readings: list[Callable[[], Any]] = [
            lambda: views.show(connection, sqlite.office, number, actor=actor),
            lambda: views.show(connection, sqlite.office, key, actor=actor),
            lambda: views.alike(connection, number, actor=actor),
            lambda: attaching.find(connection, number, attachment.id, actor=actor),
            lambda: submitting.check(UnitOfWork(connection, sqlite.office, actor, NOW), number),
            lambda: drafts.show(connection, key, actor=actor),
        ]
        assert {refused(each) for each in readings} == {"application_unknown"}
        if actor != ELSEWHERE:
            assert counts.by_state(connection, sqlite.office, actor=actor) == ()
        mine = listing.work(connection, sqlite.office, actor=actor).lines, listing.own(connection, actor=actor).lines
        assert mine == ((), ())
        assert search.applications_of(connection, sqlite.office, "مطعم البحر", actor=actor).lines == ()
        assert search.applications_of(connection, sqlite.office, number, actor=actor).lines == ()
        assert drafts.mine(connection, actor=actor) == ()
        assert counts.waiting(connection, sqlite.office, actor=actor, since=0, until=NOW * 2) == ()


STEPS: dict[str, dict[str, Any]] = {
    "withdraw": {},
    "return_": {"reason": "x"},
    "resubmit": {},
    "request_inspection": {},
    "record_inspection": {"reason": "x", "outcome": "fits"},
    "approve": {},
    "reject": {"reason": "x"},
    "object_": {"reason": "x"},
    "decide": {"reason": "x", "upheld": True},
    "reopen": {"reason": "x"},
}


@pytest.mark.parametrize("actor", NOBODY, ids=lambda actor: f"{actor.kind} {actor.name}")
def test_a_stranger_does_nothing(sqlite: Workplace, number: str, actor: Actor) -> None:
    before = sqlite.show(number)
    for step, more in STEPS.items():
        assert refused(lambda step=step, more=more: sqlite.do(step, number, actor=actor, **more)) == "application_unknown"
    key = before.key
    with sqlite.engine.begin() as connection:
        writings: list[Callable[[], Any]] = [
            lambda: drafts.update_fields(UnitOfWork(connection, sqlite.office, actor, NOW), number, {"holder": "x"}),
            lambda: drafts.discard(connection, key, actor=actor),
            lambda: submitting.submit(UnitOfWork(connection, sqlite.office, actor, NOW), key),
            lambda: attaching.attach(UnitOfWork(connection, sqlite.office, actor, NOW), number, "artwork", content=pdf(), filename="a"),
            lambda: attaching.detach(UnitOfWork(connection, sqlite.office, actor, NOW), number, before.attachments[0].id),
        ]
        assert {refused(each) for each in writings} == {"application_unknown"}
    assert sqlite.show(number) == before


def test_every_step_of_the_workflow_is_in_the_list_above() -> None:
    ours = {name for name, each in vars(workflow).items() if callable(each) and getattr(each, "__module__", "") == workflow.__name__}
    assert {name for name in ours if not name.startswith("_")} - {"paid", "refuse_unsettled", "objectionable"} == set(STEPS)


@pytest.mark.parametrize("actor", DESK, ids=lambda actor: "+".join(*actor.roles.values()))
def test_the_desk_of_the_authority_sees_it(sqlite: Workplace, number: str, actor: Actor) -> None:
    assert sqlite.show(number, actor=actor).number == number
    with sqlite.engine.connect() as connection:
        assert [line.number for line in listing.work(connection, sqlite.office, actor=actor).lines] == [number]
        assert [line.number for line in search.applications_of(connection, sqlite.office, "البحر", actor=actor).lines] == [number]
        assert counts.by_state(connection, sqlite.office, actor=actor)[0].total == 1


def test_an_authority_that_is_not_one_s_own_is_not_shown_by_naming_it(sqlite: Workplace, number: str) -> None:
    with sqlite.engine.connect() as connection:
        for authority in ("MN1", "*", ""):
            assert listing.work(connection, sqlite.office, actor=ELSEWHERE, authority=authority).lines == ()
            assert search.applications_of(connection, sqlite.office, "البحر", actor=ELSEWHERE, authority=authority).lines == ()
            assert counts.by_state(connection, sqlite.office, actor=ELSEWHERE, authority=authority) == ()


def test_a_draft_is_its_maker_s_alone(sqlite: Workplace) -> None:
    key = sqlite.draft("shop.first", shop())
    with sqlite.engine.connect() as connection:
        assert [draft.key for draft in drafts.mine(connection, actor=CITIZEN)] == [key]
        for actor in (*NOBODY, *DESK):
            assert refused(lambda actor=actor: drafts.show(connection, key, actor=actor)) == "application_unknown"
            assert drafts.mine(connection, actor=actor) == ()


def test_a_colleague_at_the_centre_goes_on_with_a_draft(sqlite: Workplace) -> None:
    key = sqlite.draft("shop.first", shop(authority="MN1"), actor=CLERK)
    colleague = staff("21", "clerk")
    with sqlite.engine.connect() as connection:
        assert [draft.key for draft in drafts.mine(connection, actor=colleague)] == [key]
        for actor in (REVIEWER, CASHIER, MANAGER, ADMINISTRATOR, ELSEWHERE, CITIZEN, GOVERNOR):
            assert refused(lambda actor=actor: drafts.show(connection, key, actor=actor)) == "application_unknown"
    assert sqlite.state(sqlite.submit(key, actor=colleague)) == "awaiting_payment"


def test_what_a_clerk_enters_for_a_citizen_with_an_account_the_citizen_follows(sqlite: Workplace) -> None:
    with sqlite.engine.begin() as connection:
        key = drafts.create(
            UnitOfWork(connection, sqlite.office, CLERK, NOW), service="shop.first", channel="centre", owner=CITIZEN.id, fields=shop()
        )
        assert refused(lambda: drafts.show(connection, key, actor=CITIZEN)) == "application_unknown"
    from tests.office.applications.workplace import put_aside

    with sqlite.engine.begin() as connection:
        digest = sqlite.office.store.put(attaching.documents.Document("application/pdf", pdf()))
        for document in sqlite.office.service("shop.first").documents:
            put_aside(connection, key, document.code, digest, CLERK, NOW)
    number = sqlite.submit(key, actor=CLERK)
    assert sqlite.show(number, actor=CITIZEN).number == number
    with sqlite.engine.connect() as connection:
        assert [line.number for line in listing.own(connection, actor=CITIZEN).lines] == [number]


@pytest.mark.parametrize(
    ("channel", "actor"),
    [
        ("portal", CLERK),
        ("portal", SYSTEM),
        ("centre", CITIZEN),
        ("centre", REVIEWER),
        ("centre", ADMINISTRATOR),
        ("centre", SYSTEM),
        ("kiosk", CITIZEN),
        ("portal", Actor("citizen", "", "")),
    ],
)
def test_nobody_begins_a_draft_at_a_channel_that_is_not_theirs(sqlite: Workplace, channel: str, actor: Actor) -> None:
    with sqlite.engine.begin() as connection:
        unit = UnitOfWork(connection, sqlite.office, actor, NOW)
        assert refused(lambda: drafts.create(unit, service="shop.first", channel=channel)) == "action_refused"


def test_a_citizen_does_not_choose_whose_draft_it_is(sqlite: Workplace) -> None:
    with sqlite.engine.begin() as connection:
        key = drafts.create(
            UnitOfWork(connection, sqlite.office, STRANGER, NOW), service="shop.first", channel="portal", owner=CITIZEN.id, fields={}
        )
        assert refused(lambda: drafts.show(connection, key, actor=CITIZEN)) == "application_unknown"
        assert drafts.show(connection, key, actor=STRANGER).key == key


ALLOWED = {
    "under_review": {
        "approve": {"reviewer", "manager"},
        "reject": {"reviewer", "manager"},
        "return_": {"reviewer"},
        "request_inspection": {"reviewer"},
        "withdraw": {"clerk", "citizen"},
    },
    "inspection_requested": {"record_inspection": {"clerk", "reviewer"}, "withdraw": {"clerk", "citizen"}},
    "returned": {"resubmit": {"clerk", "citizen"}, "withdraw": {"clerk", "citizen"}},
    "rejected": {"object_": {"clerk", "citizen"}},
    "objection": {"decide": {"manager"}},
    "approved": {},
    "issued": {},
    "withdrawn": {},
}
PEOPLE = {"citizen": CITIZEN, "clerk": CLERK, "reviewer": REVIEWER, "cashier": CASHIER, "manager": MANAGER}
WAYS: dict[str, list[tuple[str, Actor, dict[str, Any]]]] = {
    "under_review": [],
    "inspection_requested": [("request_inspection", REVIEWER, {})],
    "returned": [("return_", REVIEWER, {"reason": "x"})],
    "rejected": [("reject", REVIEWER, {"reason": "x"})],
    "objection": [("reject", REVIEWER, {"reason": "x"}), ("object_", CITIZEN, {"reason": "x"})],
    "approved": [("approve", REVIEWER, {})],
    "issued": [("approve", REVIEWER, {})],
    "withdrawn": [("withdraw", CITIZEN, {})],
}


@pytest.mark.parametrize("state", ALLOWED)
def test_who_may_do_what_in_each_state(sqlite: Workplace, state: str) -> None:
    number = sqlite.submitted("shop.first", shop())
    sqlite.pay(number)
    for step, actor, more in WAYS[state]:
        sqlite.do(step, number, actor=actor, **more)
    if state == "issued":
        sqlite.issue(number)
    assert sqlite.state(number) == state
    allowed = {}
    for step, more in STEPS.items():
        for role, actor in PEOPLE.items():
            with sqlite.engine.connect() as connection:
                try:
                    getattr(workflow, step)(UnitOfWork(connection, sqlite.office, actor, NOW), number, **more)
                except (MoveError, ApplicationError):
                    continue
                finally:
                    connection.rollback()
            allowed.setdefault(step, set()).add(role)
    reopening = {"reopen": {"manager"}} if state == "approved" else {}
    assert allowed == ALLOWED[state] | reopening


def test_a_citizen_who_names_a_license_by_its_number_does_not_read_it(sqlite: Workplace) -> None:
    _, license_number = sqlite.issued("shop.first", shop(valid_until="2027-11-30"))
    fields = {"license": license_number, "ground": "أغلق المحل"}
    other = sqlite.submitted("shop.cancellation", fields, actor=STRANGER)
    assert sqlite.show(other, actor=STRANGER).license is None
    assert sqlite.show(other, actor=REVIEWER).license is not None
    own = sqlite.submitted("shop.paper_copy", {"license": license_number, "paper": "A4", "copies": "1"})
    assert sqlite.show(own, actor=CITIZEN).license is not None


def test_a_license_is_seen_by_its_authority_and_by_whom_it_was_issued_to(sqlite: Workplace) -> None:
    number, license_number = sqlite.issued("shop.first", shop(valid_until="2027-11-30"))
    with sqlite.engine.connect() as connection:
        for actor in (*DESK, CITIZEN, SYSTEM):
            assert views.about(connection, sqlite.office, license_number, actor=actor) == ((number, "shop.first", "issued"),)
        for actor in NOBODY:
            assert refused(lambda actor=actor: views.about(connection, sqlite.office, license_number, actor=actor)) == "number_unknown"
        for name in ("", "x\0", license_number[:-1], number, "ALX-MN1-2026-0000999-X"):
            assert refused(lambda name=name: views.about(connection, sqlite.office, name, actor=CLERK)) == "number_unknown"


def test_whoever_asks_for_a_change_of_another_s_license_does_not_own_it_for_that(sqlite: Workplace) -> None:
    _, license_number = sqlite.issued("shop.first", shop(valid_until="2027-11-30"))
    sqlite.submitted("shop.cancellation", {"license": license_number, "ground": "x"}, actor=STRANGER)
    with sqlite.engine.connect() as connection:
        assert refused(lambda: views.about(connection, sqlite.office, license_number, actor=STRANGER)) == "number_unknown"
    other = sqlite.submitted("shop.paper_copy", {"license": license_number, "paper": "A4", "copies": "1"}, actor=STRANGER)
    sqlite.pay(other)
    sqlite.do("approve", other)
    with sqlite.engine.begin() as connection:
        prints.note(connection, license_number, size="A4", by="clerk", now=NOW)
    sqlite.issue(other)
    with sqlite.engine.connect() as connection:
        assert refused(lambda: views.about(connection, sqlite.office, license_number, actor=STRANGER)) == "number_unknown"


def test_after_a_transfer_the_old_owner_sees_the_license_no_more(sqlite: Workplace) -> None:
    _, license_number = sqlite.issued("shop.first", shop(valid_until="2027-11-30"))
    sqlite.issued("shop.transfer", {"license": license_number, "holder": "مالك جديد"}, actor=STRANGER)
    with sqlite.engine.connect() as connection:
        assert refused(lambda: views.about(connection, sqlite.office, license_number, actor=CITIZEN)) == "number_unknown"
        assert views.about(connection, sqlite.office, license_number, actor=STRANGER)


def test_a_citizen_reads_no_names_of_the_staff(sqlite: Workplace, number: str) -> None:
    sqlite.pay(number)
    sqlite.do("return_", number, reason="الصورة غير واضحة")
    told = sqlite.show(number, actor=CITIZEN).events
    assert told[-1].reason == "الصورة غير واضحة"
    assert REVIEWER.name not in repr(told)
    assert "staff:" not in repr(told)
    assert REVIEWER.name in repr(sqlite.show(number, actor=CLERK).events)


def test_a_clerk_submits_for_their_own_authority_only(sqlite: Workplace) -> None:
    """The site decides where an application goes, whatever the draft says before."""
    foreign = staff("31", "clerk", authority="SHQ")
    key = sqlite.draft("shop.first", shop(), actor=foreign)
    assert refused(lambda: sqlite.submit(key, actor=foreign)) == "role_not_allowed"
    with sqlite.engine.begin() as connection:
        drafts.update_fields(UnitOfWork(connection, sqlite.office, foreign, NOW), key, {"authority": "SHQ"})
    assert refused(lambda: sqlite.submit(key, actor=foreign)) == "form_refused"
