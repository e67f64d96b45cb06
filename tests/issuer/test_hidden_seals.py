"""Rows that are shown to one reading of the register and hidden from another: nothing is signed that nobody let out, or that is no leaf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from acts import sweep
from issuer import operations
from issuer.errors import IssuerError
from issuer.guard import guard as guard_
from issuer.guard import releases
from issuer.guard.guard import Guard
from issuer.log import held
from issuer.log.both import Logs
from issuer.log.packs import LogPacks
from seal import log_packs
from tests.issuer.offices import SECONDS, Office
from tests.issuer.test_at_once import MANY, hand, issue, look, put
from tests.issuer.test_held_seals import TOGETHER, before, heard, logged, size, stored, tokens_exchanged, unpublished

LATE = f"id > {MANY} AND id <= {2 * MANY}"  # the batch whose file nobody released


@pytest.fixture
def house(each_office: Office) -> Office:
    """An office with a log and licenses in three transactions, none of which is published."""
    return unpublished(each_office)


@pytest.fixture
def late(house: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The same, where one file is not released, and the other process has said what it holds before this one asks."""
    heard(monkeypatch)
    (house.locations.store / releases.FOLDER / releases.of_file(sources(house)[1])).unlink()
    return house


def sources(house: Office) -> list[bytes]:
    """The files of the first two batches."""
    return [bytes(row[0]) for row in hand(house, f"SELECT source FROM license WHERE id IN (1, {MANY + 1}) ORDER BY id")[0]]


def say(house: Office, source: bytes) -> None:
    with house.locations.engine() as engine:
        put(engine, f"UPDATE license SET source = ? WHERE {LATE}", source)


def refused(house: Office) -> str:
    said = house.run("publish", exit_code=2).output
    assert size(house) == 0 and not (house.locations.published / "status").exists()
    return said


def hidden_by_deletion(house: Office) -> Callable[[], object]:
    hand(house, f"CREATE TABLE aside AS SELECT * FROM seal WHERE {LATE}", f"DELETE FROM seal WHERE {LATE}")
    return lambda: hand(house, "INSERT INTO seal SELECT * FROM aside", "DROP TABLE aside")


def hidden_elsewhere(house: Office) -> Callable[[], object]:
    hand(house, f"UPDATE seal SET idx = idx + 1000 WHERE {LATE}")
    return lambda: hand(house, f"UPDATE seal SET idx = idx - 1000 WHERE {LATE}")


def hidden_in_part(house: Office) -> Callable[[], object]:
    """One seal alone stands in for all others."""
    hand(house, f"UPDATE seal SET idx = idx + 1000 WHERE {LATE} AND id <> {MANY + 5}")
    return lambda: hand(house, f"UPDATE seal SET idx = idx - 1000 WHERE {LATE} AND id <> {MANY + 5}")


@pytest.mark.parametrize("hide", [hidden_by_deletion, hidden_elsewhere, hidden_in_part])
@pytest.mark.parametrize("kept", [held.KEPT_MOST, 0], ids=["octets", "digests"])
def test_seals_hidden_from_who_looks_for_approvals_are_not_signed(
    late: Office, monkeypatch: pytest.MonkeyPatch, hide: Callable[[Office], Callable[[], object]], kept: int
) -> None:
    monkeypatch.setattr(held, "KEPT_MOST", kept)
    before(monkeypatch, Guard, "_go_on", hide(late))
    assert "rows_past_programs" in refused(late)
    assert "approval_missing" in refused(late), "as it is without hiding"
    releases.release(late.locations.store, releases.of_file(sources(late)[1]))
    late.run("publish")
    assert logged(late) == stored(late) and size(late) == TOGETHER * MANY


def test_positions_said_to_be_free_until_the_writers_turn_are_asked_for(late: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look sees fewer positions; the seals of the others are hidden from the one in the turn."""
    steps = [f"UPDATE status_list SET used = used - {(TOGETHER - 1) * MANY}"]
    hand(late, *steps)
    hold, seen = Guard._approve, []

    def approve(self: Guard, look_: Any, **named: Any) -> None:
        seen.append(dict(named))
        hold(self, look_, **named)

    def between() -> None:
        hand(late, f"UPDATE status_list SET used = used + {(TOGETHER - 1) * MANY}", f"UPDATE seal SET idx = idx + 1000 WHERE {LATE}")

    monkeypatch.setattr(Guard, "_approve", approve)
    before(monkeypatch, Logs, "catch_up", between)
    assert "log 40-79" in refused(late)
    assert seen == [{"whole": True, "anew": True}, {}]


def test_a_first_look_that_broke_off_is_gone_on_with_by_this_moment(late: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the other process said before is of another moment; so is what it says now."""
    released, other = sources(late)
    monkeypatch.setattr(guard_, "_UNCOMMITTED", 1)
    with pytest.MonkeyPatch.context() as patch:
        advance, steps = sweep.Sweep.advance, []

        def broken(self: sweep.Sweep, *words: Any) -> int | None:
            steps.append("")
            if len(steps) == 5:
                raise IssuerError("log_store_conflict")
            return advance(self, *words)

        patch.setattr(sweep.Sweep, "advance", broken)
        assert "log_store_conflict" in refused(late)
    say(late, released)
    before(monkeypatch, Guard, "_go_on", lambda: say(late, other))
    said = refused(late)
    assert "rows_past_programs" in said or "approval_missing" in said
    assert "approval_missing" in refused(late)


def test_files_are_asked_for_no_further_than_to_where_a_run_begins(late: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the first batch no run is taken: this moment is asked what is there, and would say of the next one what is not so."""
    released, other = sources(late)
    take = held.HeldSeals.take
    monkeypatch.setattr(held.HeldSeals, "take", lambda self, run: None if run.start == 0 and run.authorities else take(self, run))
    say(late, released)
    before(monkeypatch, Guard, "_go_on", lambda: say(late, other))
    said = refused(late)
    assert "rows_past_programs" in said or "approval_missing" in said


def in_packs(house: Office) -> dict[int, bytes]:
    """How the leaves begin that are in the packs, by their positions."""
    found: dict[int, bytes] = {}
    for path in (house.locations.published / "log").glob("pack/*/0.p/*"):
        rows = log_packs.from_bytes(path.read_bytes(), int(path.name))
        found |= {position: rows.prefix(place) for place, position in enumerate(rows.positions)}
    return found


@pytest.fixture
def hourly(house: Office, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    """A round, so many seconds later, of a publisher whose way over all rows is slow; 200 seals are in the log, and in no pack."""
    monkeypatch.setattr(guard_, "_ROWS_AT_LENGTH", 10)
    monkeypatch.setattr(guard_, "_ROWS", 10)
    publisher = operations.Publisher(house.locations)

    def round_(after: int) -> list[str]:
        with house.locations.engine() as engine:
            return list(publisher.round(engine, now=SECONDS + after))

    assert "pack of MN1" in round_(10)
    issue(house, 200, first=1000)
    assert "log/checkpoint" in round_(1000)
    assert (size(house), len(in_packs(house))) == (TOGETHER * MANY + 200, TOGETHER * MANY)
    return round_


def away(house: Office) -> Callable[[], object]:
    hand(house, "CREATE TABLE aside AS SELECT * FROM seal WHERE id = 320", "DELETE FROM seal WHERE id = 320")
    return lambda: hand(house, "INSERT INTO seal SELECT * FROM aside", "DROP TABLE aside")


def exchanged(house: Office) -> Callable[[], object]:
    tokens_exchanged(house, 130, 131)
    return lambda: tokens_exchanged(house, 130, 131)


def lost(house: Office) -> Callable[[], object]:
    """A seal gives way to one that was lost, so it is said: nobody knows whose that is."""
    back = away(house)
    with house.locations.engine() as engine:
        put(
            engine,
            "INSERT INTO lost_entry (log, first, many, entries, statuses, listed_at, at) VALUES ('log', 319, 1, ?, ?, 0, 0)",
            b"1" * 32,
            b"\0",
        )

    def found() -> None:
        hand(house, "DELETE FROM lost_entry")
        back()

    return found


@pytest.mark.parametrize(("change", "position"), [(exchanged, 129), (away, 319), (lost, 319)])
def test_packs_have_what_is_in_the_log_and_not_what_the_register_says_since(
    house: Office,
    hourly: Callable[[int], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Office], Callable[[], object]],
    position: int,
) -> None:
    good, known, undo = logged(house), in_packs(house), []
    before(monkeypatch, LogPacks, "round", lambda: undo.append(change(house)))
    with pytest.raises(IssuerError, match=f"^register_differs_from_log: position {position}$"):
        hourly(4000)
    assert in_packs(house) == known, "nothing of it is signed"
    undo[0]()
    assert "pack of MN1" in hourly(8000)
    assert logged(house) == good
    assert in_packs(house) == {place: held.leaves_of([entry])[0][: log_packs.PREFIX_BYTES] for place, entry in enumerate(good)}
    assert look(house) == ""


def test_a_tile_that_is_gone_is_told(house: Office, hourly: Callable[[int], list[str]]) -> None:
    (house.locations.published / "log/tile/0/000").unlink()
    with pytest.raises(IssuerError, match=r"^log_files_damaged: tile/0/000"):
        hourly(4000)
