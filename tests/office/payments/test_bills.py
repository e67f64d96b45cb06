"""Bills: integer piastres, line by line, one open at a time, and never changed."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError

from issuer.errors import IssuerError
from issuer.sentences import say
from office.payments import bills, counter, ledger, tables
from office.payments.tables import bills as bills_
from office.payments.tables import lines
from tests.office.payments.office import AUTHORITY, line, open_bill, settled, show

NOW = 1_795_600_000


def refused(engine: Engine, code: str, **fields: object) -> None:
    asked = {"subject": "A-1", "authority": AUTHORITY, "lines": [line()], "now": NOW} | fields
    with pytest.raises(IssuerError) as error, engine.begin() as connection:
        bills.open_bill(connection, **asked)  # type: ignore[arg-type]
    assert error.value.code == code
    assert say(code, "ar") != say(code, "en")


def test_a_bill_shows_its_lines_and_what_it_comes_to(engine: Engine) -> None:
    made = [line(50), line(500, rule="message"), line(-25, rule="rebate", sample=True)]
    with engine.begin() as connection:
        bill_id = bills.open_bill(connection, subject="A-1", authority=AUTHORITY, lines=made, now=NOW)
    bill = show(engine, bill_id)
    assert (bill.piastres, bill.state, bill.opened_at, bill.closed_at) == (525, "open", NOW, None)
    assert bill.lines == tuple(made), "rule, version, names, quantity and amount of each, in their order"
    assert bill.sample, "one sample among its lines marks the bill"
    assert not show(engine, open_bill(engine, "A-2")).sample


def test_one_bill_of_a_subject_is_open_at_a_time(engine: Engine) -> None:
    first = open_bill(engine, "A-1")
    refused(engine, "bill_open")
    with engine.begin() as connection:
        bills.cancel(connection, first, now=NOW)
    second = open_bill(engine, "A-1", 700)
    with engine.connect() as connection:
        assert [(bill.id, bill.state) for bill in bills.of_subject(connection, "A-1")] == [(first, "cancelled"), (second, "open")]
    with pytest.raises(IntegrityError), engine.begin() as connection:  # not even by code that forgot to look
        connection.execute(update(bills_).where(bills_.c.id == first).values(state="open"))


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("bill_lines_invalid", {"lines": []}),
        ("bill_lines_invalid", {"lines": [line()] * 101}),
        ("bill_lines_invalid", {"lines": [line(50), line(-51)]}),
        ("bill_lines_invalid", {"lines": [line(10**13)]}),
        ("bill_lines_invalid", {"lines": [line()._replace(piastres=5.5)]}),
        ("bill_lines_invalid", {"lines": [line()._replace(rule="")]}),
        ("bill_lines_invalid", {"lines": [line()._replace(version="x" * 41)]}),
        ("bill_nothing_due", {"lines": [line(50), line(-50)]}),
    ],
)
def test_a_bill_that_makes_no_sense_is_refused(engine: Engine, code: str, fields: dict[str, object]) -> None:
    refused(engine, code, **fields)


def test_a_closed_bill_stays_as_it_is(engine: Engine) -> None:
    bill_id = open_bill(engine, "A-1")
    with engine.begin() as connection:
        counter.pay(connection, bill_id, method="cash", amount=550, by="7", settled=settled, now=NOW)
    paid = show(engine, bill_id)
    for attempt in (
        lambda connection: bills.cancel(connection, bill_id, now=NOW),
        lambda connection: counter.pay(connection, bill_id, method="cash", amount=550, by="7", settled=settled, now=NOW),
    ):
        with pytest.raises(IssuerError, match="bill_not_open"), engine.begin() as connection:
            attempt(connection)
    assert show(engine, bill_id) == paid


def test_a_line_that_was_changed_behind_our_back_is_noticed(engine: Engine) -> None:
    bill_id = open_bill(engine, "A-1")
    for values in ({"piastres": 5}, {"rule": "other"}, {"version": "2027"}, {"sample": True}, {"name_en": "Nothing"}):
        with engine.connect() as connection:
            connection.execute(update(lines).where(lines.c.bill_id == bill_id).values(**values))
            with pytest.raises(IssuerError, match="bill_corrupt"):
                bills.show(connection, bill_id)
            connection.rollback()
    assert show(engine, bill_id).state == "open"


def test_a_bill_that_is_not_there(engine: Engine) -> None:
    for attempt in (lambda connection: bills.show(connection, 99), lambda connection: bills.cancel(connection, 99, now=NOW)):
        with pytest.raises(IssuerError, match="bill_unknown"), engine.begin() as connection:
            attempt(connection)


def test_a_record_has_the_columns_of_its_table() -> None:
    for record, table in ((ledger.Charge, tables.charges), (ledger.Payment, tables.payments)):
        assert [each.name for each in dataclasses.fields(record)] == list(table.c.keys())
