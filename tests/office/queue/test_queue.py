"""Numbers and appointments, on both databases: no number twice, no place twice, however many ask at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, select

from governorate import counter as rules_of
from governorate import folder
from issuer.errors import IssuerError
from office.citizens import codes
from office.database import open_register
from office.messages.tables import messages
from office.queue import appointments, tickets
from office.queue.appointments import Wish
from office.queue.tables import appointments as table
from seal import days
from tests.processes import PATIENCE_SECONDS

RULES = rules_of.of(folder.shipped())
TUESDAY, THURSDAY, FRIDAY = date(2026, 12, 1), date(2026, 12, 3), date(2026, 12, 4)
NOW = days.start_of(date(2026, 11, 30)) + 8 * 3600  # Monday, eight in the morning
TEN = 600


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_register(database_url)
    yield opened
    opened.dispose()


def citizen(engine: Engine, serial: int = 1) -> int:
    with engine.begin() as connection:
        return codes.known(connection, f"+2010{serial:08}", now=NOW).id


def book(
    engine: Engine, who: int, day: date = TUESDAY, minute: int = TEN, *, at: str = "MN1", now: int = NOW, instead: int | None = None
) -> int:
    with engine.begin() as connection:
        return appointments.book(connection, RULES, who, Wish(at, day, minute, instead), now=now)


def take(engine: Engine, class_: str = "A", *, at: str = "MN1", now: int = NOW) -> tickets.Ticket:
    with engine.begin() as connection:
        return tickets.show(connection, tickets.take(connection, at, class_, by="mona", now=now))


def call(engine: Engine, *classes: str, desk: str = "1", now: int = NOW) -> str:
    with engine.begin() as connection:
        found = tickets.call_next(connection, "MN1", classes, desk=desk, now=now)
    return found.number if found else ""


def at_once(many: int, work: Callable[[int], str]) -> Counter[str]:
    """What came of `many` who begin together: a refusal's code, or what they got."""
    start = threading.Barrier(many)

    def one(number: int) -> str:
        start.wait(PATIENCE_SECONDS)
        try:
            return work(number)
        except IssuerError as error:
            return error.code

    with ThreadPoolExecutor(many) as pool:
        return Counter(pool.map(one, range(many)))


def test_numbers_count_by_class_centre_and_day(engine: Engine) -> None:
    assert [take(engine, each).number for each in "AABA"] == ["A001", "A002", "B001", "A003"]
    assert take(engine, at="SHQ").number == take(engine, now=NOW + 86_400).number == "A001"
    given = at_once(6, lambda _: take(engine, "C").number)
    assert given == Counter(f"C00{number}" for number in range(1, 7)), "each once, without a gap"


def test_the_one_who_waits_longest_is_called_and_no_number_twice(engine: Engine) -> None:
    take(engine, "B")
    for second in range(5):
        take(engine, now=NOW + second)
    assert call(engine, "A") == "A001", "only the classes that a desk serves"
    assert call(engine, "A", "B", desk="2") == "B001"
    called = at_once(4, lambda number: call(engine, "A", desk=f"{number + 3}"))
    assert called == Counter(["A002", "A003", "A004", "A005"])
    assert call(engine, "A") == "" and call(engine) == ""
    with engine.connect() as connection:
        on_screen = [(each.number, each.desk) for each in tickets.called(connection, "MN1", now=NOW)]
    assert len(on_screen) == 5 and ("A001", "1") not in on_screen, "whoever was at the desk before was served by the next call"
    for desk in ("", "x" * 13, "<b>", "1\n2"):
        with pytest.raises(IssuerError, match="desk_invalid"):
            call(engine, "A", desk=desk)


def test_what_became_of_a_number(engine: Engine) -> None:
    waits = take(engine)
    for act in ("served", "missed"):
        with pytest.raises(IssuerError, match="ticket_over"), engine.begin() as connection:
            tickets.end(connection, waits.id, act, where=("MN1",))  # type: ignore[arg-type]
    call(engine, "A")
    with pytest.raises(IssuerError, match="ticket_unknown"), engine.begin() as connection:
        tickets.end(connection, waits.id, "served", where=("SHQ",))
    with engine.begin() as connection:
        assert tickets.again(connection, waits.id, where=("MN1",), now=NOW + 30).called_at == NOW + 30
        tickets.end(connection, waits.id, "missed", where=("MN1",))
    with pytest.raises(IssuerError, match="ticket_over"), engine.begin() as connection:
        tickets.again(connection, waits.id, where=("MN1",), now=NOW)


def test_a_place_is_booked_once(engine: Engine) -> None:
    people = [citizen(engine, serial) for serial in range(1, 7)]
    got = at_once(6, lambda number: "booked" if book(engine, people[number]) else "")
    assert got == Counter({"booked": 2, "slot_full": 4})
    with engine.connect() as connection:
        (ten,) = [each for each in appointments.slots(connection, RULES, "MN1", TUESDAY, now=NOW) if each.minute == TEN]
        assert (ten.free, ten.time) == (0, "10:00")
        assert sorted(connection.scalars(select(table.c.place))) == [0, 1]


def test_one_citizen_has_a_few_and_one_a_day(engine: Engine) -> None:
    mona = citizen(engine)
    days_ = [day for day in appointments.bookable(RULES, "MN1", now=NOW) if day > TUESDAY][:4]
    got = at_once(4, lambda number: "booked" if book(engine, mona, days_[number]) else "")
    assert got == Counter({"booked": 2, "appointments_most": 2}), "from four windows at once"
    omar = citizen(engine, 2)
    book(engine, omar)
    with pytest.raises(IssuerError, match="appointment_same_day"):
        book(engine, omar, minute=TEN + 30)


def test_moving_gives_the_old_place_up_and_keeps_it_where_the_new_one_is_taken(engine: Engine) -> None:
    mona, omar, hoda = (citizen(engine, serial) for serial in (1, 2, 3))
    first = book(engine, mona)
    book(engine, omar, minute=TEN + 30)
    book(engine, hoda, minute=TEN + 30)
    with pytest.raises(IssuerError, match="slot_full"):
        book(engine, mona, minute=TEN + 30, instead=first)
    with pytest.raises(IssuerError, match="appointment_unknown"):
        book(engine, omar, THURSDAY, instead=first)
    second = book(engine, mona, minute=TEN + 60, instead=first)
    with engine.connect() as connection:
        assert [(each.id, each.time) for each in appointments.standing(connection, mona, now=NOW)] == [(second, "11:00")]
        assert len(appointments.standing(connection, omar, now=NOW)) == 1
    for who, which in ((omar, second), (mona, first), (mona, 99)):
        with pytest.raises(IssuerError, match="appointment_unknown"), engine.begin() as connection:
            appointments.cancel(connection, who, which)


@pytest.mark.parametrize(
    ("day", "minute", "at"),
    [
        (FRIDAY, TEN, "MN1"),  # a day off
        (date(2027, 1, 7), TEN, "MN1"),  # a holiday, and too far ahead
        (date(2026, 11, 29), TEN, "MN1"),
        (date(2026, 11, 30), 8 * 60 + 29, "MN1"),
        (TUESDAY, TEN + 1, "MN1"),
        (TUESDAY, 14 * 60, "MN1"),  # it would end after the centre closes
        (TUESDAY, TEN, "ZZZ"),
        (TUESDAY, TEN, "AMR"),  # takes none
    ],
)
def test_a_time_that_there_is_not(engine: Engine, day: date, minute: int, at: str) -> None:
    with pytest.raises(IssuerError, match="slot_unknown"):
        book(engine, citizen(engine), day, minute, at=at)


def test_whoever_comes_gets_a_number_once(engine: Engine) -> None:
    mona, there = citizen(engine), days.start_of(TUESDAY) + 10 * 3600
    booked = book(engine, mona)

    def come(_: int = 0, *, now: int = there, where: tuple[str, ...] = ("MN1",)) -> str:
        with engine.begin() as connection:
            return tickets.show(connection, tickets.came(connection, booked, "M", where=where, by="reem", now=now)).number

    with pytest.raises(IssuerError, match="appointment_not_today"):
        come(now=NOW)
    with pytest.raises(IssuerError, match="appointment_unknown"):
        come(where=("SHQ",))
    assert at_once(3, come) == Counter({"M001": 1, "appointment_over": 2})
    with pytest.raises(IssuerError, match="appointment_unknown"), engine.begin() as connection:
        appointments.cancel(connection, mona, booked)
    with pytest.raises(IssuerError, match="appointment_same_day"):
        book(engine, mona, minute=13 * 60, now=there)


def test_a_reminder_the_day_before_once_and_by_day(engine: Engine) -> None:
    kept, given_up = citizen(engine), citizen(engine, 2)
    book(engine, kept)
    cancelled = book(engine, given_up)
    with engine.begin() as connection:
        appointments.cancel(connection, given_up, cancelled)
    noon = days.start_of(date(2026, 11, 30)) + 12 * 3600
    assert [appointments.remind(engine, now=now).total() for now in (noon - 6 * 3600, noon, noon + 60, noon + 86_400)] == [0, 1, 0, 0]
    with engine.connect() as connection:
        (text,) = connection.scalars(select(messages.c.text))
    assert "2026-12-01" in text and "10:00" in text


def test_it_is_forgotten_after_weeks(engine: Engine) -> None:
    booked = book(engine, citizen(engine))
    there = days.start_of(TUESDAY) + 10 * 3600
    with engine.begin() as connection:
        tickets.came(connection, booked, "M", where=("MN1",), by="reem", now=there)
    assert appointments.sweep(engine, now=there + 30 * 86_400).total() == 0
    assert appointments.sweep(engine, now=there + 31 * 86_400).total() == 3
