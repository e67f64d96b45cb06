"""Rows that were issued at once are held at once, and nothing that was found one by one is missed; nor what was missed then."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Engine, select

import published
from acts import at_once, audit, bodies, guarded
from acts.bodies import Body, Columns
from acts.replay import Whole
from acts.tables import acts
from issuer import operations
from issuer.errors import IssuerError
from issuer.guard import guard
from issuer.log import ledgers
from issuer.register import issuing, positions
from issuer.register.tables import licenses, seals
from keys import policy
from tests import by_hand
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows

MANY = 40
TABLES = {table.name: table for table in (licenses, seals)}


@pytest.fixture
def house(each_office: Office) -> Office:
    """An office with a log; its licenses were issued in one transaction, and published."""
    return opened(each_office)


def opened(office: Office, many: int = MANY) -> Office:
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60)})
    issue(office, many)
    office.run("publish")
    return office


def issue(office: Office, count: int, first: int = 1) -> None:
    office.run("issue", office.write(f"from-{first}.csv", rows(count, first=first)), "--no-output")


def look(office: Office) -> str:
    """What the publisher refuses when it goes over all rows, "" for nothing."""
    with office.locations.engine() as engine:
        for _ in range(2):  # to the end, and once more from the beginning
            try:
                operations.guard_of(office.locations, office.locations.trust()).look(engine, at_length=True)
            except IssuerError as error:
                return str(error)
    return ""


def hand(office: Office, *statements: str) -> list[list[Any]]:
    with office.locations.engine() as engine:
        return by_hand.run(engine, *statements)


def put(engine: Engine, statement: str, *values: object) -> None:
    """Write past the programs, in words of one's own; each ? is a value."""
    driver = engine.raw_connection()
    try:
        driver.cursor().execute(statement if engine.dialect.name == "sqlite" else statement.replace("?", "%s"), values)
        driver.commit()
    finally:
        driver.close()


def number_of(office: Office, id_: int) -> str:
    return str(hand(office, f"SELECT number FROM license WHERE id = {id_}")[0][0][0])


@pytest.fixture
def by_itself(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many rows of each table are held one by one."""
    counted, whole = Counter[str](), audit.hold_rows

    def hold_rows(connection, replay, table, there, derivation):  # type: ignore[no-untyped-def]
        counted[table.table.name] += len(there)
        return whole(connection, replay, table, there, derivation)

    monkeypatch.setattr(audit, "hold_rows", hold_rows)
    return counted


def test_rows_that_nobody_touched_are_not_taken_apart(each_office: Office, by_itself: Counter[str]) -> None:
    house = opened(each_office)
    assert look(house) == ""
    assert (by_itself["license"], by_itself["seal"]) == (0, 0)
    assert "0 findings" in house.run("audit", "verify", now=None).output
    assert (by_itself["license"], by_itself["seal"]) == (0, 0)


def test_what_programs_changed_since_is_held_by_itself_and_the_rest_at_once(house: Office, by_itself: Counter[str]) -> None:
    house.run("license", "suspend", number_of(house, 7), "--reason", "visit")
    corrected = ("license", "replace", number_of(house, 9), "--reason", "sold", "--holder", "ليلى منصور", "--out", house.folder / "out")
    house.run(*corrected)
    house.run("publish")
    by_itself.clear()
    assert "0 findings" in house.run("audit", "verify", now=None).output
    assert by_itself["license"] <= 2
    assert by_itself["seal"] <= 4  # the suspended one, the replaced one, the one in its place


def other(value: object) -> object:
    """Another value of the same kind."""
    match value:
        case str():
            return value[:-1] + ("x" if value[-1:] != "x" else "y")
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 0x80])
        case int():
            return value + 1_000
        case float():
            return value + 2**-40
    return "2030-01-01"


CHANGES = [(name, column.name) for name, table in TABLES.items() for column in table.columns if column.name not in ("id", "license_id")]


def assert_each_change_is_found(house: Office) -> None:
    with house.locations.engine() as engine:
        for name, column in CHANGES:
            ((value,),) = by_hand.run(engine, f"SELECT {column} FROM {name} WHERE id = 7")[0]
            value = bytes(value) if isinstance(value, memoryview) else value
            put(engine, f"UPDATE {name} SET {column} = ? WHERE id = 7", other(value) if column not in ("edition", "list", "status") else 2)
            said = look(house)
            assert "rows_past_programs" in said, (name, column)
            assert f"{name} 7" in said or "license 7" in said, (name, column, said)
            assert f"{name} 8" not in said, "of which it is told"
            put(engine, f"UPDATE {name} SET {column} = ? WHERE id = 7", value)
            assert look(house) == "", (name, column)


def test_each_column_of_each_row_is_held(house: Office) -> None:
    assert_each_change_is_found(house)


def test_acts_of_before_hold_what_they_held(each_office: Office, monkeypatch: pytest.MonkeyPatch, by_itself: Counter[str]) -> None:
    """They say nothing of columns."""
    with monkeypatch.context() as patch:
        patch.setattr(issuing, "made_seals", lambda *_: [])
        house = opened(each_office)
    assert not [row for row in told(house) if isinstance(row, Columns)]
    assert by_itself["license"] >= MANY
    assert_each_change_is_found(house)
    issue(house, MANY, first=100)
    house.run("publish")
    assert "0 findings" in house.run("audit", "verify", now=None).output


def told(house: Office) -> list[bodies.Touched]:
    with house.locations.engine() as engine, engine.connect() as connection:
        return [row for body in connection.scalars(select(acts.c.body).order_by(acts.c.id)) for row in bodies.read(body).rows]


SWAP_IDS = (
    "UPDATE seal SET id = 900005 WHERE id = 5",
    "UPDATE seal SET id = 5 WHERE id = 6",
    "UPDATE seal SET id = 6 WHERE id = 900005",
    "UPDATE seal SET status = 0 WHERE id = 6",
    "UPDATE seal SET status = 2 WHERE id = 5",
)
SWAP_PLACES = (
    "UPDATE seal SET idx = 60005 WHERE id = 5",
    "UPDATE seal SET idx = 4 WHERE id = 6",
    "UPDATE seal SET idx = 5 WHERE id = 5",
)
SWAP_LICENSES = ("UPDATE seal SET license_id = 11 - license_id WHERE id IN (5, 6)",)
NEW_ID = ("UPDATE seal SET id = 900005, status = 0 WHERE id = 5",)
BELOW = ("UPDATE seal SET id = -id, status = 0 WHERE id = 5",)
ALL_BELOW = ("UPDATE seal SET id = -id, status = 0",)
WRITTEN_OVER = ("UPDATE seal SET idx = 4 - 65536 WHERE id = 6",)
STATEMENTS = {
    **{"ids": SWAP_IDS, "places": SWAP_PLACES, "licenses": SWAP_LICENSES, "a new id": NEW_ID},
    **{"an id below": BELOW, "all ids below": ALL_BELOW, "a place before the first": WRITTEN_OVER},
}


@pytest.mark.parametrize("statements", STATEMENTS.values(), ids=STATEMENTS)
@pytest.mark.parametrize("once", [True, False], ids=["made at once", "one by one"])
def test_no_seal_takes_the_place_of_one_that_was_revoked(
    each_office: Office, monkeypatch: pytest.MonkeyPatch, statements: Sequence[str], once: bool
) -> None:
    """Acts say of a seal by its id that it is revoked: whoever exchanges ids, or all else, revives it. Seen before a list is signed,
    wherever the way over all rows just is."""
    house = opened(each_office, 1 if not once else 256)  # 256: who goes on with a log looks at the entries that fill no tile
    if not once:
        for first in range(2, 8):
            issue(house, 1, first=first)
        issue(house, 249, first=8)
        house.run("publish")
    monkeypatch.setattr(guard, "_ROWS", 0)
    monkeypatch.setattr(guard, "_ROWS_AT_LENGTH", 0)
    house.run("license", "suspend", number_of(house, 5), "--reason", "x")
    house.run("publish")
    assert hand(house, "SELECT id, idx, status FROM seal WHERE id IN (5, 6) ORDER BY id")[0] == [(5, 4, 2), (6, 5, 0)]
    before = (house.locations.published / "status/1").read_bytes()
    hand(house, *statements)
    assert "rows_past_programs" in house.run("publish", exit_code=2).output
    assert (house.locations.published / "status/1").read_bytes() == before


def test_a_later_seal_does_not_stand_in_for_one_that_was_suspended(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for id_ in (9, 10):
        corrected = "--reason", "sold", "--holder", "ليلى منصور", "--out", house.folder / "out"
        house.run("license", "replace", number_of(house, id_), *corrected)
    house.run("license", "suspend", number_of(house, 9), "--reason", "x")
    house.run("publish")
    monkeypatch.setattr(guard, "_ROWS", 0)
    monkeypatch.setattr(guard, "_ROWS_AT_LENGTH", 0)
    (suspended, other_) = (row[0] for row in hand(house, "SELECT id, status FROM seal WHERE edition = 1 ORDER BY id")[0])
    before = (house.locations.published / "status/1").read_bytes()
    moves = ((suspended, 900_000), (other_, suspended), (900_000, other_))
    exchanged = [f"UPDATE seal SET id = {to} WHERE id = {from_}" for from_, to in moves]
    hand(house, *exchanged, f"UPDATE seal SET status = 2 WHERE id = {suspended}", f"UPDATE seal SET status = 0 WHERE id = {other_}")
    assert "rows_past_programs" in house.run("publish", exit_code=2).output
    assert (house.locations.published / "status/1").read_bytes() == before


@pytest.mark.parametrize("id_", [-1, (1 << 63) - 1, 1 << 62])
def test_where_a_planted_row_disturbs_the_numbers_of_seals_nothing_is_sealed(house: Office, id_: int) -> None:
    """No act could say then which seal is whose. PostgreSQL refuses a seal without a license."""
    with house.locations.engine() as engine:
        if engine.dialect.name != "sqlite":
            return
        columns = "edition, kid, iat, list, status, token"
        values = id_, MANY + (1 if id_ < 0 else 900), 9_000, b"12345678"
        with closing(sqlite3.connect(str(engine.url.database))) as file:  # which asks for no license behind it
            planted = f"INSERT INTO seal (id, license_id, idx, cti, {columns}) SELECT ?, ?, ?, ?, {columns} FROM seal WHERE id = 7"
            file.execute(planted, values)
            file.commit()
    refused = house.run("issue", house.write("more.csv", rows(20, first=200)), "--no-output", exit_code=2)
    assert "seals_out_of_order" in refused.output
    assert hand(house, "SELECT count(*) FROM license")[0] == [(MANY,)]
    hand(house, "DELETE FROM seal WHERE idx = 9000")
    issue(house, 20, first=200)
    assert look(house) == ""


def test_rows_beside_those_that_were_made_are_found(house: Office) -> None:
    columns = "license_id, edition, kid, iat, list, status, token"
    for id_ in (None, -7, 900_000):
        with house.locations.engine() as engine:
            names = f"{columns}, idx, cti{', id' if id_ else ''}"
            values = [9_000, b"12345678", *([id_] if id_ else [])]
            put(engine, f"INSERT INTO seal ({names}) SELECT {columns}, {', '.join('?' * len(values))} FROM seal WHERE id = 7", *values)
        said = look(house)
        assert f"seal {id_ or ''}" in said and "slipped_in" in said
        hand(house, "DELETE FROM seal WHERE idx = 9000")
        assert look(house) == ""
    hand(house, "DELETE FROM seal WHERE id = 7")
    assert "license 7" in look(house)
    hand(house, "DELETE FROM license WHERE id = 7")
    assert "license 7 removed" in look(house)


@pytest.mark.parametrize("value", ["'x'", "x''"])
@pytest.mark.parametrize("column", ["status", "idx", "list", "edition", "license_id", "iat"])
def test_a_value_of_another_kind_is_no_fault_of_the_publisher(
    office: Office, monkeypatch: pytest.MonkeyPatch, column: str, value: str
) -> None:
    """SQLite takes anything in any column of whoever writes past its checks."""
    house = opened(office)
    with house.locations.engine() as engine:
        try:
            by_hand.run(engine, "PRAGMA foreign_keys=OFF", f"UPDATE seal SET {column} = {value} WHERE id = 7")
        except Exception as error:  # noqa: BLE001 - whatever the driver says
            assert "NOT NULL" in str(error)
            return
    monkeypatch.setattr(guard, "_ROWS", 0)
    monkeypatch.setattr(guard, "_ROWS_AT_LENGTH", 0)
    if column != "iat":
        said = house.run("publish", exit_code=2).output
        assert "rows_past_programs" in said or "register_differs_from_log" in said
    monkeypatch.undo()
    assert "rows_past_programs" in house.run("publish", exit_code=2).output


def test_what_an_act_says_of_rows_that_it_did_not_make_is_not_believed(house: Office) -> None:
    """Somebody changes a row and inserts an act of columns beside it."""
    hand(house, "UPDATE license SET trade_name = 'ملهى' WHERE id = 7")
    salt, table = bytes(16), guarded.of(licenses)
    assert table is not None
    with house.locations.engine() as engine, engine.begin() as connection:
        columns = at_once.whole_columns(connection, table, Whole(1, MANY, b"", {}))
        held = {name: bodies.digest_of_column(salt, "license", name, values) for name, values in columns.items()}
        body = Body(SECONDS, "program:tests", "test", (Columns("license", 1, MANY, held),))
        row = {"at": body.at, "actor": body.actor, "kind": body.kind, "salt": salt, "body": bodies.write(body)}
        connection.execute(acts.insert().values(row))
    assert "license 7 [trade_name] changed" in look(house)


def test_an_erasure_blesses_nothing_and_what_comes_after_it_is_held(house: Office) -> None:
    house.run("license", "suspend", number_of(house, 5), "--reason", "x")
    erase = ("audit", "erase", number_of(house, 5), "--reason", "asked for")
    hand(house, "UPDATE seal SET status = 2 WHERE id = 9")
    assert "erase_found" in house.run(*erase, exit_code=2).output
    hand(house, "UPDATE seal SET status = 0 WHERE id = 9")
    digests = {digest for row in told(house) if isinstance(row, Columns) for digest in row.columns.values()}
    house.run(*erase)
    left = [row for row in told(house) if isinstance(row, Columns)]
    assert digests
    assert digests.isdisjoint({digest for row in left for digest in row.columns.values()}), "nobody can confirm a guess by them"
    house.run("publish")
    house.run("license", "suspend", number_of(house, 8), "--reason", "x")
    house.run("publish")
    assert "0 findings" in house.run("audit", "verify", now=None).output
    hand(house, "UPDATE seal SET status = 0 WHERE id = 8")
    assert "seal 8 [status] changed" in house.run("publish", exit_code=2).output
    hand(house, "UPDATE seal SET status = 2 WHERE id = 8", "UPDATE license SET line = 77 WHERE id = 3")
    assert "license 3" in look(house)


def test_a_seal_that_is_a_good_one_of_another_license_is_none_of_this_one(house: Office) -> None:
    """All that a seal's row says agrees with its token: only the act of its license knows another one."""
    issue(house, 1, first=100)
    taken = "edition, cti, kid, iat, list, idx, status, token"
    values = hand(house, f"SELECT {taken} FROM seal WHERE id = {MANY + 1}")[0][0]
    hand(house, f"DELETE FROM seal WHERE id = {MANY + 1}")
    with house.locations.engine() as engine:
        changes = ", ".join(f"{name} = ?" for name in taken.split(", "))
        put(engine, f"UPDATE seal SET {changes} WHERE id = 7", *values)
    said = look(house)
    assert "license 7 [" in said
    assert f"license {MANY + 1} slipped_in" in said


def test_a_batch_whose_places_are_in_two_lists_is_held(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    hand(house, "UPDATE status_list SET used = 65516 WHERE number = 1")
    with monkeypatch.context() as patch:  # as where somebody signed all the void places before
        patch.setattr(positions, "_end", lambda _, following: following)
        patch.setattr(ledgers, "refuse_void", lambda *_: None)
        issue(house, MANY, first=100)
        house.run("publish")
    assert hand(house, "SELECT list, count(*) FROM seal GROUP BY list ORDER BY list")[0] == [(1, MANY + 20), (2, 20)]
    monkeypatch.setattr(guard, "_ROWS", 0)
    monkeypatch.setattr(guard, "_ROWS_AT_LENGTH", 0)
    hand(house, "UPDATE seal SET status = 2 WHERE list = 2 AND idx = 3")
    assert "rows_past_programs" in house.run("publish", exit_code=2).output


def test_the_act_of_an_issue_is_shown_of_its_seals(house: Office) -> None:
    shown = house.run("audit", "show", "seal", "7", now=None).output
    assert "issue" in shown and sha256(shown.encode()) != sha256(b"")


def test_columns_are_told_apart_whatever_is_in_them() -> None:
    apart: Sequence[Sequence[Any]] = [
        *([], [None], [None, None], [0], [0.0], [-0.0], [False], ["0"], [b"0"], [""], [b""], ["", ""], [b"", b""]),
        *(["ab", "c"], ["a", "bc"], [b"ab", b"c"], [b"a", b"bc"], ["abc"], [1, 23], [12, 3], [1, None], [None, 1], [1, "1"], ["1", 1]),
        *([1 << 62], [1 << 63], [-1 << 63], [1, 1 << 70], [0, None], [None, 0], ["é"], ["e\u0301"], [True, 1], [1, True], [1.0, 1]),
    ]
    assert len({bodies.of_column(values) for values in apart}) == len(apart)


def test_bodies_with_columns_are_read_back_and_damaged_ones_refused() -> None:
    body = Body(1, "a", "k", (bodies.Batch("license", 1, bytes(16)), Columns("seal", 5, 2, {"id": b"12345678"}), Columns("x", 1, 2, {})))
    assert bodies.read(bodies.write(body)) == body
    assert bodies.without_digests(body, bytes(32)).rows[1] == Columns("seal", 5, 2, {})
    good: Mapping[str, Any] = {"table": "seal", "first": 5, "many": 2, "columns": {"id": b"12345678"}}
    wrong = [("table", 5), ("first", 0), ("first", -1), ("first", True), ("first", 1 << 62), ("many", 0), ("many", "2"), ("many", 3)]
    wrong.append(("many", 1 << 61))  # thirty octets for as many rows as there are stars
    for name, value in [*wrong, ("columns", {"id": b"1"}), ("columns", {5: b"12345678"}), ("columns", None), ("columns", [])]:
        written = bodies.write(Body(1, "a", "k", (Columns(**{**good, "columns": {}}),)))
        given = {**good, name: value}
        row = ["columns", [given["table"], given["first"], given["many"]], given["columns"]]
        damaged = bodies.cbor.encode([1, "a", "k", [["license", [1], bytes(16)], row]])
        assert damaged != written
        with pytest.raises(bodies.ActError, match="act_damaged"):
            bodies.read(damaged)
