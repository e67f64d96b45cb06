"""The publisher's look costs what is new, comes round to what is old, and forgets no row that was wrong."""

from __future__ import annotations

import pytest

import published
from acts import acting, audit, bodies
from acts.bodies import Body
from acts.tables import acts
from issuer import operations
from issuer.errors import IssuerError
from issuer.guard import guard, state
from keys import policy
from tests import by_hand
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows


@pytest.fixture
def logged(office: Office) -> Office:
    """An office with 300 licenses in its log."""
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60)})
    office.run("issue", office.write("many.csv", rows(300)), "--no-output")
    office.run("publish")
    return office


def look(office: Office, *, at_length: bool = False) -> str:
    """What a look refuses, "" for nothing."""
    with office.locations.engine() as engine:
        try:
            operations.guard_of(office.locations, office.locations.trust()).look(engine, at_length=at_length)
        except IssuerError as error:
            return str(error)
    return ""


def test_a_look_holds_what_is_new_and_a_bounded_part_of_what_is_old(logged: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    whole = audit.hold_rows

    def counted(connection, replay, table, there, derivation):  # type: ignore[no-untyped-def]
        held.append(len(there))
        return whole(connection, replay, table, there, derivation)

    monkeypatch.setattr(audit, "hold_rows", counted)
    monkeypatch.setattr(guard, "_ROWS", 0)
    assert look(logged) == "" and sum(held) == 0
    logged.run("issue", logged.write("two.csv", rows(2, first=400)), "--no-output")
    assert look(logged) == ""
    assert 4 <= sum(held) <= 14  # two licenses and two seals: as touched, as new, and as what comes into the log; and the request
    held.clear()
    assert look(logged) == "" and sum(held) == 4  # what is not in the log yet is held at each look: only what this one held comes into it
    logged.run("publish")
    held.clear()
    assert look(logged) == "" and sum(held) == 0
    (number,) = by_hand_value(logged, "SELECT number FROM license ORDER BY id LIMIT 1")
    logged.run("license", "suspend", number, "--reason", "x")
    assert look(logged) == ""
    assert 0 < sum(held) <= 6  # the seal, the event and whose it is, each as touched and as new


def by_hand_value(office: Office, *statements: str) -> list[object]:
    with office.locations.engine() as engine:
        return [row[0] for row in by_hand.run(engine, *statements)[-1]]


def test_the_way_comes_round_to_an_old_row_and_a_row_stays_suspect_until_it_is_right(
    logged: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(logged) == ""
    monkeypatch.setattr(guard, "_ROWS", 100)
    by_hand_value(logged, "UPDATE license SET trade_name = trade_name || 'x' WHERE id = 299", "SELECT 1")
    refusals = [look(logged) for _ in range(60)]
    assert any("license 299 [trade_name] changed" in each for each in refusals)
    found = next(place for place, each in enumerate(refusals) if each)
    assert all(refusals[found:]), "it stays"
    assert "rows_past_programs" in logged.run("publish", exit_code=2).output
    by_hand_value(logged, "UPDATE license SET trade_name = substr(trade_name, 1, length(trade_name) - 1) WHERE id = 299", "SELECT 1")
    assert look(logged) == ""
    assert "log/checkpoint" in logged.run("publish").output


def test_an_act_that_was_read_is_missed_before_it_is_in_any_log(logged: Office) -> None:
    (number,) = by_hand_value(logged, "SELECT number FROM license ORDER BY id LIMIT 1")
    logged.run("license", "revoke", number, "--reason", "x")
    logged.run("publish")
    (newest,) = by_hand_value(logged, "SELECT max(id) FROM act")
    by_hand_value(
        logged,
        f"DELETE FROM act WHERE id = {newest}",
        "DELETE FROM event_actor",
        "DELETE FROM event",
        "UPDATE seal SET status = 0 WHERE status = 1",
        "SELECT 1",
    )
    said = logged.run("publish", exit_code=2).output
    assert f"act {newest} act_removed" in said and "event 1 removed" in said


def test_a_list_with_a_status_of_nobody_is_not_signed_even_where_the_way_is_elsewhere(
    logged: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_ROWS", 0)
    monkeypatch.setattr(guard, "_ROWS_AT_LENGTH", 0)
    (number,) = by_hand_value(logged, "SELECT number FROM license ORDER BY id LIMIT 1")
    logged.run("license", "revoke", number, "--reason", "x")
    logged.run("publish")
    before = (logged.locations.published / "status/1").read_bytes()
    by_hand_value(logged, "UPDATE seal SET status = 0 WHERE status = 1", "UPDATE seal SET status = 2 WHERE id = 200", "SELECT 1")
    said = logged.run("publish", exit_code=2).output
    assert "seal 1 [status] changed" in said and "seal 200 [status] changed" in said
    assert (logged.locations.published / "status/1").read_bytes() == before


def test_an_act_with_a_smaller_id_may_come_later(logged: Office) -> None:
    """Its transaction ended after others that began later."""
    assert look(logged) == ""
    (newest,) = by_hand_value(logged, "SELECT max(id) FROM act")
    assert isinstance(newest, int)
    with logged.locations.engine() as engine, acting.acting("program:x", "x"):
        for id_ in (newest + 3, newest + 1):
            row = {"id": id_, "at": 1, "actor": "program:x", "kind": "x", "salt": bytes(16)}
            with engine.begin() as connection:
                connection.execute(acts.insert().values(row | {"body": bodies.write(Body(1, "program:x", "x", ()))}))
            operations.guard_of(logged.locations, logged.locations.trust()).look(engine, at_length=False)
    with state.opened(logged.locations.store) as kept:
        assert {row[0] for row in kept.replay.file.execute("SELECT id FROM seen")} >= {newest + 1, newest + 3}


def test_a_lost_memory_begins_anew_and_a_damaged_one_is_said(logged: Office) -> None:
    memory = logged.locations.store / state.NAME
    memory.write_bytes(b"nothing of ours" * 100)
    assert "audit_state_damaged" in logged.run("publish", exit_code=2).output
    memory.unlink()
    assert "log/checkpoint" in logged.run("publish").output
    assert memory.stat().st_mode & 0o077 == 0


def test_whoever_issues_with_the_publisher_s_keys_is_held_to_the_same(logged: Office) -> None:
    (number,) = by_hand_value(logged, "SELECT number FROM license ORDER BY id LIMIT 1")
    logged.run("license", "revoke", number, "--reason", "x")
    logged.run("publish")
    by_hand_value(logged, "UPDATE seal SET status = 0 WHERE status = 1", "SELECT 1")
    file, out = logged.write("two.csv", rows(2, first=400)), logged.folder / "out"
    assert "rows_past_programs" in logged.run("issue", file, "--out", out, "--output", "png", exit_code=2).output
    assert not out.exists()
