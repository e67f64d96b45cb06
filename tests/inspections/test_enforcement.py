"""A violation from its report to its end: states, people, days, numbers, the how-manieth time, and a history that only grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from inspections.enforcement import deciding, occurrence, proposals, records, reporting, sealing, serving, steps
from inspections.enforcement.proposals import Told
from inspections.enforcement.serving import Service
from inspections.enforcement.tables import violation_events, violations
from inspections.errors import SENTENCES, InspectionError
from inspections.visits.tables import inspections
from seal import days, notices
from tests.inspections.enforcing import HOLDER, PDF, Precinct

DAY = 86_400


def code_of(do: Callable[..., Any], *given: Any, **more: Any) -> str:
    """The stable code that something is refused with, which has a sentence in both languages."""
    with pytest.raises(InspectionError) as refused:
        do(*given, **more)
    told = SENTENCES[refused.value.code]
    assert told["ar"]
    assert told["en"]
    return refused.value.code


def test_the_whole_way_of_a_notice_with_an_objection(here: Precinct) -> None:
    made = here.report()
    assert (here.get(made).state, here.get(made).number) == ("reported", None)
    number = here.approve(made)
    held = here.get(made)
    assert notices.is_notice_number(number)
    assert (held.number, held.occurrence, held.piastres, held.sample) == (number, 1, 30_000, True)
    assert held.license == here.numbers["clothes"]
    assert [(each.severity, each.ar) for each in held.findings] == [("critical", here.item["ar"])]
    assert here.seal(made) == "sealed"
    here.serve(made)
    held, today = here.get(made), days.day_of(here.now)
    assert held.served_on == today
    assert held.objection_until == here.calendar.after(today, 15)
    assert held.pay_until == here.calendar.after(today, 30)
    assert here.object_(made) is True
    here.now += 40 * DAY
    assert not here.get(made).overdue(days.day_of(here.now)), "an objection waits"
    here.do(serving.uphold, made, here.who("salma"), here.calendar, reason="الصور تثبت المخالفة")
    held = here.get(made)
    assert held.pay_until == here.calendar.after(days.day_of(here.now), 30), "the days to pay begin again"
    assert held.overdue(held.pay_until + timedelta(days=1))
    assert not held.overdue(held.pay_until)
    here.do(serving.pay, made, here.who("supervisor"), day=days.day_of(here.now), receipt="R-77")
    assert here.states(made) == ["reported", "approved", "sealed", "served", "objected", "upheld", "paid"]
    with here.engine.connect() as connection:
        told = records.history(connection, made)
        assert records.paper(connection, made) == PDF
    assert [each.role for each in told] == ["inspector", "supervisor", "office", "supervisor", "citizen", "supervisor", "supervisor"]
    assert told[-1].facts == {"paid_on": days.day_of(here.now).isoformat(), "receipt": "R-77", "piastres": 30_000}
    assert here.get(made).version == 7


def test_numbers_count_by_authority_and_year_and_a_refusal_takes_none(here: Precinct) -> None:
    first, second = here.report(), here.report(code="unsafe")
    assert code_of(here.approve, first, "elsewhere") == "forbidden"
    numbers = [here.approve(first), here.approve(second)]
    assert [each.rsplit("-", 2)[1] for each in numbers] == ["000001", "000002"]
    here.now += 366 * DAY
    assert here.approve(here.report(code="not_clean")).startswith(f"VIO-MID-{days.day_of(here.now).year}-000001-")


def test_two_who_approve_at_once_get_two_numbers_and_two_times(here: Precinct) -> None:
    other = here.phones["amal"]
    here.scan(other, "clothes", 1, result="violation")
    other.now = here.now
    other.sync()
    one, two = here.report(of=here.id_of("clothes")), here.report(of=_older(here))
    with ThreadPoolExecutor(2) as pool:
        numbers = set(pool.map(here.approve, (one, two), ("supervisor", "salma")))
    assert len(numbers) == 2
    assert here.get(two).occurrence == 1, "an older scan never counts a younger one"
    assert here.get(one).occurrence in (1, 2), "whether the other was approved before"


def _older(here: Precinct) -> int:
    query = select(inspections.c.id).where(inspections.c.number == here.numbers["clothes"]).order_by(inspections.c.id).limit(1)
    with here.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def test_the_second_time_costs_more_and_what_is_cancelled_or_too_old_does_not_count(here: Precinct) -> None:
    def again(days_later: int) -> int:
        here.now += days_later * DAY
        phone = here.signed_in(here.phones["amal"])
        here.scan(phone, "clothes", 1, result="violation")
        phone.now = here.now
        phone.sync()
        made = here.report()
        here.approve(made)
        return made

    first = here.report()
    here.approve(first)
    second = again(10)
    assert (here.get(second).occurrence, here.get(second).piastres) == (2, 60_000)
    here.do(deciding.cancel, first, here.who("salma"), reason="خطأ في الاسم")
    third = again(10)
    assert here.get(third).occurrence == 2, "the first was cancelled"
    assert here.get(again(1)).occurrence == 3
    assert here.get(again(1)).occurrence == 3, "third stands for every later time"
    assert here.get(again(400)).occurrence == 1, "all others lie before the window"


def test_without_a_license_nobody_knows_how_often_and_it_is_the_first(quick: Precinct) -> None:
    query = select(inspections.c.id).where(inspections.c.kind == "unlicensed")
    with quick.engine.connect() as connection:
        kiosk = int(connection.execute(query).scalar_one())
    assert reporting.suggested(quick.seen(kiosk)).code == "without_license"
    made = quick.report(of=kiosk, code="without_license")
    quick.approve(made)
    held = quick.get(made)
    assert (held.license, held.occurrence, held.piastres) == (None, 1, 100_000)
    with quick.engine.connect() as connection:
        assert records.history(connection, made)[-1].facts["history_known"] is False
    assert quick.seal(made) == "sealed"


def test_months_end_where_the_month_does() -> None:
    assert occurrence.months_before(date(2027, 3, 31), 1) == date(2027, 2, 28)
    assert occurrence.months_before(date(2027, 1, 15), 12) == date(2026, 1, 15)
    assert occurrence.months_before(date(2027, 1, 15), 13) == date(2025, 12, 15)


def test_two_people_stand_behind_every_notice(quick: Precinct) -> None:
    by_supervisor = quick.report("supervisor")
    assert code_of(quick.approve, by_supervisor) == "violation_same_person"
    assert code_of(quick.approve, by_supervisor, "amal") == "forbidden", "an inspector approves nothing"
    for name in ("police", "admin", "elsewhere", "badr"):
        assert code_of(quick.approve, by_supervisor, name) == "forbidden"
    quick.approve(by_supervisor, "salma")
    quick.seal(by_supervisor)
    quick.serve(by_supervisor, "supervisor")
    cancel = {"reason": "سبب"}
    assert code_of(quick.do, deciding.cancel, by_supervisor, quick.who("salma"), **cancel) == "violation_same_person", "who approved"
    quick.object_(by_supervisor)
    for name, code in (("supervisor", "violation_same_person"), ("salma", "violation_same_person"), ("chief", "")):
        held = quick.get(by_supervisor)
        assert [steps.refused(held, step, quick.who(name)) for step in ("uphold", "cancel")] == [code, code], name
    assert code_of(quick.do, serving.uphold, by_supervisor, quick.who("salma"), quick.calendar, reason="س") == "violation_same_person"
    quick.do(deciding.cancel, by_supervisor, quick.who("nadia"), reason="قُبل التظلم")
    assert quick.get(by_supervisor).state == "cancelled"


def test_a_supervisor_who_inspected_does_not_approve_what_a_colleague_reported(quick: Precinct) -> None:
    mine = inspections.c.id == quick.id_of("clothes")
    with quick.engine.begin() as connection:
        connection.execute(update(inspections).where(mine).values(account_id=quick.who("nadia").id))
    made = quick.report("salma")
    assert code_of(quick.approve, made, "nadia") == "violation_same_person"
    assert steps.barred(quick.get(made), quick.who("nadia")) == ("approve",)
    quick.approve(made)


@pytest.mark.parametrize(
    ("name", "changes", "code"),
    [
        ("badr", {}, "forbidden"),
        ("police", {}, "forbidden"),
        ("elsewhere", {}, "forbidden"),
        ("amal", {"code": "noise"}, "violation_kind"),
        ("amal", {"holder": "  "}, "violation_holder"),
        ("amal", {"holder": "س" * 81}, "violation_holder"),
        ("amal", {"holder": "a\u202eb"}, "violation_holder"),
        ("amal", {"reason": ""}, "violation_why"),
        ("amal", {"reason": "س" * 1001}, "violation_why"),
        ("amal", {"reason": "a\0b"}, "violation_why"),
        ("amal", {"place": "س" * 201}, "violation_place"),
    ],
)
def test_what_cannot_be_reported_is_told(precinct: Precinct, name: str, changes: dict[str, str], code: str) -> None:
    assert code_of(precinct.report, name, **changes) == code


@pytest.fixture(scope="module")
def precinct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Precinct]:
    """For what is refused and leaves nothing."""
    folder = tmp_path_factory.mktemp("precinct")
    made = Precinct(folder, f"sqlite:///{folder / 'inspections.sqlite'}")
    yield made
    made.close()


def test_a_report_is_made_once_and_from_confirmed_inspections_with_a_position(quick: Precinct) -> None:
    made = quick.report()
    assert code_of(quick.report) == "violation_reported"
    quick.do(deciding.dismiss, made, quick.who("salma"), reason="لا تكفي الصور")
    assert quick.report() != made, "what was dismissed may be reported anew"
    clothes = inspections.c.id == quick.id_of("clothes")
    with quick.engine.begin() as connection:
        connection.execute(update(inspections).where(clothes).values(state="set_apart"))
    assert code_of(quick.report, code="unsafe") == "violation_set_apart"
    kiosk = inspections.c.kind == "unlicensed"
    with quick.engine.begin() as connection:
        connection.execute(update(inspections).where(kiosk).values(latitude=None))
        found = int(connection.execute(select(inspections.c.id).where(kiosk)).scalar_one())
    assert code_of(quick.report, of=found, code="without_license") == "violation_no_place"


def test_a_report_speaks_for_what_was_found(quick: Precinct) -> None:
    told = reporting.suggested(quick.seen(quick.id_of("clothes")))
    assert told.code == "license_not_shown"
    assert "الباب مغلق بقفل" in told.reason
    assert "يعاد بعد أسبوع" in told.reason
    assert told.holder == quick.world.license().holder


def test_only_a_genuine_seal_that_says_what_was_approved_is_taken(quick: Precinct) -> None:
    made = quick.report()
    quick.approve(made)
    lists = quick.context.known_lists()
    changed = {"piastres": 1, "holder": "غيره", "license": None, "occurrence": 2, "violation": "unsafe", "objection_days": 14}
    changed |= {"payment_days": 31, "lat": 1, "lon": 1, "iat": quick.now - 3600, "number": notices.number("MID", 2026, 999)}
    for field, value in changed.items():
        text = quick.text(made, **{field: value})
        assert sealing.differing(quick.get(made), text, b"", lists, now=quick.now) == "kid"
        assert code_of(quick.seal, made, text) == "notice_differs"
    good = quick.text(made)
    for bad in ("", "https://khatm.example/N1123", good[:-4], quick.texts["clothes"]):
        assert sealing.differing(quick.get(made), bad, b"", lists, now=quick.now) == "text"
    assert code_of(quick.seal, made, good, kid=b"another") == "notice_differs"
    assert code_of(quick.seal, made, good, pdf=b"<html>") == "notice_paper"
    assert code_of(quick.seal, made, good, pdf=b"%PDF-" + b"0" * sealing.PDF_MAX) == "notice_paper"
    assert quick.get(made).state == "approved"
    assert quick.seal(made, good) == "sealed"
    assert quick.seal(made, good) == "sealed", "the same again"
    assert code_of(quick.seal, made, quick.text(made, iat=quick.now + 1)) == "notice_sealed_otherwise"
    assert quick.states(made) == ["reported", "approved", "sealed"]


def test_days_of_serving_objecting_and_paying_are_held(quick: Precinct) -> None:
    made = quick.report()
    quick.approve(made)
    assert code_of(quick.serve, made) == "violation_state"
    quick.seal(made)
    assert code_of(quick.serve, made, later=-1) == "served_day"
    assert code_of(quick.serve, made, later=1) == "served_day"
    assert code_of(quick.serve, made, how="by_pigeon") == "served_how"
    assert code_of(quick.serve, made, who="") == "served_who"
    assert code_of(quick.object_, made) == "notice_not_served"
    quick.serve(made, how="on_door", who="")
    until = quick.get(made).objection_until
    assert until is not None
    assert code_of(quick.object_, made, text="قصير") == "objection_text"
    assert code_of(quick.object_, made, at=quick.now + 3600) == "time_in_future"
    last, quick.now = days.exp_of(until) - 1, days.exp_of(until) + 30
    assert code_of(quick.object_, made) == "objection_late"
    pay = {"day": days.day_of(quick.now) + timedelta(days=1), "receipt": "R"}
    assert code_of(quick.do, serving.pay, made, quick.who("supervisor"), **pay) == "paid_day"
    assert code_of(quick.do, serving.pay, made, quick.who("supervisor"), **pay | {"day": date(2020, 1, 1)}) == "paid_day"
    assert code_of(quick.do, serving.pay, made, quick.who("supervisor"), day=days.day_of(quick.now), receipt=" ") == "paid_receipt"
    for name in ("police", "amal"):
        assert code_of(quick.do, serving.pay, made, quick.who(name), day=days.day_of(quick.now), receipt="R") == "forbidden"
    assert quick.object_(made, at=last) is True, "objected in time, delivered later"
    assert quick.object_(made) is False, "the same again"
    assert code_of(quick.object_, made, "b") == "objection_made"


def test_an_end_is_an_end(quick: Precinct) -> None:
    made = quick.served()
    today = days.day_of(quick.now)
    quick.do(serving.pay, made, quick.who("supervisor"), day=today, receipt="R-1")
    for step in steps.STEPS:
        assert steps.refused(quick.get(made), step, quick.who("chief")) == "violation_state"
    quick.now += 301
    assert code_of(quick.object_, made) == "notice_closed"
    assert code_of(quick.do, deciding.cancel, made, quick.who("chief"), reason="س") == "violation_state"
    assert code_of(quick.do, serving.serve, made, quick.who("chief"), Service(today, "by_hand", "x"), quick.calendar) == "violation_state"


def test_what_was_said_before_a_notice_was_cancelled_and_comes_afterwards_is_kept_and_it_stays_cancelled(here: Precinct) -> None:
    made, said = here.served(), here.now
    here.now += 3_600
    here.do(deciding.cancel, made, here.who("chief"), reason="خطأ في العنوان")
    here.now += DAY
    assert code_of(here.object_, made, "late", at=here.now) == "notice_closed", "what is said after the end comes too late"
    assert here.object_(made, at=said) is True
    assert here.object_(made, at=said) is False, "the same again"
    assert code_of(here.object_, made, "b", at=said) == "objection_made"
    held = here.get(made)
    assert (held.state, held.objection_id) == ("cancelled", "a")
    assert here.states(made)[-2:] == ["cancelled", "objected"]
    for step in steps.STEPS:
        assert steps.refused(held, step, here.who("nadia")) == "violation_state", "nothing is left to decide"


@pytest.mark.parametrize(("step", "ends"), [("uphold", "paid"), ("cancel", "cancelled")])
def test_what_was_said_before_a_notice_was_paid_and_comes_afterwards_is_decided(here: Precinct, step: str, ends: str) -> None:
    made, said = here.served(), here.now
    here.now += 3_600
    here.do(serving.pay, made, here.who("supervisor"), day=days.day_of(here.now), receipt="R-1")
    here.now += DAY
    assert code_of(here.object_, made, "late", at=here.now) == "notice_closed"
    assert here.object_(made, at=said) is True
    held = here.get(made)
    assert (held.state, held.receipt) == ("objected", "R-1")
    assert not held.overdue(days.day_of(here.now + 400 * DAY))
    assert steps.refused(held, "pay", here.who("supervisor")) == "violation_state", "it is paid"
    assert steps.refused(held, "uphold", here.who("supervisor")) == "violation_same_person", "who approved decides no objection"
    if step == "uphold":
        here.do(serving.uphold, made, here.who("nadia"), here.calendar, reason="الصور تثبت المخالفة")
    else:
        here.do(deciding.cancel, made, here.who("nadia"), reason="قُبل التظلم")
    held = here.get(made)
    assert (held.state, held.receipt, held.objection_id) == (ends, "R-1", "a")
    assert here.states(made)[-3:] == ["paid", "objected", "upheld" if step == "uphold" else "cancelled"]


def test_a_clock_that_differs_by_minutes_loses_no_objection_and_days_still_count(here: Precinct) -> None:
    made = here.served()
    here.do(deciding.cancel, made, here.who("chief"), reason="خطأ")
    assert here.object_(made, at=here.now + 299) is True
    other = here.served(code="unsafe")
    until = here.get(other).objection_until
    assert until is not None
    late = here.now = days.exp_of(until) + 30
    here.do(serving.pay, other, here.who("supervisor"), day=days.day_of(here.now), receipt="R-2")
    assert code_of(here.object_, other, "b", at=late) == "objection_late"


def test_whoever_decides_by_an_older_page_is_refused_and_the_history_has_one_row(here: Precinct) -> None:
    made = here.report()
    old = here.get(made)
    here.approve(made)
    with here.engine.begin() as connection:
        assert code_of(deciding.dismiss, connection, old, here.who("salma"), reason="لا", now=here.now) == "violation_changed"
    with here.engine.connect() as connection:
        assert connection.execute(select(violation_events.c.state)).scalars().all() == ["reported", "approved"]


def test_a_step_and_its_row_are_one(here: Precinct, monkeypatch: pytest.MonkeyPatch) -> None:
    made = here.report()

    def fails(*_: Any, **__: Any) -> None:
        raise OSError("no")

    with monkeypatch.context() as patch:
        patch.setattr(records, "note", fails)
        with pytest.raises(OSError, match="no"):
            here.approve(made)
    assert (here.get(made).state, here.get(made).number) == ("reported", None)


def test_what_the_schedule_says_later_changes_no_report(quick: Precinct) -> None:
    made = quick.report()
    with quick.engine.begin() as connection:
        terms = connection.scalar(select(violations.c.terms))
        connection.execute(update(violations).values(terms=terms | {"amounts": [7, 8, 9]}))
    quick.approve(made)
    assert quick.get(made).piastres == 7


def test_proposals_are_made_by_supervisors_and_decided_by_somebody_else(here: Precinct) -> None:
    assert code_of(here.propose, "amal") == "forbidden"
    assert code_of(here.propose, action="burn") == "proposal_action"
    assert code_of(here.propose, reason=" ") == "violation_reason"
    made = here.propose()
    assert code_of(here.propose, "salma") == "proposal_open"
    here.propose(action="revoke")

    def decide(decision: Any = "accepted", by: str = "manager", at: int | None = None, proposal: int = made) -> bool:
        with here.engine.begin() as connection:
            at = here.now if at is None else at
            return proposals.decide(connection, proposal, Told(decision, by, "تكرار", at), now=here.now)

    assert code_of(decide, by="supervisor") == "proposal_same_person"
    assert code_of(decide, proposal=999) == "proposal_unknown"
    assert code_of(decide, at=here.now + 3600) == "time_in_future"
    assert decide() is True
    assert decide() is False
    assert code_of(decide, "rejected") == "proposal_decided"
    with here.engine.connect() as connection:
        found, more = proposals.waiting(connection, after=0)
        assert ([each.action for each in found], more) == (["revoke"], False)
        assert proposals.of_license(connection, here.numbers["bakery"], frozenset({"AGM"})) == []
    assert here.propose() > made, "what was decided may be proposed again"


def test_lists_are_of_ones_own_authorities_and_by_filter(quick: Precinct) -> None:
    made = quick.served()
    other = quick.report(code="unsafe")

    def ids(scope: Any, **asked: Any) -> list[int]:
        with quick.engine.connect() as connection:
            return [each.id for each in records.listed(connection, records.Asked(scope, **asked))[0]]

    assert ids(None) == ids(frozenset({"MID"})) == [other, made]
    assert ids(frozenset({"AGM"})) == []
    assert ids(None, state="served") == ids(None, code="pavement_occupied") == [made]
    assert ids(None, license=quick.numbers["clothes"], reported_by_id=quick.who("amal").id) == [other, made]
    assert ids(None, reported_by_id=quick.who("salma").id) == []
    pay_until = quick.get(made).pay_until
    assert pay_until is not None
    assert ids(None, overdue_on=pay_until) == []
    assert ids(None, overdue_on=pay_until + timedelta(days=1)) == [made]
    with quick.engine.connect() as connection:
        assert code_of(records.one, connection, made, frozenset({"AGM"})) == "violation_unknown"
        assert [each.holder for each in records.of_license(connection, quick.numbers["clothes"], None)] == [HOLDER, HOLDER]
