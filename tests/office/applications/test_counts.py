"""How many applications stand where: kept by the database itself, whoever moves them, added up by the worker, and held to what is there."""

from threading import Thread

from sqlalchemy import func, select, text, update

from bench.filling import unwatched
from office.applications import counts
from office.applications.tables import application_counts, application_moves, applications
from office.database import OFFICE
from office.services.state_machine import State
from tests.office.applications.workplace import CITIZEN, GOVERNOR, NOW, Workplace, shop
from tests.revisions import move

AWAITING, REVIEW, APPROVED = "awaiting_payment", "under_review", "approved"


def stand(here: Workplace) -> dict[str, int]:
    with here.engine.connect() as connection:
        return {each.state: each.total for each in counts.by_state(connection, here.office, actor=GOVERNOR)}


def faults(here: Workplace) -> list[str]:
    with here.engine.connect() as connection:
        return OFFICE.faults(connection)


def left(here: Workplace) -> int:
    with here.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(application_moves)) or 0


def test_each_step_is_counted_when_it_is_taken_and_adding_up_changes_nothing(here: Workplace) -> None:
    assert stand(here) == {}
    here.draft("shop.first", shop())
    assert stand(here) == {} and left(here) == 0, "a draft is nobody's business"
    numbers = [here.submitted("shop.first", shop(trade_name=f"محل {place}")) for place in range(3)]
    assert stand(here) == {AWAITING: 3}
    here.pay(numbers[0])
    here.pay(numbers[1])
    assert stand(here) == {AWAITING: 1, REVIEW: 2}
    assert counts.fold(here.engine) > 0
    assert left(here) == 0 and counts.fold(here.engine) == 0
    assert stand(here) == {AWAITING: 1, REVIEW: 2}
    here.do("reject", numbers[0], now=NOW, reason="x")
    here.do("approve", numbers[1], now=NOW)
    assert stand(here) == {AWAITING: 1, "rejected": 1, APPROVED: 1}
    here.do("withdraw", numbers[2], actor=CITIZEN, now=NOW, reason="x")
    assert stand(here) == {"withdrawn": 1, "rejected": 1, APPROVED: 1}
    counts.fold(here.engine)
    assert stand(here) == {"withdrawn": 1, "rejected": 1, APPROVED: 1}, "none waits for money any more"
    assert faults(here) == []


def test_what_is_undone_was_not_counted(here: Workplace) -> None:
    here.submitted("shop.first", shop())
    before = stand(here), left(here)
    with here.engine.connect() as connection:
        begun = connection.begin()
        connection.execute(update(applications).values(state=State.APPROVED.value))
        begun.rollback()
    assert (stand(here), left(here)) == before


def past(here: Workplace, *statements: str) -> None:
    """Write without the programs: nothing of theirs listens."""
    with unwatched(here.engine) as engine, engine.begin() as connection:
        for each in statements:
            connection.execute(text(each))


def test_who_writes_past_the_programs_is_counted_too(here: Workplace) -> None:
    first = here.submitted("shop.first", shop())
    here.submitted("shop.first", shop(trade_name="محل آخر"))
    past(here, f"UPDATE application SET state = 'issued', authority = 'SHQ' WHERE number = '{first}'")
    assert stand(here) == {"issued": 1, AWAITING: 1}
    with here.engine.connect() as connection:
        only = counts.by_state(connection, here.office, actor=GOVERNOR, authority="SHQ")
    assert [(each.state, each.total, each.oldest) for each in only] == [("issued", 1, NOW)]
    moves = left(here)
    past(here, "UPDATE application SET name = 'x', since = since + 5, state = state")
    assert left(here) == moves, "nothing moved"
    past(here, "UPDATE application SET state = 'draft' WHERE authority = 'SHQ'")
    assert stand(here) == {AWAITING: 1}
    assert faults(here) == []


def test_an_application_that_is_deleted_leaves_its_count(here: Workplace) -> None:
    columns = "key, version, state, service, channel, authority, owner, entered_by, mobile, fields, name, holder, upheld, created_at, since"
    row = "1, 'withdrawn', 'shop.first', 'portal', 'MN1', '7', 'citizen:7', '', '{}', '', '', FALSE, 0, 5, FALSE"
    past(here, *(f"INSERT INTO application ({columns}, escalated) VALUES ('{key}', {row})" for key in "abc"))
    assert stand(here) == {"withdrawn": 3}
    past(here, "DELETE FROM application WHERE key = 'b'")
    assert stand(here) == {"withdrawn": 2} and faults(here) == []
    past(here, "DELETE FROM application")
    assert stand(here) == {} and faults(here) == []
    counts.fold(here.engine)
    assert stand(here) == {} and faults(here) == []


def test_two_that_add_up_at_once_count_nothing_twice(here: Workplace) -> None:
    for place in range(4):
        here.submitted("shop.first", shop(trade_name=f"محل {place}"))
    threads = [Thread(target=counts.fold, args=(here.engine,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert left(here) == 0 and stand(here) == {AWAITING: 4} and faults(here) == []


def test_a_count_that_is_wrong_is_told_by_the_check_of_a_database(here: Workplace) -> None:
    here.submitted("shop.first", shop())
    counts.fold(here.engine)
    with here.engine.begin() as connection:
        connection.execute(update(application_counts).where(application_counts.c.state == AWAITING).values(total=7))
    assert faults(here) == ["MN1 shop.first awaiting_payment: 7 are counted, 1 there"]


def test_a_database_of_before_is_counted_when_it_is_brought_up_to_date(here: Workplace) -> None:
    first = here.submitted("shop.first", shop())
    here.submitted("shop.first", shop(trade_name="محل آخر"))
    here.draft("shop.first", shop())
    here.pay(first)
    move(here.engine, OFFICE, "office_0026")
    with here.engine.begin() as connection:
        connection.execute(update(applications).where(applications.c.number == first).values(state="issued"))
    move(here.engine, OFFICE, "head")
    assert stand(here) == {"issued": 1, AWAITING: 1} and left(here) == 0 and faults(here) == []
    here.submitted("shop.first", shop(trade_name="محل ثالث"))
    assert stand(here) == {"issued": 1, AWAITING: 2} and faults(here) == []
