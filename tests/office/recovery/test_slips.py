"""Deposit slips after a loss: the bank holds slips that the register forgot, and none of their numbers is given again."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, create_engine, text

from acts import acting
from office.database import DATABASE
from office.payments import soundness
from office.payments.drawers import counting
from office.recovery.serials import COUNTERS
from storage.database import reading
from tests.issuer.offices import SECONDS, Office
from tests.office.recovery.house import MORNING, NIGHT, Lost, backed_up, begun, brought_back, night, numbers_of, texts_of

MORE = {20_000: 1}  # a note of 200 pounds that nobody accounts for is deposited all the same


def deposit(office: Office, *, at: int, authority: str = "MN1") -> str:
    """Open a drawer with nothing, count one note in it, close it; return its slip."""
    with acting.acting("account:tarek", "test"), office.locations.engine() as engine, engine.begin() as connection:
        drawer = counting.open_(connection, authority=authority, cashier="tarek", name="طارق", float_={}, now=at)
        tally = counting.count(connection, drawer, cash=MORE, card=0, by="tarek", now=at + 1)
        counting.explain(connection, drawer, tally=tally.id, reason="وُجدت")
        return counting.close(connection, drawer, tally=tally.id, witness="hoda", name="هدى", now=at + 2).slip


def agree(connection: Connection) -> tuple[str, ...]:
    return soundness.check(connection)


def test_no_slip_s_number_is_given_twice(each_office: Office, postgres_of: str) -> None:
    begun(each_office)
    assert deposit(each_office, at=SECONDS + 10) == "MN1-2026-D00001"
    backed_up(each_office)
    night(each_office)
    lost_slips = [deposit(each_office, at=NIGHT + 100 * n) for n in range(3)]
    assert lost_slips[-1] == "MN1-2026-D00004", "these went to the bank, and the backup has none of them"
    assert deposit(each_office, at=NIGHT + 900, authority="SHQ") == "SHQ-2026-D00001"
    texts, numbers = texts_of(each_office), numbers_of(each_office)
    with brought_back(each_office, postgres_of) as office:
        house = Lost(office, texts, numbers)
        assert "deposit slips left out" in house.run("register", "recover").output
        next_, again = deposit(office, at=MORNING + 600), deposit(office, at=MORNING + 700)
        assert next_ not in lost_slips and int(next_[-5:]) > 4 and int(again[-5:]) == int(next_[-5:]) + 1
        assert deposit(office, at=MORNING + 800, authority="SHQ") != "SHQ-2026-D00001", "also where the backup knew of no slip at all"
        with office.locations.engine() as engine, reading(engine) as connection:
            assert agree(connection) == (), "the books know of the gap, in the middle and at the beginning"


@pytest.mark.parametrize("forged", ["deposit_serial = 3", "deposit_serial = 900"])
def test_a_slip_with_a_number_that_was_left_out_is_named(house: Lost, forged: str) -> None:
    house.run("register", "recover")
    deposit(house.office, at=MORNING + 600)
    past = create_engine(house.office.register if "://" in house.office.register else f"sqlite:///{house.office.register}")
    with past.connect() as connection:  # nothing of ours is attached to it
        assert agree(connection) == ()
        connection.execute(text(f"UPDATE drawer SET {forged}"))
        assert any("deposit slips of MN1 in 2026" in each for each in agree(connection))
        connection.rollback()
    past.dispose()


def test_every_counter_of_papers_is_left_out(house: Lost) -> None:
    """A table that counts by authority and year, and is forgotten in recovery, would give its numbers twice."""
    tables = [table for chain in DATABASE.chains for table in chain.metadata.tables.values()]
    counting_ = {table.name for table in tables if [each.name for each in table.primary_key.columns] == ["authority", "year"]}
    assert counting_ == {table.name for table in COUNTERS.values()}
