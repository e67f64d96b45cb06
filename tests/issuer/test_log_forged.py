"""Whoever writes the database beside the publisher gets nothing signed that it did not look at: no fork, no act, no void place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

import published
from acts import bodies
from acts import publishing as acts_in_order
from acts.bodies import Body, Published
from issuer.errors import IssuerError
from issuer.guard import guard as guard_
from issuer.guard import releases
from issuer.guard.guard import Guard
from issuer.log import abreast, stored
from issuer.log.files import entries_in
from issuer.log.ledgers import Acts, Seals
from keys import policy
from seal import leaves
from seal.status import ENTRIES
from tests import by_hand
from tests.issuer import from_before
from tests.issuer.logs import LogHouse, assert_grown, from_folder, read_whole, signers
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows
from tests.issuer.test_act_log import ActHouse, T
from tests.issuer.test_at_once import MANY, hand, issue, opened, put
from tests.issuer.test_held_seals import before, logged, size, tokens_exchanged
from tests.issuer.test_log import held, seal
from transparency.heads import Head

LATER, LATEST = "2026-11-24T13:30:00+00:00", "2026-11-24T14:30:00+00:00"


@pytest.fixture
def house(each_office: Office) -> Office:
    """An office with a log and licenses of one transaction, published."""
    return opened(each_office)


def head_of(folder: Path) -> Head:
    """A published head, whoever signed it."""
    found = stored.read(folder / "checkpoint")
    assert found is not None
    return Head(found.checkpoint, 0, (), frozenset())


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def once_read(monkeypatch: pytest.MonkeyPatch, ledger: type[Seals] | type[Acts], done: Callable[[], object]) -> None:
    """Let something happen once, as soon as the entries under a head were read."""
    entries, left = ledger.entries, [done]

    def then(self: Any, connection: Connection, start: int, end: int) -> Iterator[bytes]:
        yield from entries(self, connection, start, end)
        if left and start == 0:
            left.pop()()

    monkeypatch.setattr(ledger, "entries", then)


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with a second process"])
def test_seals_exchanged_below_the_head_fork_no_log(house: Office, monkeypatch: pytest.MonkeyPatch, shared: bool) -> None:
    """A register that does not know its own head is read as a whole: what is compared with the head is what goes on."""
    monkeypatch.setattr(guard_, "_ROWS_AT_LENGTH", 10)
    monkeypatch.setattr(abreast, "WORTH_SHARING", 1 if shared else 1 << 60)
    folder, good = house.locations.published / "log", logged(house)
    old = head_of(folder)
    issue(house, 1, first=1_000)
    hand(house, "DELETE FROM log_head")
    once_read(monkeypatch, Seals, lambda: tokens_exchanged(house, 7, 8))
    house.run("publish", now=LATER)
    assert size(house) == MANY + 1
    assert_grown(from_folder(folder), old, head_of(folder))
    assert logged(house)[:MANY] == good


def test_acts_exchanged_below_the_head_fork_no_log(each_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    house = ActHouse(each_office)
    house.issue(3)
    house.publish(T)
    house.issue(1)
    old = head_of(house.folder)
    _, good = read_whole(from_folder(house.folder), house.policy)
    hand(each_office, "DELETE FROM log_head")
    moves = ((0, 900_000), (1, 0), (900_000, 1))
    exchanged = [f"UPDATE act SET position = {to} WHERE position = {from_}" for from_, to in moves]
    once_read(monkeypatch, Acts, lambda: hand(each_office, *exchanged))
    house.publish(T + 100)
    assert head_of(house.folder).checkpoint.size > old.checkpoint.size
    assert_grown(from_folder(house.folder), old, head_of(house.folder))
    assert read_whole(from_folder(house.folder), house.policy)[1][: len(good)] == good


@pytest.mark.parametrize("emptied", [False, True], ids=["the folder is there", "the folder was emptied"])
def test_what_is_not_under_the_head_is_not_written_over_what_is_published(
    house: Office, monkeypatch: pytest.MonkeyPatch, emptied: bool
) -> None:
    monkeypatch.setattr(guard_, "_ROWS_AT_LENGTH", 10)
    hand(house, "DELETE FROM log_head")
    log = house.locations.published / "log"
    if emptied:
        for path in (log / "tile").rglob("*"):
            if path.is_file():
                path.unlink()
    before_ = files_of(log)
    tokens_exchanged(house, 37, 38)
    said = house.run("publish", now=LATER, exit_code=2).output
    assert "rows_past_programs" in said or "register_differs_from_log" in said
    assert files_of(log) == before_


def test_a_head_that_does_not_follow_the_last_one_is_not_signed(office: Office) -> None:
    """Whatever went wrong before: the head that is signed is held to the last one, as witnesses do it, by the files that they get."""
    with office.locations.engine(create=True):
        house = LogHouse(office, signers())
    seal(house, 1, 300)
    house.publish(SECONDS + 1)
    note = house.store.read()
    seal(house, 1_000, 300, now=SECONDS + 2)
    turn = house.turn()
    with office.locations.engine() as engine:
        turn.catch_up(engine)
        tile = house.folder / "tile/0/001"
        good = tile.read_bytes()
        tile.write_bytes(good[:32] + bytes(32) + good[64:])
        with pytest.raises(IssuerError, match="log_files_damaged"), engine.begin() as connection:
            turn.sign(connection, SECONDS + 3)
        assert turn.finish() is None
    assert house.store.read() == note
    house.publish(SECONDS + 4)
    assert read_whole(from_folder(house.folder), house.policy)[1] == held(house)


def test_a_published_head_that_the_stored_one_does_not_follow_stops_the_log(office: Office) -> None:
    with office.locations.engine(create=True):
        house = LogHouse(office, signers())
    seal(house, 1, 3)
    house.publish(SECONDS + 1)
    seal(house, 10, 2, now=SECONDS + 2)
    house.publish(SECONDS + 3)
    path = house.folder / "checkpoint"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], b"3", *lines[2:]]))  # the root of 5 as that of 3
    before_ = house.store.read()
    with pytest.raises(IssuerError, match="log_store_conflict"):
        house.publish(SECONDS + 4)
    assert house.store.read() == before_


FORGED = bodies.write(Body(T, acts_in_order.PUBLISHER, acts_in_order.LISTED, (Published("status/1", sha256(b"forged").digest()),)))
SALT = b"s" * bodies.SALT
PLANTED = "INSERT INTO act (at, actor, kind, salt, body, position) VALUES"


def signed_acts(house: ActHouse) -> list[bytes]:
    return [entry for _, some in entries_in(house.folder, head_of(house.folder).checkpoint.size) for entry in some]


def assert_not_signed(house: ActHouse) -> None:
    """The act is in no log, and nothing goes on before it is gone; then the log is that of the acts."""
    entry = bodies.entry(SALT, FORGED)
    assert entry not in signed_acts(house)
    (count,) = hand(house.office, "SELECT count(*) FROM act WHERE kind = 'published'")[0][0]
    assert count == 2, "that was planted"
    assert "act_of_no_publisher" in house.office.run("publish", now=LATER, exit_code=2).output
    assert entry not in signed_acts(house)
    hand(
        house.office,
        f"DELETE FROM act WHERE actor = '{acts_in_order.PUBLISHER}' AND id = (SELECT max(id) FROM act WHERE kind = 'published')",
    )
    (house.office.locations.store / "acts.sqlite").unlink()  # which remembers that it was there
    house.publish(T + 7_200)
    assert read_whole(from_folder(house.folder), house.policy)[1] == house.held()


def test_an_act_that_a_trigger_plants_behind_the_publisher_s_own_is_not_signed(each_office: Office) -> None:
    house = ActHouse(each_office)
    house.issue(3)
    salt, body, name = SALT.hex(), FORGED.hex(), acts_in_order.PUBLISHER
    with each_office.locations.engine() as engine:
        if engine.dialect.name == "sqlite":
            planted = f"{PLANTED} ({T}, '{name}', 'published', x'{salt}', x'{body}', NEW.position + 1)"
            by_hand.run(engine, f"CREATE TRIGGER planted AFTER INSERT ON act WHEN NEW.kind = 'published' BEGIN {planted}; END")
        else:
            planted = f"{PLANTED} ({T}, '{name}', 'published', '\\x{salt}', '\\x{body}', NEW.position + 1)"
            when = f"NEW.kind = 'published' AND NEW.salt <> '\\x{salt}'"
            does = f"BEGIN IF {when} THEN {planted}; END IF; RETURN NEW; END"
            by_hand.run(
                engine,
                f"CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ {does} $$",
                "CREATE TRIGGER planted AFTER INSERT ON act FOR EACH ROW EXECUTE FUNCTION planted()",
            )
        house.publish(T)
        by_hand.run(engine, "DROP TRIGGER planted" + ("" if engine.dialect.name == "sqlite" else " ON act"))
    assert_not_signed(house)


def published_with(house: ActHouse, monkeypatch: pytest.MonkeyPatch, done: Callable[[Acts, Connection], None]) -> None:
    """Publish, where somebody does this once the acts have their places and before they are signed."""
    settle = Acts.settle

    def settled(self: Acts, connection: Connection, *words: Any) -> Any:
        end = settle(self, connection, *words)
        done(self, connection)
        return end

    with monkeypatch.context() as patch:
        patch.setattr(Acts, "settle", settled)
        house.publish(T)


def test_an_act_that_is_planted_while_the_publisher_signs_is_not_signed(each_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """By somebody who takes no lock of ours: on SQLite, where a transaction keeps all others out, by the same connection."""
    house = ActHouse(each_office)
    house.issue(3)

    def plant(self: Acts, connection: Connection) -> None:
        values = (T, acts_in_order.PUBLISHER, "published", SALT, FORGED, max(each.place for each in self.listed.values()) + 1)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"{PLANTED} (?, ?, ?, ?, ?, ?)", values)
        else:
            with each_office.locations.engine() as engine:
                put(engine, f"{PLANTED} (?, ?, ?, ?, ?, ?)", *values)

    published_with(house, monkeypatch, plant)
    assert_not_signed(house)


def test_acts_that_are_changed_meanwhile_are_signed_as_they_were_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    house = ActHouse(office)
    house.issue(3)

    def change(_: Acts, connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE act SET body = ?, salt = ? WHERE position = 1", (FORGED, SALT))

    published_with(house, monkeypatch, change)
    assert bodies.entry(SALT, FORGED) not in signed_acts(house)
    assert "rows_past_programs" in office.run("publish", now=LATER, exit_code=2).output


def test_places_that_nobody_got_are_not_signed(house: Office) -> None:
    for used in ("used + 10", str(ENTRIES)):
        hand(house, f"UPDATE status_list SET used = {used}")
        for words in (("publish",), ("issue", house.write("more.csv", rows(1, first=900)), "--no-output")):
            said = house.run(*words, exit_code=2).output
            assert "positions_without_seals" in said and f"{MANY}-" in said and "لم تأخذها" in said
        hand(house, f"UPDATE status_list SET used = {MANY}")
    assert size(house) == MANY
    issue(house, 1, first=1_000)
    house.run("publish", now=LATER)
    assert logged(house)[MANY:] != [leaves.VOID] and size(house) == MANY + 1


@pytest.mark.parametrize("used", ["used + 10", str(ENTRIES)])
def test_places_that_are_given_for_a_moment_are_not_signed(house: Office, monkeypatch: pytest.MonkeyPatch, used: str) -> None:
    """Given while the guard looks, and taken back before anybody else counts."""
    with monkeypatch.context() as patch:
        before(patch, Guard, "look", lambda: hand(house, f"UPDATE status_list SET used = {used}"))
        said = house.run("publish", now=LATER, exit_code=2).output
        assert "positions_without_seals" in said and f"{MANY}-" not in said
    hand(house, f"UPDATE status_list SET used = {MANY}")
    assert size(house) == MANY
    issue(house, 1, first=1_000)
    house.run("publish", now=LATEST)
    assert size(house) == MANY + 1


def test_a_list_of_before_may_be_void_where_nobody_got_a_place(each_office: Office) -> None:
    """Its places were drawn at random; it is closed, and comes into the log as a whole, also where no other list was begun."""
    from_before.lay(each_office, 5)
    each_office.run("database", "upgrade", now=None, keys=False)
    each_office.run("audit", "begin", now=None, keys=False)
    custody = each_office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    published.write(each_office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60)})
    releases.release(each_office.locations.store, releases.of_file(b"f" * 32))
    each_office.run("publish")
    assert logged(each_office).count(leaves.VOID) == ENTRIES - 5
    issue(each_office, 2, first=500)
    hand(each_office, "UPDATE status_list SET used = used + 3 WHERE number = 2")
    assert "positions_without_seals" in each_office.run("publish", now=LATER, exit_code=2).output
    hand(each_office, "UPDATE status_list SET used = used - 3 WHERE number = 2")
    each_office.run("publish", now=LATER)
    assert size(each_office) == ENTRIES + 2
