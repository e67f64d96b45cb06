"""Whoever holds a license that ends is reminded in time, once for each time, by day, and not when it was renewed or taken away."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from issuer.register import history
from office.applications import reminding
from office.messages.tables import messages
from seal import days
from tests.office.applications.workplace import CITIZEN, DAY, MOBILE, NOW, Workplace, advertisement, moment, shop

LAST = "2027-11-30"


@pytest.fixture
def board(here: Workplace) -> str:
    """A board that is licensed until the last day."""
    return here.issued("advertisement.first", advertisement())[1]


def told(work: Workplace) -> list[tuple[str, str]]:
    """Event and text of every reminder, in the order in which they were made."""
    with work.engine.connect() as connection:
        rows = connection.execute(select(messages).where(messages.c.event.startswith("reminder/")).order_by(messages.c.id)).all()
    assert {row.recipient for row in rows} <= {MOBILE}
    return [(row.event, row.text) for row in rows]


def rounds(work: Workplace, first: str, last: str) -> Counter[str]:
    """What the worker does every noon from a day to another."""
    done = Counter[str]()
    for now in range(moment(first), moment(last) + 1, DAY):
        done += reminding.run(work.engine, work.office, now=now)
    return done


def test_one_reminder_at_sixty_thirty_seven_days_and_one_after_the_end(here: Workplace, board: str) -> None:
    assert rounds(here, "2027-09-20", "2028-01-15") == {"reminded": 4}
    assert [event.rsplit("/", 1)[1] for event, _ in told(here)] == ["60", "30", "7", "ended"]
    assert all(board in text and LAST in text for _, text in told(here))
    with here.engine.connect() as connection:
        at = connection.scalars(
            select(messages.c.enqueued_at).where(messages.c.event.startswith("reminder/")).order_by(messages.c.id)
        ).all()
    assert [days.day_of(each).isoformat() for each in at] == ["2027-10-01", "2027-10-31", "2027-11-23", "2027-12-01"]


def test_a_worker_that_stood_still_sends_what_is_still_of_use_once(here: Workplace, board: str) -> None:
    assert reminding.run(here.engine, here.office, now=moment("2027-11-27")) == {"reminded": 1}
    assert reminding.run(here.engine, here.office, now=moment("2027-11-27") + 60) == {}
    assert [event.rsplit("/", 1)[1] for event, _ in told(here)] == ["7"]
    assert rounds(here, "2028-01-05", "2028-01-06") == {}, "over a month later nobody needs to be told"


def test_nobody_is_woken(here: Workplace, board: str) -> None:
    start = days.start_of(days.day_of(moment("2027-11-27")))
    for hour, due in ((0, 0), (8, 0), (20, 0), (23, 0), (9, 1)):
        assert reminding.run(here.engine, here.office, now=start + hour * 3600 + 1800).total() == due


@pytest.mark.parametrize("kind", ["revoked", "suspended"])
def test_what_was_taken_away_is_not_reminded_of(here: Workplace, board: str, kind: str) -> None:
    history.change(here.engine, board, kind, reason="مخالفة", now=NOW + DAY)
    assert rounds(here, "2027-09-20", "2028-01-15") == {}


def test_what_is_renewed_or_asked_to_be_is_not_reminded_of(here: Workplace, board: str) -> None:
    assert rounds(here, "2027-10-01", "2027-10-02") == {"reminded": 1}
    asked = here.submitted(
        "advertisement.renewal", advertisement(license=board, valid_from="2027-12-01", valid_until="2028-11-30"), now=moment("2027-10-10")
    )
    assert rounds(here, "2027-10-31", "2027-11-02") == {}, "it is on its way"
    here.do("withdraw", asked, actor=CITIZEN, reason="", now=moment("2027-11-03"))
    assert rounds(here, "2027-11-04", "2027-11-05") == {"reminded": 1}
    here.issued(
        "advertisement.renewal", advertisement(license=board, valid_from="2027-12-01", valid_until="2028-11-30"), now=moment("2027-11-06")
    )
    assert rounds(here, "2027-11-20", "2028-01-15") == {}


def test_what_has_no_end_or_no_mobile_is_nobodys_reminder(here: Workplace) -> None:
    here.issued("shop.first", shop())
    assert rounds(here, "2027-11-20", "2027-12-05") == {}
