"""The provider's file of a day against our books."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from issuer.errors import IssuerError
from office.payments import notifications, reconciliation, refund_sender, refunds, settlement_file
from office.payments.reconciliation import Reconciliation
from seal import days
from tests.office.payments.office import Paying, now, open_bill, settled, show, told

HEAD = ",".join(settlement_file.COLUMNS)


def pay(paying: Paying, subject: str, due: int = 550, *, tell: bool = True, **wish: object) -> str:
    charge = paying.charged(subject, due)
    paying.simulator.till("pay", order=charge.reference, quiet=True, **wish)
    if tell:
        notifications.receive(paying.engine, paying.provider, paying.simulator.body(charge.reference), settled=settled, now=now())
    return charge.reference


def today() -> date:
    return days.day_of(now())


def compare(paying: Paying, file: bytes, *, day: date | None = None) -> Reconciliation:
    return reconciliation.reconcile(paying.engine, paying.provider, file, day=day or today(), settled=settled, now=now())


def lines_of(paying: Paying, *references: str) -> bytes:
    """The provider's file with the lines of these orders only: the simulator serves other tests too."""
    lines = paying.simulator.settlement(today()).decode().splitlines()
    return "\r\n".join([lines[0], *(line for line in lines[1:] if line.split(",")[1] in references)]).encode()


def test_a_day_that_agrees_is_ticked_off_and_again_too(paying: Paying) -> None:
    references = [pay(paying, f"A-{n}", 550 + n) for n in range(5)]
    file = lines_of(paying, *references)
    for _ in range(2):
        made = compare(paying, file)
        assert (made.matched, made.agrees, made.resolved) == (5, True, ())
    with paying.engine.connect() as connection:
        assert reconciliation.latest(connection, today()) == made.as_dict()
        assert reconciliation.latest(connection, today() + timedelta(days=1)) is None


def test_a_payment_that_nobody_told_us_of_is_confirmed_and_settled(paying: Paying) -> None:
    reference = pay(paying, "A-1", tell=False)
    made = compare(paying, lines_of(paying, reference))
    assert [(entry.reference, entry.theirs, entry.why) for entry in made.resolved] == [(reference, 550, "resolved")]
    assert made.agrees
    assert len(told(paying.engine)) == 1
    assert compare(paying, lines_of(paying, reference)).matched == 1


def test_a_file_alone_settles_nothing(paying: Paying) -> None:
    charge = paying.charged("A-1")
    time = (days.EPOCH + timedelta(seconds=now())).isoformat()
    made_up = f"{HEAD}\n{charge.provider_reference},{charge.reference},PAYMENT,5.50,0.00,{time}\n".encode()
    made = compare(paying, made_up)
    assert [entry.why for entry in made.missing_here] == ["noted"], "the provider says that nobody paid it"
    assert show(paying.engine, charge.bill_id).state == "open"


def test_what_only_one_side_has_or_another_amount_waits_for_a_person(paying: Paying) -> None:
    kept, missing, wrong = pay(paying, "A-1"), pay(paying, "A-2"), pay(paying, "A-3", piastres=500, tell=False)
    file = lines_of(paying, kept, wrong).decode().replace(",5.50,", ",5.51,")
    time = (days.EPOCH + timedelta(seconds=now())).isoformat()
    file += f"\r\n77,KH-NOBODY-S,PAYMENT,9.00,0.00,{time}"
    made = compare(paying, file.encode())
    assert [(entry.reference, entry.ours, entry.theirs) for entry in made.differing] == [(kept, 550, 551)]
    assert [(entry.reference, entry.why) for entry in made.missing_here] == [(wrong, "wrong_amount"), ("KH-NOBODY-S", "unconfirmed")]
    assert [entry.reference for entry in made.missing_there] == [kept, missing]
    assert not made.agrees
    with paying.engine.connect() as connection:
        assert [notice.outcome for notice in notifications.waiting(connection)] == ["wrong_amount"]


def test_a_payment_around_midnight_is_in_one_file_and_only_once(paying: Paying) -> None:
    reference = pay(paying, "A-1")
    empty = f"{HEAD}\n".encode()
    tomorrow = today() + timedelta(days=1)
    assert [entry.reference for entry in compare(paying, empty).missing_there] == [reference]
    file = lines_of(paying, reference)
    assert compare(paying, file).agrees, "the corrected file"
    rows = [line.split(",") for line in file.decode().splitlines()]
    rows[1][5] = (days.EPOCH + timedelta(seconds=days.start_of(tomorrow) + 60)).isoformat()
    again = compare(paying, "\n".join(",".join(row) for row in rows).encode(), day=tomorrow)
    assert [entry.why for entry in again.differing] == [f"also_in_{today()}"], "the provider counts it twice"


def test_refunds_are_compared_too_and_the_file_tells_the_end_of_an_unclear_one(paying: Paying) -> None:
    reference = pay(paying, "A-1", 1_000)
    (bill_id,) = told(paying.engine)
    payment_id = show(paying.engine, bill_id).payments[0].id
    for key, amount, fault in (("one", 300, ""), ("two", 200, "drop")):
        with paying.engine.begin() as connection:
            refunds.ask(connection, payment_id, key=key, amount=amount, reason="withdrawn", by="9", now=now())
        if fault:
            paying.simulator.till("fault", path="refund", fault=fault)
        refund_sender.run(paying.engine, paying.provider, now=now())
    refund_sender.run(paying.engine, paying.provider, now=now() + 700)
    with paying.engine.connect() as connection:
        assert [refund.state for refund in refunds.of_subject(connection, "A-1")] == ["done", "unclear"]
    paying.simulator.till("refund", order=reference, piastres=5)
    made = compare(paying, lines_of(paying, reference))
    assert (made.matched, [entry.theirs for entry in made.resolved], [entry.theirs for entry in made.missing_here]) == (2, [200], [5])
    with paying.engine.connect() as connection:
        assert [refund.state for refund in refunds.of_subject(connection, "A-1")] == ["done", "done"]
    assert compare(paying, lines_of(paying, reference)).matched == 3


def test_a_part_that_never_arrived_is_in_no_file_and_a_person_sends_it_again(paying: Paying) -> None:
    """The request was lost, not its answer: the provider's states do not tell the two apart, its file does."""
    reference = pay(paying, "A-1", 1_000)
    (bill_id,) = told(paying.engine)
    payment_id = show(paying.engine, bill_id).payments[0].id
    for key, amount in (("one", 300), ("two", 200)):
        with paying.engine.begin() as connection:
            refunds.ask(connection, payment_id, key=key, amount=amount, reason="withdrawn", by="9", now=now())
        if key == "two":
            paying.simulator.till("fault", path="refund", fault="lose")
        refund_sender.run(paying.engine, paying.provider, now=now())
    assert dict(refund_sender.run(paying.engine, paying.provider, now=now() + 700)) == {"unclear": 1}
    assert paying.simulator.order(reference)["refunded"] == 300
    made = compare(paying, lines_of(paying, reference))
    assert [(entry.kind, entry.ours, entry.why) for entry in made.missing_there] == [("refund", 200, "not_in_file")]
    with paying.engine.begin() as connection:
        (stuck,) = refunds.waiting(connection)
        refunds.decide(connection, stuck.id, decision="again", by="9", now=now())
    assert dict(refund_sender.run(paying.engine, paying.provider, now=now())) == {"done": 1}
    assert paying.simulator.order(reference)["refunded"] == 500
    assert compare(paying, lines_of(paying, reference)).agrees


def test_a_refund_that_is_in_no_file_is_reported(paying: Paying) -> None:
    reference = pay(paying, "A-1")
    (bill_id,) = told(paying.engine)
    payment_id = show(paying.engine, bill_id).payments[0].id
    with paying.engine.begin() as connection:
        refunds.ask(connection, payment_id, key="one", amount=550, reason="withdrawn", by="9", now=now())
    refund_sender.run(paying.engine, paying.provider, now=now())
    without = lines_of(paying, reference).decode().splitlines()[:2]
    assert [(entry.kind, entry.ours) for entry in compare(paying, "\n".join(without).encode()).missing_there] == [("refund", 550)]


def line(**changes: str) -> bytes:
    moment = (days.EPOCH + timedelta(seconds=days.start_of(date(2026, 11, 24)) + 60)).isoformat()
    cells = {"number": "1", "reference": "KH-1", "type": "PAYMENT", "amount": "5.50", "fees": "0.00", "time": moment} | changes
    return f"{HEAD}\n{','.join(cells.values())}\n".encode()


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "settlement_columns"),
        (b"\xff\xfe", "settlement_columns"),
        (b"a,b\n", "settlement_columns"),
        (HEAD.replace("amount", "total").encode(), "settlement_columns"),
        (b'"' + HEAD.encode(), "settlement_columns"),
        (line(amount="5.5"), "settlement_line: 2"),
        (line(amount="-5.50"), "settlement_line: 2"),
        (line(amount="=5.50"), "settlement_line: 2"),
        (line(amount="٥.٥٠"), "settlement_line: 2"),
        (line(type="CHARGEBACK"), "settlement_line: 2"),
        (line(reference=""), "settlement_line: 2"),
        (line(time="2026-11-24T12:00:00"), "settlement_line: 2"),
        (line(time="yesterday"), "settlement_line: 2"),
        (line(extra="x"), "settlement_line: 2"),
        (line(time="2026-11-23T21:59:59+00:00"), "settlement_day: 2"),
        (line() + line().splitlines()[1], "settlement_twice: KH-1"),
        (b"x" * (settlement_file.BYTES_MAX + 1), "settlement_too_large"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(file: bytes, code: str) -> None:
    with pytest.raises(IssuerError, match=code):
        settlement_file.parse(file, day=date(2026, 11, 24))


def test_a_file_may_begin_with_a_mark_and_have_empty_lines() -> None:
    (movement,) = settlement_file.parse(b"\xef\xbb\xbf" + line() + b"\r\n\r\n", day=date(2026, 11, 24))
    assert (movement.line, movement.kind, movement.piastres) == (2, "payment", 550)


def test_an_open_bill_is_not_missed(paying: Paying) -> None:
    open_bill(paying.engine, "A-1")
    paying.charged("A-2")
    assert compare(paying, f"{HEAD}\n".encode()).agrees


def test_one_movement_that_cannot_be_brought_in_stops_no_other(paying: Paying) -> None:
    bad, good = pay(paying, "A-1", tell=False), pay(paying, "A-2", tell=False)

    def only_the_good(connection: Connection, subject: str, bill_id: int, at: int) -> None:
        if subject == "A-1":
            raise IssuerError("transition_refused")
        settled(connection, subject, bill_id, at)

    file = lines_of(paying, bad, good)
    made = reconciliation.reconcile(paying.engine, paying.provider, file, day=today(), settled=only_the_good, now=now())
    assert [entry.reference for entry in made.resolved] == [good]
    assert [entry.reference for entry in made.missing_here] == [bad]
    with paying.engine.connect() as connection:
        assert [(notice.outcome, notice.reference) for notice in notifications.waiting(connection)] == [("failed", bad)]
    assert [entry.reference for entry in compare(paying, file).resolved] == [bad]
    with paying.engine.connect() as connection:
        assert notifications.waiting(connection) == ()
