"""Drawers: a float, what comes and goes, counts that stay, two names; and everything that somebody might try around them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, create_engine, text

from issuer.errors import IssuerError
from office.payments import counter, refunds, soundness
from office.payments.drawers import counting, moving
from office.payments.drawers.denominations import DENOMINATIONS, Pieces
from office.payments.drawers.records import Drawer, Tally, of_id, tallies_of
from seal import days
from tests.office.payments.office import AUTHORITY, open_bill, settled
from tests.processes import PATIENCE_SECONDS

DAY = date(2026, 11, 24)
NINE = days.start_of(DAY) + 9 * 3600
FLOAT = {5_000: 2, 1_000: 10}  # two hundred pounds


def open_(engine: Engine, cashier: str = "tarek", *, at: int = NINE, float_: Pieces = FLOAT, authority: str = AUTHORITY) -> int:
    with engine.begin() as connection:
        return counting.open_(connection, authority=authority, cashier=cashier, name=cashier.title(), float_=float_, now=at)


def pay(
    engine: Engine, subject: str, piastres: int = 550, *, by: str = "tarek", method: str = "cash", at: int = NINE + 60
) -> counter.Receipt:
    bill = open_bill(engine, subject, piastres)
    with engine.begin() as connection:
        drawer = moving.taking(connection, AUTHORITY, by, required=True, now=at)
        receipt = counter.pay(connection, bill, method=method, amount=piastres, by=by, settled=settled, now=at)  # type: ignore[arg-type]
        assert drawer is not None
        moving.came(connection, drawer, receipt)
    return receipt


def give(engine: Engine, payment: int, piastres: int, *, by: str = "tarek", key: str = "k", at: int = NINE + 120) -> None:
    with engine.begin() as connection:
        drawer = moving.taking(connection, AUTHORITY, by, required=True, now=at)
        refund = refunds.at_counter(connection, payment, key=key, amount=piastres, reason="سحب", by=by, now=at)
        assert drawer is not None
        moving.leaves(connection, drawer, refund)


def count(engine: Engine, drawer: int, cash: Pieces, *, card: int = 0, by: str = "tarek", at: int = NINE + 3600) -> Tally:
    with engine.begin() as connection:
        return counting.count(connection, drawer, cash=cash, card=card, by=by, now=at)


def close(engine: Engine, drawer: int, tally: Tally, *, witness: str = "hoda", at: int = NINE + 4000) -> Drawer:
    with engine.begin() as connection:
        return counting.close(connection, drawer, tally=tally.id, witness=witness, name=witness.title(), now=at)


def show(engine: Engine, drawer: int) -> Drawer:
    with engine.connect() as connection:
        found = of_id(connection, drawer)
    assert found is not None
    return found


def test_a_day_from_float_to_slip(engine: Engine) -> None:
    drawer = open_(engine)
    first = pay(engine, "A-1", 100_000)
    pay(engine, "A-2", 550)
    pay(engine, "A-3", 7_700, method="card")
    give(engine, first.payment_id, 5_000)
    tally = count(engine, drawer, {20_000: 5, 5_000: 3, 500: 1, 50: 1}, card=7_700)
    assert (tally.cash, tally.cash_expected, tally.card_expected) == (115_550, 20_000 + 100_000 + 550 - 5_000, 7_700)
    assert tally.agrees and tally.pieces == {20_000: 5, 5_000: 3, 500: 1, 50: 1}
    closed = close(engine, drawer, tally)
    assert (closed.state, closed.witness, closed.deposit, closed.slip) == ("closed", "hoda", 95_550, "MN1-2026-D00001")
    again = open_(engine, at=NINE + 5000)
    assert close(engine, again, count(engine, again, FLOAT, at=NINE + 5100), at=NINE + 5200).slip == "", "nothing to deposit, no slip"
    third = open_(engine, at=NINE + 6000)
    pay(engine, "A-4", 2_000, at=NINE + 6001)
    assert close(engine, third, count(engine, third, FLOAT | {2_000: 1}, at=NINE + 6100), at=NINE + 6200).slip == "MN1-2026-D00002"


def test_a_difference_stays_however_often_it_is_counted(engine: Engine) -> None:
    drawer = open_(engine)
    pay(engine, "A-1", 1_000)
    short = count(engine, drawer, FLOAT)
    assert (short.difference, short.attempt) == (-1_000, 1)
    with pytest.raises(IssuerError, match="drawer_unexplained"):
        close(engine, drawer, short)
    with engine.begin() as connection:
        counting.explain(connection, drawer, tally=short.id, reason="  أُعطي الباقي   مرتين ")
    second = count(engine, drawer, FLOAT | {500: 1})
    assert show(engine, drawer).reason is None, "what was said of one count is not said of the next"
    with pytest.raises(IssuerError, match="changed_meanwhile"):
        close(engine, drawer, short)
    with pytest.raises(IssuerError, match="changed_meanwhile"), engine.begin() as connection:
        counting.explain(connection, drawer, tally=short.id, reason="x")
    for reason, code in ((" \u200f ", "reason_missing"), ("س" * 301, "field_too_long")):
        with pytest.raises(IssuerError, match=code), engine.begin() as connection:
            counting.explain(connection, drawer, tally=second.id, reason=reason)
    with engine.begin() as connection:
        counting.explain(connection, drawer, tally=second.id, reason="وُجدت خمسة جنيهات")
    closed = close(engine, drawer, second)
    assert (closed.deposit, closed.reason) == (500, "وُجدت خمسة جنيهات")
    with engine.connect() as connection:
        kept = tallies_of(connection, drawer)
        assert [(each.attempt, each.cash, each.cash_expected) for each in kept] == [
            (0, 20_000, None),
            (1, 20_000, 21_000),
            (2, 20_500, 21_000),
        ]
        assert moving.sums(connection, drawer).cash == 21_000, "and nothing was adjusted"


@pytest.mark.parametrize("witness", ["tarek", "hoda"])
def test_a_second_name_is_somebody_else_s(engine: Engine, witness: str) -> None:
    """Neither the cashier's, nor the manager's who counted in their place, nor another account of a person of the same name."""
    drawer = open_(engine)
    tally = count(engine, drawer, FLOAT, by="hoda")
    with pytest.raises(IssuerError, match="drawer_same_person"):
        close(engine, drawer, tally, witness=witness)
    with pytest.raises(IssuerError, match="drawer_same_person"), engine.begin() as connection:
        counting.close(connection, drawer, tally=tally.id, witness="tarek2", name=" TAREK ", now=NINE + 4000)
    assert close(engine, drawer, tally, witness="karim").witness == "karim"


def test_nothing_comes_into_a_drawer_that_was_counted_or_closed_or_is_of_yesterday(engine: Engine) -> None:
    with pytest.raises(IssuerError, match="drawer_missing"):
        pay(engine, "A-0")
    drawer = open_(engine)
    receipt = pay(engine, "A-1")
    midnight = days.start_of(date(2026, 11, 25))
    pay(engine, "A-2", at=midnight - 1)
    with pytest.raises(IssuerError, match="drawer_other_day"):
        pay(engine, "A-3", at=midnight)
    with pytest.raises(IssuerError, match="drawer_other_day"):
        give(engine, receipt.payment_id, 1, at=midnight)
    with pytest.raises(IssuerError, match="drawer_open"):
        open_(engine, at=midnight)
    tally = count(engine, drawer, FLOAT | {1_000: 11, 100: 1}, at=midnight + 60)
    assert tally.agrees, "it is counted on the next morning"
    for again in (False, True):
        with pytest.raises(IssuerError, match="drawer_missing" if again else "drawer_counted"):
            pay(engine, f"A-4{again}", at=NINE + 200)
        if not again:
            close(engine, drawer, tally, at=midnight + 120)
    for act in (lambda: count(engine, drawer, FLOAT), lambda: close(engine, drawer, tally)):
        with pytest.raises(IssuerError, match="drawer_closed"):
            act()
    with pytest.raises(IssuerError, match="drawer_closed"), engine.begin() as connection:
        counting.explain(connection, drawer, tally=tally.id, reason="x")
    assert open_(engine, at=midnight + 300) != drawer


def test_a_colleague_s_drawer_is_not_paid_into(engine: Engine) -> None:
    mine, other = open_(engine), open_(engine, "omar")
    elsewhere = open_(engine, authority="SHQ")
    pay(engine, "A-1")
    pay(engine, "A-2", 900, by="omar")
    with engine.connect() as connection:
        held = {drawer: moving.sums(connection, drawer).cash for drawer in (mine, other, elsewhere)}
    assert held == {mine: 20_550, other: 20_900, elsewhere: 20_000}


def test_cash_that_is_not_there_does_not_go_back(engine: Engine) -> None:
    rich, poor = open_(engine), open_(engine, "omar", float_={100: 3})
    receipt = pay(engine, "A-1", 50_000)
    with pytest.raises(IssuerError, match="drawer_short"):
        give(engine, receipt.payment_id, 301, by="omar")
    give(engine, receipt.payment_id, 300, by="omar")
    give(engine, receipt.payment_id, 300, by="omar")  # the button, pressed twice
    with engine.connect() as connection:
        assert (moving.sums(connection, poor).cash, moving.sums(connection, rich).cash) == (0, 70_000)
    card = pay(engine, "A-2", 9_000, method="card")
    give(engine, card.payment_id, 9_000, by="omar", key="card")
    with engine.connect() as connection:
        assert moving.sums(connection, poor).card == -9_000, "what was paid by card goes back on the machine"


@pytest.mark.parametrize("pieces", [{20_001: 1}, {100: -1}, {100: 100_000}, {100: 1.0}, {100: True}, {10: 1}])
def test_what_is_no_count_of_notes(engine: Engine, pieces: Pieces) -> None:
    with pytest.raises(IssuerError, match="pieces_invalid"):
        open_(engine, float_=pieces)
    drawer = open_(engine, float_={})
    with pytest.raises(IssuerError, match="pieces_invalid"):
        count(engine, drawer, pieces)
    with pytest.raises(IssuerError, match="card_invalid"):
        count(engine, drawer, {}, card=-1)
    with pytest.raises(IssuerError, match="drawer_not_counted"), engine.begin() as connection:
        counting.close(connection, drawer, tally=1, witness="hoda", name="Hoda", now=NINE)
    assert sorted(DENOMINATIONS, reverse=True) == list(DENOMINATIONS)


def test_a_drawer_is_counted_a_few_times_and_no_more(engine: Engine) -> None:
    drawer = open_(engine)
    for _ in range(counting.ATTEMPTS_MAX):
        count(engine, drawer, FLOAT)
    with pytest.raises(IssuerError, match="drawer_counts_most"):
        count(engine, drawer, FLOAT)


def test_two_payments_while_it_is_counted(engine: Engine) -> None:
    """Whoever counts waits for a payment that has begun; one that begins after the count is refused. The sum is what moved."""
    drawer, bills = open_(engine), [open_bill(engine, f"A-{number}", 1_000) for number in range(8)]
    start, took = threading.Barrier(9), []

    def take(bill: int) -> None:
        start.wait(PATIENCE_SECONDS)
        try:
            with engine.begin() as connection:
                held = moving.taking(connection, AUTHORITY, "tarek", required=True, now=NINE + 60)
                receipt = counter.pay(connection, bill, method="cash", amount=1_000, by="tarek", settled=settled, now=NINE + 60)
                assert held is not None
                moving.came(connection, held, receipt)
            took.append(bill)
        except IssuerError as error:
            assert error.code == "drawer_counted"

    def tally() -> Tally:
        start.wait(PATIENCE_SECONDS)
        return count(engine, drawer, FLOAT)

    with ThreadPoolExecutor(9) as pool:
        counted = pool.submit(tally)
        list(pool.map(take, bills))
    assert counted.result().cash_expected == 20_000 + 1_000 * len(took)
    with engine.connect() as connection:
        assert moving.sums(connection, drawer).cash == counted.result().cash_expected


def test_two_windows_open_one_drawer(engine: Engine) -> None:
    start = threading.Barrier(4)

    def try_() -> str:
        start.wait(PATIENCE_SECONDS)
        try:
            return str(open_(engine))
        except IssuerError as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        got = [job.result() for job in [pool.submit(try_) for _ in range(4)]]
    assert got.count("drawer_open") == 3


#: What whoever writes the database might do with a drawer that is closed, and what says so.
FORGERIES = {
    "UPDATE drawer_piece SET many = 11 WHERE denomination = 1000": "is not the sum of its notes and coins",
    "UPDATE drawer_tally SET cash = 19000 WHERE attempt = 0": "is not the sum of its notes and coins",
    "UPDATE drawer_tally SET cash_expected = cash WHERE attempt = 1": "was against another sum than what moved",
    "UPDATE drawer SET witness = cashier": "was closed without a second name",
    "UPDATE drawer SET reason = NULL": "differs, and nobody said why",
    "UPDATE drawer SET deposit = 1": "has another deposit than was counted",
    "UPDATE drawer SET day = '2026-11-23'": "is not of the day on which it was opened",
    "UPDATE drawer SET deposit_serial = 9": "deposit slips of MN1 in 2026",
    "DELETE FROM drawer_entry": "was against another sum than what moved",
    "UPDATE drawer SET state = 'open'": "is open and has 1 counts",
    "UPDATE payment SET by = 'omar'": "is not what its cashier took while it was open",
    "UPDATE payment SET at = at + 9999": "is not what its cashier took while it was open",
}


def test_a_drawer_that_does_not_agree_is_named(engine: Engine) -> None:
    drawer = open_(engine)
    pay(engine, "A-1", 1_000)
    tally = count(engine, drawer, FLOAT | {500: 1})
    with engine.begin() as connection:
        counting.explain(connection, drawer, tally=tally.id, reason="نقص")
    close(engine, drawer, tally)
    past = create_engine(engine.url)  # nothing of ours is attached to it
    with past.connect() as connection:
        for forgery, said in FORGERIES.items():
            assert soundness.check(connection) == ()
            connection.execute(text(forgery.replace(" by ", ' "by" ')))
            assert any(said in each for each in soundness.check(connection)), forgery
            connection.rollback()
    past.dispose()


def test_a_payment_slipped_past_an_open_drawer_is_named(engine: Engine) -> None:
    open_(engine)
    bill = open_bill(engine, "A-1")
    with engine.begin() as connection:
        counter.pay(connection, bill, method="cash", amount=550, by="tarek", settled=settled, now=NINE + 60)
        assert any("did not come into drawer" in each for each in soundness.check(connection))
        connection.rollback()


def test_payments_of_before_there_were_drawers_stay_valid(engine: Engine) -> None:
    bill = open_bill(engine, "A-1")
    with engine.begin() as connection:
        assert moving.taking(connection, AUTHORITY, "tarek", required=False, now=NINE) is None
        counter.pay(connection, bill, method="cash", amount=550, by="tarek", settled=settled, now=NINE)
    open_(engine, at=NINE + 60)
    with engine.connect() as connection:
        assert soundness.check(connection) == ()
