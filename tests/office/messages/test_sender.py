"""The sender, with a real message centre, on both kinds of database: everything is sent, once, and what became of it is known."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from office.messages import backoff, leases, outbox, receipts, report
from office.messages.providers import Piece, PostponedError, Receipt, UnreachableError
from office.messages.sender import Sender, Tally, pieces
from office.messages.smpp import Smpp
from office.messages.smpp_ids import Forms
from office.messages.tables import messages, parts
from seal import days
from tests.issuer.offices import SECONDS
from tests.office.messages.posting import ARABIC, LONG, Clock, message, number, put, sender, states
from tests.office.messages.smsc import Smsc


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def at_work(register: Engine, centre: Smsc, clock: Clock) -> Iterator[Sender]:
    """A sender on the centre."""
    made = sender(register, Smpp(centre.account()), clock)
    yield made
    made.provider.close()


def hear(at_work: Sender, centre: Smsc, count: int) -> None:
    """Listen until the centre has so many acknowledgements."""
    centre.wait("acknowledged", count=count, meanwhile=lambda: at_work.provider.listen(0.05))


def noted(register: Engine) -> list[tuple[int, int, str, bool | None]]:
    """Round, number, provider's id and delivery of every part."""
    with register.connect().execution_options(reading=True) as connection:
        columns = (parts.c.round, parts.c.number, parts.c.provider_id, parts.c.delivered)
        return [tuple(row) for row in connection.execute(select(*columns).order_by(parts.c.id))]  # type: ignore[misc]


def test_a_message_goes_from_the_outbox_to_the_phone(register: Engine, centre: Smsc, at_work: Sender) -> None:
    put(register, "a/issued")
    assert at_work.step() == Tally(sent=1)
    assert states(register) == {"a/issued": "sent"}
    assert noted(register) == [(0, 1, "m1", None)]
    hear(at_work, centre, 1)
    assert states(register) == {"a/issued": "delivered"}
    assert noted(register) == [(0, 1, "m1", True)]
    assert at_work.step() == Tally()
    assert len(centre.heard("submitted")) == 1


def test_a_long_message_is_delivered_once_every_part_is(register: Engine, centre: Smsc, at_work: Sender) -> None:
    put(register, "a/issued", text=LONG)
    centre.do("receipts", kind="none")
    assert at_work.step() == Tally(sent=1)
    told = [centre.wait("submitted", count=which) for which in (1, 2, 3)]
    assert "".join(part["text"] for part in told) == LONG
    assert len({part["udh"][-6:-4] for part in told}) == 1
    assert [part["udh"][-4:] for part in told] == ["0301", "0302", "0303"]
    for count, name in enumerate(("m3", "m1"), start=1):
        centre.do("deliver", id=name, stat="DELIVRD")
        hear(at_work, centre, count)
    assert states(register) == {"a/issued": "sent"}
    centre.do("deliver", id="m2", stat="DELIVRD")
    hear(at_work, centre, 3)
    assert states(register) == {"a/issued": "delivered"}


def test_a_part_that_is_lost_fails_the_message_and_the_next_round_sends_all_of_it(
    register: Engine, centre: Smsc, at_work: Sender, clock: Clock
) -> None:
    put(register, "a/issued", text=LONG)
    centre.do("receipts", kind="none")
    at_work.step()
    centre.do("deliver", id="m2", stat="UNDELIV", error="027")
    hear(at_work, centre, 1)
    failed = message(register, "a/issued")
    assert (failed.state, failed.error) == ("failed", "network_027")
    with register.begin() as connection:
        outbox.resend(connection, failed.id, now=clock.now)
    centre.do("deliver", id="m1", stat="DELIVRD")  # a late word about the first round decides nothing now
    hear(at_work, centre, 2)
    assert states(register) == {"a/issued": "waiting"}
    centre.do("receipts", kind="delivered")
    assert at_work.step() == Tally(sent=1)
    hear(at_work, centre, 5)
    assert states(register) == {"a/issued": "delivered"}
    assert [part[:3] for part in noted(register)][3:] == [(1, 1, "m4"), (1, 2, "m5"), (1, 3, "m6")]


def test_delivered_outweighs_failed_in_whatever_order_they_come(register: Engine, centre: Smsc, at_work: Sender) -> None:
    put(register, "a/issued", "b/issued")
    centre.do("receipts", kind="none")
    at_work.step()
    for count, (name, stat) in enumerate([("m1", "UNDELIV"), ("m1", "DELIVRD"), ("m2", "DELIVRD"), ("m2", "EXPIRED")], start=1):
        centre.do("deliver", id=name, stat=stat)
        hear(at_work, centre, count)
    assert states(register) == {"a/issued": "delivered", "b/issued": "delivered"}


@pytest.mark.parametrize("kind", ["early", "again", "text"])
def test_receipts_may_be_early_double_or_plain(register: Engine, centre: Smsc, at_work: Sender, kind: str) -> None:
    centre.do("receipts", kind=kind)
    put(register, "a/issued")
    at_work.step()
    hear(at_work, centre, 2 if kind == "again" else 1)
    assert states(register) == {"a/issued": "delivered"}


def test_a_receipt_that_another_sender_heard_first_decides_too(register: Engine, at_work: Sender, centre: Smsc) -> None:
    centre.do("receipts", kind="none")
    with register.begin() as connection:
        receipts.keep(connection, "smpp", Receipt("m1", "delivered", ""), now=SECONDS)
    put(register, "a/issued")
    at_work.step()
    assert states(register) == {"a/issued": "delivered"}


def at_hexadecimal(centre: Smsc, start: int) -> None:
    """Let it count in hexadecimal, and in decimal in receipts."""
    centre.do("ids", **{"from": start, "answer": "hex", "text": "decimal", "tlv": "none"})


def test_no_message_gets_the_receipt_of_another_whose_number_looks_the_same(register: Engine, centre: Smsc, clock: Clock) -> None:
    """The tenth and the sixteenth: "10" is one's receipt and the other's answer."""
    centre.do("receipts", kind="none")
    at_hexadecimal(centre, 10)
    put(register, *(f"m{which:02}" for which in range(10, 17)))
    at_work = sender(register, Smpp(centre.account(ids=Forms("hex", "decimal", "hex"))), clock)
    assert at_work.step() == Tally(sent=7)
    assert [name for _, _, name, _ in noted(register)] == ["#a", "#b", "#c", "#d", "#e", "#f", "#10"]
    centre.do("deliver", id="10", tlv="", stat="DELIVRD").do("deliver", id="11", tlv="", stat="UNDELIV")
    hear(at_work, centre, 2)
    assert {event for event, state in states(register).items() if state != "sent"} == {"m10", "m11"}
    assert (states(register)["m10"], states(register)["m11"]) == ("delivered", "failed")
    at_work.provider.close()


def test_without_its_settings_such_a_centre_s_receipts_are_about_nothing_and_counted(register: Engine, centre: Smsc, clock: Clock) -> None:
    at_hexadecimal(centre, 0xF000)
    put(register, "a/issued")
    at_work = sender(register, Smpp(centre.account()), clock)
    at_work.step()
    hear(at_work, centre, 1)
    assert states(register) == {"a/issued": "sent"}
    with register.connect() as connection:
        told = report.daily(connection, days.day_of(clock.now), now=clock.now)
    assert (told.strange, told.messages["sent"]) == (1, 1)
    at_work.provider.close()


def test_a_name_that_is_given_again_later_is_another_message_s(register: Engine, centre: Smsc, at_work: Sender, clock: Clock) -> None:
    """The centre has begun to count anew, or is another one."""
    put(register, "old")
    at_work.step()
    hear(at_work, centre, 1)
    clock.now += receipts.LATEST_SECONDS + 1
    centre.do("receipts", kind="none").do("ids", **{"from": 1, "answer": "name", "text": "name", "tlv": "name"})
    put(register, "new", "newer")
    at_work.step()
    assert states(register) == {"old": "delivered", "new": "sent", "newer": "sent"}, "the old one's receipt says nothing"
    centre.do("deliver", id="m1", stat="DELIVRD")
    hear(at_work, centre, 2)
    assert states(register) == {"old": "delivered", "new": "delivered", "newer": "sent"}


def test_two_of_one_name_within_days_are_left_open(register: Engine, centre: Smsc, at_work: Sender, clock: Clock) -> None:
    centre.do("receipts", kind="none")
    put(register, "one")
    at_work.step()
    clock.now += 3_600
    centre.do("ids", **{"from": 1, "answer": "name", "text": "name", "tlv": "name"})
    put(register, "two")
    at_work.step()
    assert [name for _, _, name, _ in noted(register)] == ["m1", "m1"]
    centre.do("deliver", id="m1", stat="DELIVRD")
    hear(at_work, centre, 1)
    assert states(register) == {"one": "sent", "two": "sent"}
    with register.connect() as connection:
        assert report.daily(connection, days.day_of(clock.now), now=clock.now).strange == 1


def test_what_was_delivered_stays_so_though_its_name_is_given_again(register: Engine, centre: Smsc, at_work: Sender, clock: Clock) -> None:
    """One of three parts is confirmed, the receipt of its name is renewed for another, and then the other two are confirmed late."""
    centre.do("receipts", kind="none")
    put(register, "long", text=LONG)
    at_work.step()
    for count, (name, later) in enumerate([("m1", 0), ("m1", receipts.LATEST_SECONDS + 1)], start=1):
        clock.now += later
        centre.do("deliver", id=name, stat="DELIVRD")
        hear(at_work, centre, count)
    assert [delivered for *_, delivered in noted(register)] == [True, None, None]
    clock.now -= 2
    for count, name in enumerate(("m2", "m3"), start=3):
        centre.do("deliver", id=name, stat="DELIVRD")
        hear(at_work, centre, count)
    assert states(register) == {"long": "delivered"}


# Tried again


def test_what_is_postponed_waits_longer_each_time_and_only_what_is_missing_is_sent_again(
    register: Engine, centre: Smsc, at_work: Sender, clock: Clock
) -> None:
    put(register, "a/issued", text=LONG)
    centre.do("answers", list=[{}, {"status": 0x58}, {"status": 0x58}])
    waits = []
    for attempt in (1, 2):
        assert at_work.step() == Tally(postponed=1)
        kept = message(register, "a/issued")
        assert (kept.state, kept.attempts, kept.error) == ("waiting", attempt, "smpp_0x58")
        waits.append(kept.due - clock.now)
        clock.now = kept.due - 1
        assert at_work.step() == Tally()
        clock.now = kept.due
    assert 7 <= waits[0] <= 15 <= waits[1] <= 30
    assert at_work.step() == Tally(sent=1)
    sent = [event["text"] for event in centre.heard("submitted")]
    split = [LONG[:67], LONG[67:134], LONG[134:]]
    assert sent == [split[0], split[1], split[1], split[1], split[2]]
    assert [part[1] for part in noted(register)] == [1, 2, 3]
    assert message(register, "a/issued").error is None


def test_a_refusal_is_final_and_seen_and_a_person_may_send_it_again(register: Engine, centre: Smsc, at_work: Sender, clock: Clock) -> None:
    put(register, "a/issued")
    centre.do("answers", list=[{"status": 0x0B}])
    assert at_work.step() == Tally(given_up=1)
    clock.now += 86_400
    assert at_work.step() == Tally()
    with register.connect() as connection:
        (seen,) = outbox.search(connection, states=["failed", "given_up"])
    assert (seen.state, seen.error) == ("given_up", "smpp_0x0b")
    with register.begin() as connection:
        outbox.resend(connection, seen.id, now=clock.now, to=number(9))
    assert at_work.step() == Tally(sent=1)
    assert "+" + centre.wait("submitted", count=2)["to"] == number(9)


def test_it_is_given_up_when_it_was_tried_often_enough(register: Engine, centre: Smsc, at_work: Sender, clock: Clock) -> None:
    put(register, "a/issued")
    centre.do("answers", list=[{"status": 0x58}] * backoff.MOST_ATTEMPTS)
    for attempt in range(1, backoff.MOST_ATTEMPTS + 1):
        last = attempt == backoff.MOST_ATTEMPTS
        assert at_work.step() == (Tally(given_up=1) if last else Tally(postponed=1))
        clock.now = message(register, "a/issued").due
    assert 4 * 3600 < clock.now - SECONDS < 12 * 3600
    assert (states(register), at_work.step()) == ({"a/issued": "given_up"}, Tally())


def test_waiting_grows_up_to_an_hour_and_is_never_the_same_for_all() -> None:
    chance = Random(3)
    for attempts in range(1, 40):
        drawn = {backoff.wait(attempts, chance) for _ in range(50)}
        longest = min(15 * 2 ** (attempts - 1), 3_600)
        assert len(drawn) > 4
        assert longest // 2 <= min(drawn) <= max(drawn) <= longest


def test_a_lost_line_costs_one_attempt_of_one_message(register: Engine, centre: Smsc, at_work: Sender, clock: Clock) -> None:
    put(register, "a/issued", "b/issued", "c/issued")
    centre.do("answers", list=[{}, {"hang_up": "before"}])
    assert at_work.step() == Tally(sent=1, postponed=1, put_back=1, lost=1)
    lost, untried = message(register, "b/issued"), message(register, "c/issued")
    assert (lost.attempts, lost.error, untried.attempts, untried.due) == (1, "smpp_lost", 0, clock.now)
    assert at_work.step() == Tally(sent=1)  # bound again by itself
    clock.now = lost.due
    assert at_work.step() == Tally(sent=1)
    assert len(centre.heard("bound")) == 2


def test_nobody_to_send_to_takes_nothing(register: Engine, clock: Clock, centre: Smsc) -> None:
    put(register, "a/issued")
    lonely = sender(register, Smpp(centre.account(password="other")), clock)
    with pytest.raises(UnreachableError):
        lonely.step()
    assert (message(register, "a/issued").attempts, message(register, "a/issued").due) == (0, SECONDS)


# Who is first


def test_codes_go_before_licenses_and_the_oldest_first(register: Engine, centre: Smsc, at_work: Sender) -> None:
    put(register, "b/issued", text="second", now=SECONDS - 5)
    put(register, "a/issued", text="first", now=SECONDS - 9)
    put(register, "code/1", text="code", urgent=True, expires=SECONDS + 300)
    at_work.step()
    assert [event["text"] for event in centre.heard("submitted")] == ["code", "first", "second"]


def test_a_code_is_forgotten_once_it_is_sent_and_not_sent_once_it_is_of_no_use(
    register: Engine, centre: Smsc, at_work: Sender, clock: Clock
) -> None:
    put(register, "code/1", text="one", urgent=True, expires=SECONDS + 300)
    at_work.step()
    assert message(register, "code/1").text == ""
    put(register, "code/2", text="two", urgent=True, expires=SECONDS + 300)
    clock.now += 300
    assert at_work.step() == Tally()
    assert states(register)["code/2"] == "expired"
    assert [event["text"] for event in centre.heard("submitted")] == ["one"]


def test_two_senders_never_take_the_same_message(register: Engine) -> None:
    put(register, *(f"e{which}" for which in range(30)))
    taken: list[str] = []
    for lease in ("one", "two", "one", "two"):
        with register.begin() as connection:
            taken += [message.event for message in leases.take(connection, lease, limit=8, now=SECONDS)]
    assert (len(taken), len(set(taken))) == (30, 30)


def test_while_one_takes_the_other_takes_something_else(postgres_register: Engine) -> None:
    """Only PostgreSQL lets two write at once: neither waits for the other."""
    put(postgres_register, *(f"e{which}" for which in range(8)))
    with postgres_register.begin() as one, postgres_register.begin() as two:
        first = leases.take(one, "one", limit=5, now=SECONDS)
        second = leases.take(two, "two", limit=5, now=SECONDS)
    assert len({message.event for message in first + second}) == 8


def test_what_a_dead_sender_held_is_due_again_when_its_lease_ends(register: Engine) -> None:
    put(register, "a/issued")
    with register.begin() as connection:
        (held,) = leases.take(connection, "dead", limit=5, now=SECONDS)
        assert leases.take(connection, "other", limit=5, now=SECONDS + leases.LEASE_SECONDS - 1) == []
        (again,) = leases.take(connection, "other", limit=5, now=SECONDS + leases.LEASE_SECONDS)
        # The first one was only slow. What it says about the message counts no more; what the provider took does.
        leases.failed(connection, held, PostponedError("late"), now=SECONDS, chance=Random(1))
        leases.accepted(connection, held, 1, "smpp", "m1", now=SECONDS)
        leases.accepted(connection, again, 1, "smpp", "m2", now=SECONDS)
    kept = message(register, "a/issued")
    assert (kept.attempts, kept.error, [part[2] for part in noted(register)]) == (2, None, ["m1"])


def test_nothing_is_begun_that_the_lease_may_not_see_to_its_end(
    register: Engine, centre: Smsc, at_work: Sender, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(register, "a/issued", text=LONG)
    submit = at_work.provider.submit

    def slow(piece: Piece) -> str:
        clock.now += 50
        return submit(piece)

    monkeypatch.setattr(at_work.provider, "submit", slow)
    assert at_work.step() == Tally(put_back=1)
    assert len(centre.heard("submitted")) == 2  # after 100 of 120 s the third part is left
    clock.now = SECONDS + leases.LEASE_SECONDS
    assert at_work.step() == Tally(sent=1)
    assert [event["udh"][-4:] for event in centre.heard("submitted")] == ["0301", "0302", "0303"]


def test_who_is_told_to_stop_finishes_the_message_and_gives_back_the_rest(
    register: Engine, centre: Smsc, at_work: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(register, "a/issued", "b/issued", "c/issued", text=LONG)
    submit = at_work.provider.submit

    def last(piece: Piece) -> str:
        at_work.stop.set()
        return submit(piece)

    monkeypatch.setattr(at_work.provider, "submit", last)
    assert at_work.step() == Tally(sent=1, put_back=2)
    assert [message(register, event).attempts for event in ("a/issued", "b/issued", "c/issued")] == [1, 0, 0]
    assert len(centre.heard("submitted")) == 3


# What is kept, and what is not


def test_keys_are_the_same_for_an_attempt_and_others_for_a_round(register: Engine, clock: Clock) -> None:
    put(register, "a/issued", text=LONG)
    with register.begin() as connection:
        (first,) = leases.take(connection, "x", limit=1, now=SECONDS)
    again = first._replace(attempts=2, lease="y", until=SECONDS + 999)
    keys = [piece.key for piece in pieces(first, joins=False, now=SECONDS)]
    assert keys == [piece.key for piece in pieces(again, joins=False, now=SECONDS + 9)]
    assert len(set(keys)) == 3
    assert not set(keys) & {piece.key for piece in pieces(first._replace(round=1), joins=False, now=SECONDS)}
    assert [(piece.text, piece.total) for piece in pieces(first, joins=True, now=SECONDS)] == [(LONG, 1)]


def test_a_part_that_was_sent_is_noted_though_the_database_is_busy(
    each_office: Any, centre: Smsc, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes for longer than a writer waits, just when the centre has taken the message."""
    if not each_office.register.startswith("sqlite"):
        return  # on PostgreSQL nobody can hold up the note of a part
    monkeypatch.setattr("storage.postgresql.BUSY_SECONDS", 0.05)
    path = Path(each_office.register.removeprefix("sqlite:///"))
    with each_office.locations.engine(create=True) as register, closing(sqlite3.connect(path, isolation_level=None)) as writer:
        put(register, "a/issued")
        at_work = sender(register, Smpp(centre.account()), clock)
        submit, pauses = at_work.provider.submit, []

        def then_locked(piece: Piece) -> str:
            name = submit(piece)
            writer.execute("BEGIN IMMEDIATE")
            return name

        def pause(seconds: float) -> bool:
            pauses.append(seconds)
            if len(pauses) == 2:
                writer.execute("COMMIT")
            return False

        monkeypatch.setattr(at_work.provider, "submit", then_locked)
        monkeypatch.setattr(at_work.stop, "wait", pause)
        assert at_work.step() == Tally(sent=1)
        assert [part[2] for part in noted(register)] == ["m1"]
        at_work.provider.close()


def test_logs_hold_nobody_s_number_and_no_text(
    register: Engine, centre: Smsc, at_work: Sender, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy").setLevel(logging.WARNING)
    put(register, "a/issued", "b/issued", "c/issued")
    centre.do("answers", list=[{"status": 0x58}, {"status": 0x0B}, {"hang_up": "before"}])
    at_work.step()
    assert caplog.text.count("message ") == 3
    for secret in (ARABIC, ARABIC.encode("utf-16-be").hex(), *(number(which)[3:] for which in range(3))):
        assert secret not in caplog.text
        assert secret.encode().hex() not in caplog.text


def test_a_sender_forgets_nothing_by_itself(register: Engine, at_work: Sender, clock: Clock) -> None:
    """How long a text is kept says `khatm office work` alone: what the sender did at a month made a longer time of no effect."""
    put(register, "a/issued")
    with register.begin() as connection:
        connection.execute(update(messages).values(state="delivered"))
    kept = message(register, "a/issued")
    clock.now += 3_650 * 86_400
    at_work.step()
    assert message(register, "a/issued") == kept and kept.text and kept.recipient


def test_run_goes_on_through_lost_lines_until_told_to_stop(
    register: Engine, centre: Smsc, at_work: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(register, *(f"e{which}" for which in range(6)))
    centre.do("receipts", kind="none")
    centre.do("answers", list=[{}, {"hang_up": "after"}, {}, {"hang_up": "after"}])
    monkeypatch.setattr("office.messages.sender.IDLE_SECONDS", 0.02)
    waits: list[float] = []
    listen: Callable[[float], None] = at_work.provider.listen

    def until_done(seconds: float) -> None:
        if set(states(register).values()) == {"sent"}:
            at_work.stop.set()
        listen(seconds)

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        at_work.clock.now += 60  # type: ignore[attr-defined]
        return False

    monkeypatch.setattr(at_work.provider, "listen", until_done)
    monkeypatch.setattr(at_work.stop, "wait", wait)
    at_work.run()
    assert sorted(states(register).values()) == ["sent"] * 6
    assert len(centre.heard("bound")) == len(waits) + 1 == 3
    centre.wait("unbound")


def test_by_a_clock_that_nobody_keeps_no_message_is_given_up_and_the_others_go(
    register: Engine, centre: Smsc, at_work: Sender, clock: Clock
) -> None:
    """A code that was forgotten as too old by a clock that is a day ahead is nobody's any more; so it waits until the clock is right."""
    put(register, "code/1", text="one", urgent=True, expires=SECONDS + 300)
    at_work.sure = lambda now: now < SECONDS + 3600
    clock.now += 86_400
    put(register, "a/issued", text="two", now=clock.now)
    at_work.step()
    assert (states(register)["code/1"], message(register, "code/1").text) == ("waiting", "one")
    clock.now -= 86_400
    at_work.step()
    assert [event["text"] for event in centre.heard("submitted")] == ["two", "one"]
    put(register, "code/2", text="three", urgent=True, expires=SECONDS + 300)
    clock.now += 300
    assert at_work.step() == Tally()
    assert states(register)["code/2"] == "expired", "by a clock that is sure it is given up"
