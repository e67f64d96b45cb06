"""Two hundred people submit and pay at once, and processes are killed in between: nothing is lost, nothing is done twice."""

from __future__ import annotations

import random
import time

from sqlalchemy import func, select

from office.applications.tables import applications
from office.payments import soundness
from storage.database import reading
from tests import processes
from tests.office.applications import hands
from tests.office.applications.workplace import CITIZEN, Workplace, shop

PEOPLE = 200
HANDS = 4  # processes at once
KILLS = 6


def hand(here: Workplace, keys: list[str]) -> processes.Forked:
    """A process that submits and pays for all of `keys`, in its own order."""
    started = hands.start(here)
    started.pipe.send(random.Random(started.process.pid).sample(keys, len(keys)))
    return started


def submitted(here: Workplace) -> int:
    with reading(here.engine) as connection:
        return connection.scalar(select(func.count()).select_from(applications).where(applications.c.number.is_not(None))) or 0


def test_two_hundred_submit_and_pay_at_once_while_processes_die(here: Workplace) -> None:
    keys = [here.draft("shop.first", shop(trade_name=f"محل رقم {place}")) for place in range(PEOPLE)]
    at_work = [hand(here, keys) for _ in range(HANDS)]
    try:
        for kill in range(KILLS):
            before = submitted(here)
            while submitted(here) < min(before + 8, PEOPLE) and all(each.process.is_alive() for each in at_work):
                time.sleep(0.005)
            at_work.pop(kill % len(at_work)).kill()
            at_work.append(hand(here, keys))
        assert [each.pipe.recv() for each in at_work] == [hands.DONE] * HANDS
    finally:
        for each in at_work:
            each.kill()
    _assert_each_once(here, keys)


def _assert_each_once(here: Workplace, keys: list[str]) -> None:
    with here.engine.connect() as connection:
        rows = connection.execute(select(applications.c.key, applications.c.number, applications.c.state)).all()
        assert soundness.check(connection) == ()
    assert {row.key for row in rows} == set(keys)
    assert sorted(row.number.split("-")[3] for row in rows) == [f"{place:06d}" for place in range(1, len(keys) + 1)]
    assert {row.state for row in rows} == {"under_review"}
    for row in rows:
        shown = here.show(row.number, actor=CITIZEN)
        assert [event.action for event in shown.events] == ["enter", "submit", "bill", "pay"]
        (bill,) = shown.bills
        assert [payment.piastres for payment in bill.payments] == [bill.piastres]
