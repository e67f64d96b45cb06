"""Which lists are signed, and what of lost seals, is what the guard held: whatever somebody hides for a moment, or plants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from issuer import operations
from issuer.errors import IssuerError
from issuer.guard.guard import Guard
from issuer.log import abreast
from issuer.register import positions, publishing
from seal import status
from tests.issuer.offices import SECONDS, Office
from tests.issuer.test_at_once import MANY, hand, house, look, number_of, put

__all__ = ["house"]
PLACE = 500  # of no seal


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for the register in vain waits a second."""
    monkeypatch.setattr("storage.postgresql.BUSY_SECONDS", 1)


def published(house: Office, idx: int) -> int:
    """The published status at a place of the first list."""
    (found,) = house.lists().status.lists.values()
    value = found.at(idx)
    assert value is not None
    return value


class Hidden:
    """Rows that are away for a while, by what tells them in each table."""

    def __init__(self, house: Office, **rows: str) -> None:
        self._house, self._rows = house, rows

    def hide(self) -> None:
        made = [f"CREATE TABLE aside_{table} AS SELECT * FROM {table} WHERE {which}" for table, which in self._rows.items()]
        hand(self._house, *made, *(f"DELETE FROM {table} WHERE {which}" for table, which in self._rows.items()))

    def show(self) -> None:
        for table in reversed(self._rows):
            hand(self._house, f"INSERT INTO {table} SELECT * FROM aside_{table}", f"DROP TABLE aside_{table}")


def around(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, before: Callable[[], None], after: Callable[[], None]) -> list[str]:
    """Let something happen before and after a step of the publisher. Return what hindered: SQLite lets nobody write there."""
    step, hindered = getattr(owner, name), list[str]()

    def stepped(*words: Any, **named: Any) -> Any:
        try:
            before()
        except Exception as error:  # noqa: BLE001 - the driver's own
            hindered.append(str(error))
        found = step(*words, **named)
        if not hindered:
            after()
        return found

    monkeypatch.setattr(owner, name, stepped)
    return hindered


@pytest.mark.parametrize(("owner", "name"), [(Guard, "hold"), (publishing, "due"), (publishing, "_changed")])
def test_a_suspension_that_is_hidden_for_a_moment_is_published(
    house: Office, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    publisher = operations.Publisher(house.locations)
    with house.locations.engine() as engine:
        publisher.round(engine, now=SECONDS + 10)
        assert publisher.round(engine, now=SECONDS + 11) == []
        last = hand(house, "SELECT coalesce(max(id), 0) FROM event")[0][0][0]
        house.run("license", "suspend", number_of(house, 7), "--reason", "visit")
        away = Hidden(house, event_actor=f"event_id > {last}", event=f"id > {last}")
        hindered = around(monkeypatch, owner, name, away.hide, away.show)
        names = publisher.round(engine, now=SECONDS + 20)
        assert bool(hindered) == (engine.dialect.name == "sqlite")
    assert "status/1" in names
    assert published(house, 6) == status.SUSPENDED
    assert look(house) == ""


def test_what_was_hidden_while_something_newer_was_published_is_published_when_it_is_there(house: Office) -> None:
    publisher = operations.Publisher(house.locations)
    with house.locations.engine() as engine:
        publisher.round(engine, now=SECONDS + 10)
        act, event = (hand(house, f"SELECT coalesce(max(id), 0) FROM {table}")[0][0][0] for table in ("act", "event"))
        house.run("license", "suspend", number_of(house, 7), "--reason", "visit")
        acts, events = (hand(house, f"SELECT coalesce(max(id), 0) FROM {table}")[0][0][0] for table in ("act", "event"))
        house.run("license", "suspend", number_of(house, 9), "--reason", "visit")
        away = Hidden(
            house,
            event_actor=f"event_id > {event} AND event_id <= {events}",
            event=f"id > {event} AND id <= {events}",
            act=f"id > {act} AND id <= {acts}",
        )
        away.hide()
        hand(house, f"UPDATE seal SET status = {status.VALID} WHERE id = 7")
        publisher.round(engine, now=SECONDS + 20)
        assert (published(house, 6), published(house, 8)) == (status.VALID, status.SUSPENDED)
        hand(house, f"UPDATE seal SET status = {status.SUSPENDED} WHERE id = 7")
        away.show()
        assert "status/1" in publisher.round(engine, now=SECONDS + 30)
    assert published(house, 6) == status.SUSPENDED


def test_a_list_that_nobody_speaks_of_is_signed_where_seals_are_in_it(house: Office) -> None:
    """The table of lists is nobody's to hold: without its row a list would stay as it was."""
    house.run("license", "suspend", number_of(house, 7), "--reason", "visit")
    with house.locations.engine() as engine, engine.connect() as connection:
        put(engine, "UPDATE status_list SET number = ? WHERE number = 1", 2)
        assert publishing.due(connection, None).lists == [1, 2]


def test_a_lost_seal_that_is_planted_for_a_moment_is_not_published(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def plant() -> None:
        with house.locations.engine() as engine:
            words = "INSERT INTO lost_entry (log, first, many, entries, statuses, listed_at, at) VALUES ('log', ?, 1, ?, ?, 0, 0)"
            put(engine, words, PLACE, b"\1" * 32, bytes([status.VALID]))

    step, hindered = publishing._rows, list[str]()

    def rows(*words: Any) -> Any:
        try:
            plant()
        except Exception as error:  # noqa: BLE001 - the driver's own
            hindered.append(str(error))
        return step(*words)

    monkeypatch.setattr(publishing, "_rows", rows)
    house.run("publish", now="2026-11-24T13:30:00+00:00")
    assert bool(hindered) == ("sqlite" in house.register)
    hand(house, "DELETE FROM lost_entry")
    assert published(house, PLACE) == status.INVALID
    assert published(house, 6) == status.VALID


@pytest.mark.parametrize("garbage", [b"", b"\0", b"\xd2\x84@\xa0@@", bytes(200), "text", "t" * 200, 7])
def test_a_token_that_is_none_is_named_by_its_seal(house: Office, garbage: Any) -> None:
    """Below the last head, where packs and a log that is read again take it from the register."""
    with house.locations.engine() as engine:
        if not isinstance(garbage, bytes) and engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL keeps octets only")
        put(engine, "UPDATE seal SET token = ? WHERE id = 7", garbage)
        with engine.connect() as connection:
            for read in (positions.entries, positions.sealed, abreast.placed, abreast.entries):
                with pytest.raises(IssuerError) as refused:
                    list(read(connection, 0, MANY))
                assert (refused.value.code, refused.value.detail) == ("rows_past_programs", "seal 7 [token]")
        hand(house, "DELETE FROM log_head")
    if not isinstance(garbage, bytes):
        return
    said = house.run("publish", now="2026-11-24T13:30:00+00:00", exit_code=2).output
    assert "rows_past_programs" in said and "seal 7 " in said
