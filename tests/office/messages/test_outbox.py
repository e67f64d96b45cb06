"""The outbox: with what it tells about or not at all, once for each event, visible, and forgotten in time."""

import pytest
from sqlalchemy import Engine, select, update

from issuer.errors import IssuerError
from office.messages import outbox
from office.messages.tables import messages
from tests.issuer.offices import SECONDS
from tests.office.messages.posting import ARABIC, LONG, message, number, put, states


def set_state(engine: Engine, event: str, state: str, **more: object) -> None:
    with engine.begin() as connection:
        connection.execute(update(messages).where(messages.c.event == event).values(state=state, **more))


def test_a_message_is_kept_with_its_parts_counted(register: Engine) -> None:
    put(register, "a/issued")
    put(register, "b/issued", text=LONG)
    kept = message(register, "a/issued")
    assert (kept.recipient, kept.text, kept.state, kept.round, kept.attempts, kept.due) == (number(), ARABIC, "waiting", 0, 0, SECONDS)
    assert (kept.parts, message(register, "b/issued").parts) == (1, 3)


def test_an_event_is_told_once_whatever_else_the_second_call_says(register: Engine) -> None:
    with register.begin() as connection:
        assert outbox.enqueue(connection, event="a/issued", to=number(), text="one", now=SECONDS)
        assert not outbox.enqueue(connection, event="a/issued", to=number(5), text="two", now=SECONDS + 9)
    with register.begin() as connection:
        assert not outbox.enqueue(connection, event="a/issued", to=number(5), text="three", now=SECONDS + 99)
    assert (message(register, "a/issued").text, states(register)) == ("one", {"a/issued": "waiting"})


def test_what_is_rolled_back_is_told_to_nobody(register: Engine) -> None:
    with pytest.raises(RuntimeError), register.begin() as connection:
        outbox.enqueue(connection, event="a/issued", to=number(), text=ARABIC, now=SECONDS)
        raise RuntimeError
    assert states(register) == {}


@pytest.mark.parametrize(
    ("to", "text", "code"),
    [("0" + number()[3:], ARABIC, "mobile_invalid"), (number(), "", "message_too_long"), (number(), "م" * 671, "message_too_long")],
)
def test_what_cannot_be_sent_is_refused(register: Engine, to: str, text: str, code: str) -> None:
    with register.begin() as connection, pytest.raises(IssuerError) as refused:
        outbox.enqueue(connection, event="a/issued", to=to, text=text, now=SECONDS)
    assert refused.value.code == code
    for event in ("", "e" * 97):
        with register.begin() as connection, pytest.raises(ValueError, match="an event is"):
            outbox.enqueue(connection, event=event, to=number(), text=ARABIC, now=SECONDS)


@pytest.mark.parametrize("state", ["failed", "given_up", "sent"])
def test_what_did_not_arrive_can_be_sent_again_to_another_number_too(register: Engine, state: str) -> None:
    put(register, "a/issued", "b/issued")
    for event in ("a/issued", "b/issued"):
        set_state(register, event, state, attempts=16, error="network", lease="gone")
    with register.begin() as connection:
        outbox.resend(connection, message(register, "a/issued").id, now=SECONDS + 60)
        outbox.resend(connection, message(register, "b/issued").id, now=SECONDS + 60, to=number(77))
    again = message(register, "a/issued")
    assert (again.state, again.round, again.attempts, again.due, again.error) == ("waiting", 1, 0, SECONDS + 60, None)
    assert (again.recipient, message(register, "b/issued").recipient) == (number(0), number(77))


@pytest.mark.parametrize("state", ["waiting", "delivered", "expired"])
def test_what_waits_or_arrived_is_not_sent_again(register: Engine, state: str) -> None:
    put(register, "a/issued")
    set_state(register, "a/issued", state)
    with register.begin() as connection, pytest.raises(IssuerError) as refused:
        outbox.resend(connection, message(register, "a/issued").id, now=SECONDS)
    assert (refused.value.code, refused.value.detail) == ("message_not_resendable", state)
    with register.begin() as connection, pytest.raises(IssuerError, match="message_unknown"):
        outbox.resend(connection, 999, now=SECONDS)
    with register.begin() as connection, pytest.raises(IssuerError, match="mobile_invalid"):
        connection.execute(update(messages).values(state="failed"))
        outbox.resend(connection, message(register, "a/issued").id, now=SECONDS, to="123")


def test_what_has_expired_is_given_up_and_forgotten(register: Engine) -> None:
    put(register, "code/1", expires=SECONDS + 300, urgent=True)
    put(register, "code/2", expires=SECONDS + 301)
    put(register, "a/issued")
    with register.begin() as connection:
        assert outbox.expire(connection, now=SECONDS + 300) == 1
    assert states(register) == {"code/1": "expired", "code/2": "waiting", "a/issued": "waiting"}
    assert (message(register, "code/1").text, message(register, "code/1").recipient) == ("", "")


def test_numbers_and_texts_are_forgotten_after_their_time_but_for_what_waits(register: Engine) -> None:
    events = ("waits", "arrived", "failed", "new")
    put(register, *events)
    for event in events[1:]:
        set_state(register, event, "failed" if event == "failed" else "delivered")
    set_state(register, "new", "delivered", changed_at=SECONDS + 1)
    with register.begin() as connection:
        assert outbox.forget(connection, now=SECONDS + 86_400, kept=86_400) == 0
        assert outbox.forget(connection, now=SECONDS + 86_401, kept=86_400) == 2
    with register.connect() as connection:
        kept = connection.scalars(select(messages.c.event).where(messages.c.text != "", messages.c.recipient != "")).all()
    assert set(kept) == {"waits", "new"}
    with register.begin() as connection, pytest.raises(IssuerError, match="message_forgotten"):
        outbox.resend(connection, message(register, "failed").id, now=SECONDS)


def test_pages_of_messages_follow_each_other(register: Engine) -> None:
    put(register, *(f"e{which}" for which in range(7)))
    set_state(register, "e3", "failed")
    with register.connect() as connection:
        first = outbox.search(connection, states=["waiting"], limit=4)
        second = outbox.search(connection, states=["waiting"], limit=4, before_id=first[-1].id)
        failed = outbox.search(connection, states=["failed", "given_up"])
    assert [m.event for m in first + second] == ["e6", "e5", "e4", "e2", "e1", "e0"]
    assert [m.event for m in failed] == ["e3"]
