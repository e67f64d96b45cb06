"""Whatever is written to a guarded table leaves one act for its transaction, with the rows and the columns that changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, bindparam, delete, event, insert, select, text, update

from accounts.tables import accounts, attempts, roles
from acts import acting, bodies, genesis
from acts.bodies import Body, Change
from acts.errors import ActError
from acts.tables import acts
from issuer.register.tables import held
from office.database import open_register
from office.payments.tables import bills, charges, lines, receipts
from storage import counters, postgresql
from storage.once import insert_once
from tests import by_hand

BILL = {"subject": "A-1", "authority": "ALX1", "piastres": 500, "sample": False, "digest": bytes(32), "state": "open", "opened_at": 5}
LINE = {"rule": "fee", "version": "1", "name_ar": "رسم", "name_en": "Fee", "quantity": "", "piastres": 500, "sample": False}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = open_register(database_url)
    yield made
    made.dispose()


def told(engine: Engine) -> list[Body]:
    """The acts, the oldest first, but for the one that the record began with."""
    with engine.connect() as connection:
        found = connection.execute(select(acts).order_by(acts.c.id)).all()
    read = [bodies.read(row.body) for row in found]
    assert [(row.at, row.actor, row.kind) for row in found] == [body[:3] for body in read]
    assert all(len(row.salt) == bodies.SALT for row in found)
    assert len({row.salt for row in found}) == len(found)
    return [body for body in read if body.kind != genesis.BEGUN]


def changes(body: Body) -> dict[tuple[str, Any], set[str] | None]:
    """Which columns of which rows an act says to have changed; None for a row that is gone."""
    assert all(isinstance(row, Change) for row in body.rows)
    return {(row.table, *row.key): None if row.columns is None else set(row.columns) for row in body.rows}  # type: ignore[union-attr]


def bill(connection: Connection, **values: Any) -> int:
    return int(connection.execute(bills.insert().values({**BILL, **values}).returning(bills.c.id)).scalar_one())


def account(connection: Connection, name: str) -> int:
    row = {"name": name, "display": name, "totp_step": 0, "made_at": 1}
    return int(connection.execute(accounts.insert().values(row)).inserted_primary_key[0])


def test_a_transaction_leaves_one_act_with_all_its_rows(engine: Engine) -> None:
    with engine.begin() as connection:
        id_ = bill(connection)
        connection.execute(lines.insert(), [{"bill_id": id_, "place": place, **LINE} for place in (0, 1)])
    with engine.begin() as connection:
        connection.execute(update(bills).where(bills.c.id == id_).values(state="paid", closed_at=9))
        connection.execute(update(bills).where(bills.c.id == id_).values(opened_at=6))
    made, paid = told(engine)
    assert (made.actor, made.kind) == ("program:tests", "test")
    whole = {column.name for column in lines.columns}
    assert changes(made) == {("bill", id_): {c.name for c in bills.columns}, ("bill_line", id_, 0): whole, ("bill_line", id_, 1): whole}
    assert changes(paid) == {("bill", id_): {"state", "closed_at", "opened_at"}}


def test_digests_are_of_what_the_database_holds(engine: Engine) -> None:
    with engine.begin() as connection:
        id_ = bill(connection)
        kept = {"identity": b"i" * 32, "source": bytes(32), "line": 3, "twin": "", "row": {"اسم": [1.5, None]}, "at": 7}
        connection.execute(held.insert().values(kept))
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM held")).one()._mapping
        salt = connection.scalar(select(acts.c.salt).order_by(acts.c.id.desc()).limit(1)) or b""
    (body,) = told(engine)
    (found,) = [each for each in body.rows if isinstance(each, Change) and each.table == "held"]
    assert found.columns == {name: bodies.digest(salt, name, value) for name, value in row.items()}
    (of_bill,) = [each for each in body.rows if isinstance(each, Change) and each.table == "bill"]
    assert of_bill.columns is not None
    assert of_bill.columns["sample"] == bodies.digest(salt, "sample", False), f"bill {id_}: a boolean is one on both databases"


def test_what_changes_nothing_or_is_not_guarded_leaves_no_act(engine: Engine) -> None:
    with engine.begin() as connection:
        id_ = bill(connection)
        account_id = account(connection, "mona")
    before = len(told(engine))
    with engine.begin() as connection:
        connection.execute(update(bills).where(bills.c.id == id_).values(state="open"))
        connection.execute(update(bills).where(bills.c.id == id_ + 1).values(state="paid"))
        connection.execute(update(accounts).where(accounts.c.id == account_id).values(totp_step=77))
        connection.execute(attempts.insert().values(subject=bytes(32), made=1, last_at=1, until=0))
        gone = bill(connection, subject="A-2")
        connection.execute(delete(bills).where(bills.c.id == gone))
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        bill(connection, subject="A-3")
        raise ZeroDivisionError
    assert len(told(engine)) == before


def test_a_deletion_names_each_row(engine: Engine) -> None:
    with engine.begin() as connection:
        id_ = account(connection, "mona")
        connection.execute(roles.insert(), [{"account_id": id_, "authority": "*", "role": role} for role in ("clerk", "cashier")])
    with engine.begin() as connection:
        connection.execute(roles.delete().where(roles.c.account_id == id_))
    assert changes(told(engine)[-1]) == {("account_role", id_, "*", "clerk"): None, ("account_role", id_, "*", "cashier"): None}


def test_an_update_of_rows_that_no_key_names_is_found_by_its_condition(engine: Engine) -> None:
    with engine.begin() as connection:
        ids = [bill(connection, subject=f"A-{number}", piastres=number) for number in range(4)]
    with engine.begin() as connection:
        connection.execute(update(bills).where(bills.c.piastres >= bindparam("least")).values(state="cancelled"), {"least": 2})
    assert changes(told(engine)[-1]) == {("bill", ids[2]): {"state"}, ("bill", ids[3]): {"state"}}


def test_counters_and_rows_that_are_written_once(engine: Engine) -> None:
    counter = {"authority": "ALX1", "year": 2026}
    for expected in ({"authority", "year", "used"}, {"used"}):
        with engine.begin() as connection:
            counters.take(connection, receipts, **counter)
        assert changes(told(engine)[-1]) == {("receipt_counter", "ALX1", 2026): expected}
    row = {"identity": b"k" * 32, "source": bytes(32), "line": 1, "twin": "", "row": {}, "at": 1}
    with engine.begin() as connection:
        assert insert_once(connection, held, row)
    before = told(engine)
    assert [key[0] for key in changes(before[-1])] == ["held"]
    with engine.begin() as connection:
        assert not insert_once(connection, held, row)
    assert told(engine) == before


def test_what_a_savepoint_takes_back_is_in_no_act(engine: Engine) -> None:
    with engine.begin() as connection:
        first = bill(connection)
    with engine.begin() as connection:
        kept = bill(connection, subject="A-2")
        attempt = connection.begin_nested()
        connection.execute(update(bills).where(bills.c.id == first).values(state="paid"))
        bill(connection, subject="A-3")
        attempt.rollback()
        with connection.begin_nested():
            connection.execute(update(bills).where(bills.c.id == kept).values(state="paid"))
    assert changes(told(engine)[-1]) == {("bill", kept): {column.name for column in bills.columns}}


def test_returned_rows_come_to_whoever_asked_for_them(engine: Engine) -> None:
    with engine.begin() as connection:
        row = connection.execute(bills.insert().values(BILL).returning(*bills.c)).one()
        assert (row.subject, row.sample, row.digest) == ("A-1", False, bytes(32))
        charge = {"bill_id": row.id, "provider": "p", "reference": "r", "piastres": 1, "state": "chosen", "created_at": 1, "expires_at": 2}
        connection.execute(charges.insert().values(**charge, polls=0))
        changed = update(charges).where(charges.c.reference == "r").values(state="pending").returning(*charges.c)
        assert connection.execute(changed).one().state == "pending"
    assert set(changes(told(engine)[-1])) == {("bill", row.id), ("charge", 1)}


def test_nobody_writes_without_an_actor(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "_process", [])
    for statement in (bills.insert().values(BILL), update(bills).values(state="paid"), delete(bills)):
        with pytest.raises(ActError, match="act_without_actor"), engine.begin() as connection:
            connection.execute(attempts.insert().values(subject=secrets.token_bytes(32), made=1, last_at=1, until=0))
            connection.execute(statement)
    with engine.connect() as connection:
        assert connection.scalars(select(attempts.c.subject)).all() == [], "all of the transaction is taken back"
        assert connection.scalars(select(bills.c.id)).all() == []
    with acting.acting("account:mona", "till.pay"), engine.begin() as connection:
        bill(connection)
    assert [body[1:3] for body in told(engine)] == [("account:mona", "till.pay")]


def test_a_request_of_nobody_is_not_the_process_that_serves_it() -> None:
    with acting.acting("account:mona", "x"):
        acting.nobody()
        with pytest.raises(ActError):
            acting.current()
        acting.become("citizen:7", "y")
        assert acting.current() == ("citizen:7", "y")
    assert acting.current().actor == "program:tests"


def test_guarded_tables_are_not_written_past_the_record(engine: Engine) -> None:
    refused: list[tuple[str, Any, Any]] = [
        ("act_raw", text("UPDATE bill SET state = 'paid'"), None),
        ("act_raw", text(" delete from payment"), None),
        ("act_unclear", bills.insert(), [BILL, {**BILL, "subject": "A-2"}]),
        ("act_unclear", insert(accounts).values([{"name": n, "display": n, "totp_step": 0, "made_at": 1} for n in ("a", "b")]), None),
        ("act_unclear", insert(bills).from_select(["subject"], select(bills.c.subject)), None),
        ("act_unclear", bills.insert().returning(bills.c.subject), BILL),
        ("act_unclear", update(bills).where(bills.c.id == bindparam("b")).values(state="paid"), [{"b": 1}, {"b": 2}]),
    ]
    for code, statement, parameters in refused:
        with pytest.raises(ActError, match=code), engine.begin() as connection:
            connection.execute(statement, parameters)
    for statement in ("INSERT INTO payment (id) VALUES (1)", "UPDATE license SET type = 'x'"):
        with pytest.raises(ActError, match="act_raw"), engine.begin() as connection:
            connection.exec_driver_sql(statement)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM message")  # not guarded
        assert connection.execute(text("SELECT count(*) FROM license")).scalar() == 0
    with pytest.raises(ActError, match="act_unclear"), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        bill(connection)
    assert told(engine) == []


def test_what_somebody_changed_by_hand_is_not_covered_up_by_an_honest_change(engine: Engine) -> None:
    with engine.begin() as connection:
        id_ = bill(connection)
    by_hand.run(engine, f"UPDATE bill SET piastres = 1 WHERE id = {id_}")
    with engine.begin() as connection:
        connection.execute(update(bills).where(bills.c.id == id_).values(state="paid"))
    assert changes(told(engine)[-1]) == {("bill", id_): {"state"}}


def test_a_row_that_comes_in_between_stops_the_change(database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL somebody may insert a row after we looked which rows a condition meets; SQLite lets nobody in."""
    if not database_url.startswith("postgresql"):
        return
    monkeypatch.setattr(postgresql, "BUSY_SECONDS", 1)
    other = open_register(database_url)

    def slip_in(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("UPDATE bill"):
            with other.begin() as connection:
                bill(connection, subject="A-9")

    event.listen(engine, "before_cursor_execute", slip_in)
    with pytest.raises(Exception, match="database_locked"), engine.begin() as connection:
        connection.execute(update(bills).values(state="paid"))
    other.dispose()
    with engine.connect() as connection:
        assert connection.scalars(select(bills.c.state)).all() == ["open"]


def test_a_transaction_that_began_by_itself(engine: Engine) -> None:
    with engine.connect() as connection:
        id_ = bill(connection)
        connection.commit()
        connection.execute(update(bills).where(bills.c.id == id_).values(state="paid"))
        connection.rollback()
        connection.execute(update(bills).where(bills.c.id == id_).values(state="cancelled"))
        connection.commit()
    assert [changes(body)["bill", id_] for body in told(engine)] == [{column.name for column in bills.columns}, {"state"}]


def test_one_act_when_many_write_at_once(engine: Engine) -> None:
    """Connections come from a pool: what one transaction touched is not the next one's."""
    for number in range(3):
        with acting.acting(f"account:{number}", "x"), engine.begin() as connection:
            bill(connection, subject=f"A-{number}")
    assert [(body.actor, len(body.rows)) for body in told(engine)] == [(f"account:{number}", 1) for number in range(3)]
