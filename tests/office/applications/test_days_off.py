"""Days off, from the rule to what passes by itself: a deadline is counted when its state is entered, and stays."""

from datetime import date, timedelta
from types import MappingProxyType

import pytest

from governorate.calendar import Calendar
from office.applications import deadlines, views
from office.applications.context import OfficeContext
from office.services.deadlines import ESCALATE, SHUT, Count, Deadline
from office.services.errors import MoveError
from office.services.state_machine import State
from seal import days
from tests.office.applications.workplace import CITIZEN, NOW, Workplace, shop

TODAY = days.day_of(NOW)  # Tuesday 24 November 2026
SUNDAY = date(2026, 11, 29)


def ruled(office: OfficeContext, *holidays: date, **own: Deadline) -> OfficeContext:
    """The office with other deadlines for a shop's first license, and these holidays beside Friday and Saturday."""
    service = office.service("shop.first")
    changed = service._replace(deadlines=MappingProxyType(dict(service.deadlines) | {State(state): each for state, each in own.items()}))
    services = MappingProxyType({**office.services.services, "shop.first": changed})
    return office._replace(services=office.services._replace(services=services, calendar=Calendar(frozenset({5, 6}), frozenset(holidays))))


def at(here: Workplace, office: OfficeContext) -> Workplace:
    return Workplace(here.engine, office, here.clerk, here.folder)


WORKING = {"awaiting_payment": Deadline(3, "withdraw", Count.WORKING_DAYS), "under_review": Deadline(3, ESCALATE, Count.WORKING_DAYS)}


def test_an_unpaid_application_is_withdrawn_after_so_many_working_days(here: Workplace) -> None:
    ours = at(here, ruled(here.office, date(2026, 11, 26), **WORKING))
    number = ours.submitted("shop.first", shop())
    shown = ours.show(number)
    due = shown.due_at
    assert due == days.exp_of(SUNDAY + timedelta(days=1)), "Wednesday, Sunday, Monday; Thursday is a holiday"
    assert views.term(ours.office, shown) == WORKING["awaiting_payment"]
    assert dict(deadlines.run(ours.engine, ours.office, now=due - 1)) == {}
    assert dict(deadlines.run(ours.engine, ours.office, now=due)) == {"withdraw": 1}


def test_a_holiday_that_is_announced_later_moves_no_deadline_that_runs(here: Workplace) -> None:
    before, after = at(here, ruled(here.office, **WORKING)), at(here, ruled(here.office, SUNDAY, **WORKING))
    first = before.submitted("shop.first", shop())
    assert before.show(first).due_at == days.exp_of(SUNDAY)
    assert after.show(first).due_at == days.exp_of(SUNDAY), "what was decided stays decided"
    assert views.term(after.office, after.show(first)) is None, "a count that no longer leads to that day is not shown"
    second = after.submitted("shop.first", shop(trade_name="آخر"))
    assert after.show(second).due_at == days.exp_of(SUNDAY + timedelta(days=1))
    after.pay(first)  # the next state is counted by what is known by then
    assert after.show(first).due_at == days.exp_of(SUNDAY + timedelta(days=1))
    assert dict(deadlines.run(after.engine, after.office, now=days.exp_of(SUNDAY))) == {}


def test_the_last_day_to_object_stays_though_days_off_or_the_rule_change(sqlite: Workplace) -> None:
    extended = at(sqlite, ruled(sqlite.office, rejected=Deadline(3, SHUT, Count.EXTENDED_DAYS)))
    numbers = [extended.submitted("shop.first", shop(trade_name=name)) for name in ("أ", "ب")]
    for number in numbers:
        extended.pay(number)
        extended.do("reject", number, reason="مخالف")
        assert extended.show(number).due_at == days.exp_of(SUNDAY), "the third day is a Friday"
    longer = at(sqlite, ruled(sqlite.office, rejected=Deadline(90, SHUT)))
    shorter = at(sqlite, ruled(sqlite.office, rejected=Deadline(1, SHUT)))
    with pytest.raises(MoveError, match="too late"):
        longer.do("object_", numbers[0], actor=CITIZEN, reason="لا", now=days.exp_of(SUNDAY))
    shorter.do("object_", numbers[0], actor=CITIZEN, reason="لا", now=days.exp_of(SUNDAY) - 1)
    assert dict(deadlines.run(shorter.engine, shorter.office, now=days.exp_of(SUNDAY))) == {"shut": 1}
    with pytest.raises(MoveError, match="too late"):
        longer.do("object_", numbers[1], actor=CITIZEN, reason="لا", now=days.exp_of(SUNDAY))
