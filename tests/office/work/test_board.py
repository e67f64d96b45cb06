"""The board of what is late: kept by the database itself, whoever moves a case, gives it to somebody or lets its deadline pass."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from sqlalchemy import func, select, text, update

from bench.filling import unwatched
from office.applications import counts, deadlines, listing
from office.applications.application import NOBODY
from office.applications.tables import applications, work_counts, work_moves
from office.database import OFFICE
from office.services.state_machine import State
from office.work import assigning, board, people
from office.work.board import Row
from tests.office.applications.workplace import DAY, NOW
from tests.office.work.conftest import Team
from tests.revisions import move

LATER = NOW + 200 * DAY


def seen(team: Team, now: int, name: str = "hoda") -> list[Row]:
    found: tuple[Row, ...] = team.do(name, board.of, now=now)
    return sorted(found)


def reckoned(team: Team, now: int, authorities: tuple[str, ...] = ("MN1",)) -> list[Row]:
    """The same from the rows themselves, one by one."""
    late, open_, oldest = Counter[tuple[int, str]](), Counter[tuple[int, str]](), defaultdict[tuple[int, str], list[int]](list)
    with team.engine.connect() as connection:
        for row in connection.execute(select(applications).where(applications.c.authority.in_(authorities))):
            key = row.assigned, row.state
            if row.state not in set(map(str, listing.WORK)):
                continue
            if row.escalated or (row.due_at is not None and row.due_at <= now):
                late[key] += 1
                oldest[key] += [row.due_at] if row.due_at is not None else []
            if row.assigned != NOBODY and row.state in set(map(str, people.STEPS)):
                open_[key] += 1
    keys = {*late, *open_}
    return sorted(Row(*key, max(open_[key], late[key]), late[key], min(oldest[key], default=None)) for key in keys)


def agree(team: Team, now: int) -> list[Row]:
    """What the board shows, which is what the rows say, before and after the worker added it up; and the check finds it sound."""
    before = seen(team, now)
    assert before == reckoned(team, now)
    counts.fold(team.engine)
    with team.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(work_moves)) == 0
        assert OFFICE.faults(connection) == []
        assert connection.scalar(select(func.count()).where(work_counts.c.total <= 0)) == 0, "nothing is kept of what is over"
    assert seen(team, now) == before
    return before


def test_the_board_is_what_the_cases_are_whatever_becomes_of_them(team: Team) -> None:
    assert agree(team, NOW) == []
    numbers = [team.review() for _ in range(4)]
    team.review(paid=False)
    assert agree(team, NOW) == [], "nobody has anything, and nothing is late"
    assert [(row.state, row.late) for row in agree(team, LATER)] == [("awaiting_payment", 1), ("under_review", 4)]
    assert {row.person for row in seen(team, LATER)} == {NOBODY}
    team.do("reem", assigning.take, numbers[0])
    team.do("reem", assigning.take, numbers[1])
    team.do("adel", assigning.take, numbers[2])
    assert [(row.person, row.open, row.late) for row in agree(team, NOW)] == [(team.ids["reem"], 2, 0), (team.ids["adel"], 1, 0)]
    deadlines.run(team.engine, team.work.office, now=LATER)
    assert sum(row.late for row in agree(team, LATER)) >= 4
    team.do("adel", assigning.give_back, numbers[2], now=LATER)
    team.work.do("request_inspection", numbers[0], actor=team.actor("reem"), reason="x", now=LATER)
    team.work.do("reject", numbers[3], actor=team.actor("reem"), reason="x", now=LATER)
    rows = agree(team, LATER)
    assert (team.ids["reem"], "under_review") in {(row.person, row.state) for row in rows}
    assert all(row.person != team.ids["adel"] for row in rows)


def test_of_other_authorities_nothing_is_seen(team: Team) -> None:
    team.do("reem", assigning.take, team.review())
    team.join("lamia", ("SHQ", "manager"))
    team.join("nadia", ("*", "manager"))
    assert seen(team, LATER, "lamia") == [] and seen(team, LATER, "reem") == []
    assert seen(team, LATER, "nadia") == seen(team, LATER) != []
    assert sorted(team.do("nadia", board.of, now=LATER, authority="MN1")) == seen(team, LATER)
    assert team.do("nadia", board.of, now=LATER, authority="SHQ") == ()
    assert team.do("lamia", board.of, now=LATER, authority="MN1") == ()


def past(team: Team, *statements: str) -> None:
    """Write without the programs: nothing of theirs listens."""
    with unwatched(team.engine) as engine, engine.begin() as connection:
        for each in statements:
            connection.execute(text(each))


@pytest.mark.parametrize("state", list(State))
def test_each_state_that_waits_is_counted_and_no_other(small: Team, state: State) -> None:
    columns = "key, version, state, service, channel, authority, owner, entered_by, mobile, fields, name, holder, upheld, created_at, since"
    row = f"'{state}', 'shop.first', 'portal', 'MN1', '7', 'citizen:7', '', '{{}}', '', '', FALSE, 0, 5, FALSE"
    past(small, f"INSERT INTO application ({columns}, escalated, due_at) VALUES ('a', 1, {row}, 10)")
    assert bool(agree(small, NOW)) == (state in listing.WORK)
    past(small, "UPDATE application SET due_at = NULL")
    assert agree(small, NOW) == []
    past(small, "UPDATE application SET escalated = TRUE, authority = 'MN1', name = 'x'")
    assert [(each.late, each.due_at) for each in agree(small, NOW)] == ([(1, None)] if state in listing.WORK else [])
    past(small, "DELETE FROM application")
    assert agree(small, NOW) == []


def test_a_number_that_is_wrong_is_told_by_the_check_of_a_database(small: Team) -> None:
    small.do("reem", assigning.take, small.review())
    agree(small, NOW)
    past(small, "UPDATE work_count SET total = 7")
    with small.engine.connect() as connection:
        (told,) = OFFICE.faults(connection)
    assert told.startswith(f"MN1 {small.ids['reem']} under_review ") and told.endswith(": 7 are counted, 1 there")


def test_a_database_of_before_is_counted_when_it_is_brought_up_to_date(team: Team) -> None:
    number = team.review()
    team.do("reem", assigning.take, number)
    move(team.engine, OFFICE, "office_0030")
    with team.engine.begin() as connection:
        connection.execute(update(applications).where(applications.c.number == number).values(due_at=5))
    move(team.engine, OFFICE, "head")
    with team.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(work_moves)) == 0
    assert [(row.person, row.late, row.due_at) for row in agree(team, NOW)] == [(team.ids["reem"], 1, 5)]
    with team.engine.begin() as connection:
        connection.execute(update(applications).where(applications.c.number == number).values(assigned=NOBODY))
    assert [(row.person, row.late) for row in agree(team, NOW)] == [(NOBODY, 1)]
