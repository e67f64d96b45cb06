"""What comes into the log is what the guard held: whatever becomes of the rows between its look and the signature."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

import published
from issuer import operations
from issuer.guard import apart, releases
from issuer.guard.guard import Guard
from issuer.log import held
from issuer.log.both import Logs
from issuer.log.files import entries_in
from issuer.register import positions, publishing
from keys import policy
from seal import log_packs
from storage.database import reading
from tests import by_hand
from tests.issuer.offices import PASSPHRASE, SECONDS, Office
from tests.issuer.test_at_once import MANY, hand, issue, look, put
from transparency import checkpoints, notes

TOGETHER = 3


@pytest.fixture
def house(each_office: Office) -> Office:
    """An office with a log and licenses in three transactions, none of which is published."""
    return unpublished(each_office)


def unpublished(each_office: Office) -> Office:
    custody = each_office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    lists = {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60)}
    published.write(each_office.locations.published, lists)
    for number in range(TOGETHER):
        issue(each_office, MANY, first=1 + number * 100)
    return each_office


def size(house: Office) -> int:
    """How many seals the published log has, 0 without one."""
    path = house.locations.published / "log/checkpoint"
    return checkpoints.parse(notes.parse(path.read_bytes()).text).size if path.exists() else 0


def logged(house: Office) -> list[bytes]:
    return [entry for _, some in entries_in(house.locations.published / "log", size(house)) for entry in some]


def stored(house: Office) -> list[bytes]:
    """The entries of the register's rows as they are."""
    with house.locations.engine() as engine, reading(engine) as connection:
        return list(positions.entries(connection, 0, positions.following(connection)))


def tokens_exchanged(house: Office, one: int, other: int) -> None:
    """Whoever writes the database lets each of two rows have the other's token."""
    with house.locations.engine() as engine:
        read = {id_: by_hand.run(engine, f"SELECT token FROM seal WHERE id = {id_}")[0][0][0] for id_ in (one, other)}
        put(engine, "UPDATE seal SET token = ? WHERE id = ?", bytes(read[one]), other)
        put(engine, "UPDATE seal SET token = ? WHERE id = ?", bytes(read[other]), one)


def before(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, done: Callable[[], object]) -> None:
    """Let something happen once, just before a step of the publisher."""
    step, left = getattr(owner, name), [done]

    def after_it(*words: Any, **named: Any) -> Any:
        if left:
            left.pop()()
        return step(*words, **named)

    monkeypatch.setattr(owner, name, after_it)


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with a second process"])
def test_a_token_planted_after_the_look_is_not_signed(house: Office, monkeypatch: pytest.MonkeyPatch, shared: bool) -> None:
    monkeypatch.setattr(apart, "WORTH_SHARING", 1 if shared else 1 << 60)
    good = stored(house)
    before(monkeypatch, Logs, "catch_up", lambda: tokens_exchanged(house, 7, 8))
    house.run("publish")
    assert logged(house) == good
    assert stored(house) != good, "that was planted"
    assert "seal 7" in look(house)

    # The same of what came in since, of which only a few are held.
    tokens_exchanged(house, 7, 8)
    assert look(house) == ""
    issue(house, 5, first=700)
    good = stored(house)
    before(monkeypatch, Logs, "catch_up", lambda: tokens_exchanged(house, TOGETHER * MANY + 1, TOGETHER * MANY + 2))
    said = house.run("publish", now="2026-11-24T13:30:00+00:00", exit_code=2).output  # by the packs, behind the log
    assert "register_differs_from_log" in said and f"position {TOGETHER * MANY}" in said
    assert len(good) == TOGETHER * MANY + 5
    assert logged(house) == good


def test_packs_are_made_of_what_is_in_the_log(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    before(monkeypatch, operations.LogPacks, "round", lambda: tokens_exchanged(house, 7, 8))
    house.run("publish")
    log = house.locations.published / "log"
    found: dict[int, bytes] = {}
    for path in log.glob("pack/*/0.p/*"):
        rows = log_packs.from_bytes(path.read_bytes(), int(path.name))
        found |= {position: rows.prefix(place) for place, position in enumerate(rows.positions)}
    assert found == {place: held.leaves_of([entry])[0][: log_packs.PREFIX_BYTES] for place, entry in enumerate(logged(house))}


def test_of_more_than_are_kept_the_digest_is(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "KEPT_MOST", MANY)
    good = stored(house)
    before(monkeypatch, Logs, "catch_up", lambda: tokens_exchanged(house, 2 * MANY + 7, 2 * MANY + 8))
    refused = house.run("publish", exit_code=2).output
    assert "rows_past_programs" in refused and "log 80-119" in refused
    assert size(house) == 0 and not (house.locations.published / "status").exists()
    tokens_exchanged(house, 2 * MANY + 7, 2 * MANY + 8)
    house.run("publish")
    assert logged(house) == good


def test_a_seal_at_a_place_that_nobody_held_is_not_signed(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the last look, in the writers' turn: PostgreSQL lets in whoever asks for no turn."""
    planted: list[str] = []

    def plant() -> None:
        columns = "edition, kid, iat, list, status, token"
        try:
            with house.locations.engine() as engine:
                put(
                    engine,
                    f"INSERT INTO seal (license_id, idx, cti, {columns}) SELECT license_id, ?, ?, {columns} FROM seal WHERE id = 7",
                    TOGETHER * MANY,
                    b"12345678",
                )
                put(engine, "UPDATE status_list SET used = used + ?", 1)
            planted.append("")
        except Exception as error:  # noqa: BLE001 - the driver's own
            planted.append(str(error))

    monkeypatch.setattr("storage.postgresql.BUSY_SECONDS", 1)  # of who waits in vain
    before(monkeypatch, publishing, "publishing_time", plant)
    if "sqlite" in house.register or "://" not in house.register:
        house.run("publish")
        assert planted and "locked" in planted[0]
        assert size(house) == TOGETHER * MANY
        return
    assert f"log {TOGETHER * MANY}" in house.run("publish", exit_code=2).output
    assert planted == [""]
    assert size(house) == 0 and not (house.locations.published / "status").exists()


def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the other process share each look, and have said what it holds before this one asks."""
    monkeypatch.setattr(apart, "WORTH_SHARING", 1)
    asked = apart.Elsewhere.__call__

    def waiting(self: apart.Elsewhere, table: str, whole: Any) -> bool:
        for child in apart.multiprocessing.active_children():
            for _ in range(2_000):
                if asked(self, table, whole) or not child.is_alive():
                    break
                child.join(0.02)
        return asked(self, table, whole)

    monkeypatch.setattr(apart.Elsewhere, "__call__", waiting)


def test_who_is_released_is_read_where_it_was_held(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that nobody released: its licenses say another one while the publisher begins to look, and are what they were while they are
    held by the other process."""
    heard(monkeypatch)
    sources = [bytes(row[0]) for row in hand(house, f"SELECT source FROM license WHERE id IN (1, {MANY + 1}) ORDER BY id")[0]]
    (house.locations.store / releases.FOLDER / releases.of_file(sources[1])).unlink()

    def say(source: bytes) -> None:
        with house.locations.engine() as engine:
            put(engine, "UPDATE license SET source = ? WHERE id > ? AND id <= ?", source, MANY, 2 * MANY)

    assert "approval_missing" in house.run("publish", exit_code=2).output
    (house.locations.store / "acts.sqlite").unlink()
    say(sources[0])
    before(monkeypatch, Guard, "_go_on", lambda: say(sources[1]))
    said = house.run("publish", exit_code=2).output
    assert "approval_missing" in said or "rows_past_programs" in said
    assert size(house) == 0


def _hangs(*_: object) -> None:
    time.sleep(600)


def _hears_nothing(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def _raves(_: object, __: object, pipe: Any) -> None:
    pipe.send((1, 2))


def _babbles(_: object, __: object, pipe: Any) -> None:
    pipe.send_bytes(b"\x80\x05no pickle")


def _breaks_off(_: object, __: object, pipe: Any) -> None:
    os.write(pipe.fileno(), b"\0\0\xff\xffbegun")
    time.sleep(600)


@pytest.mark.parametrize("body", [_hangs, _hears_nothing, _raves, _babbles, _breaks_off])
def test_whatever_the_other_process_does_all_is_held_here(
    office: Office, monkeypatch: pytest.MonkeyPatch, body: Callable[..., None]
) -> None:
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60)})
    issue(office, MANY)
    monkeypatch.setattr(apart, "WORTH_SHARING", 1)
    monkeypatch.setattr(apart, "_END_SECONDS", 0.5)
    monkeypatch.setattr(apart, "_hold", body)
    good = stored(office)
    with office.locations.engine() as engine:
        put(engine, "UPDATE seal SET iat = iat + ? WHERE id = 7", 1)
        assert "seal 7 [iat]" in office.run("publish", exit_code=2).output
        put(engine, "UPDATE seal SET iat = iat - ? WHERE id = 7", 1)
    assert size(office) == 0
    office.run("publish")
    assert logged(office) == good
    assert not apart.multiprocessing.active_children()
