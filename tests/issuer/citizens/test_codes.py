"""A citizen's code: six digits, good for ten minutes and five tries, only the newest, and once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select

from accounts import sessions
from accounts.errors import AccountError
from issuer.citizens import codes
from issuer.errors import IssuerError
from issuer.messages.tables import messages
from issuer.register.database import open_register

NOW = 1_800_000_000
MOBILE = f"010{1:08}"  # of nobody: the house keeps no numbers
OTHER = f"011{2:08}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_register(database_url)
    yield opened
    opened.dispose()


def send(engine: Engine, mobile: str = MOBILE, *, now: int = NOW, address: str = "192.0.2.1") -> str:
    """Send a code and read it from the message."""
    codes.send(engine, mobile, address=address, language="ar", now=now)
    with engine.connect() as connection:
        text = connection.scalar(select(messages.c.text).order_by(messages.c.id.desc()).limit(1))
    return re.findall(r"[0-9]{6}", text or "")[0]


def enter(engine: Engine, code: str, mobile: str = MOBILE, *, now: int = NOW, address: str = "192.0.2.1") -> str:
    return codes.sign_in(engine, mobile, code, address=address, now=now)


def refused(engine: Engine, code: str, mobile: str = MOBILE, *, now: int = NOW, address: str = "192.0.2.1") -> str:
    with pytest.raises(AccountError) as error:
        enter(engine, code, mobile, now=now, address=address)
    return error.value.code


def wrong(code: str, step: int = 1) -> str:
    return f"{(int(code) + step) % 1_000_000:06}"


def test_the_right_code_begins_a_session_of_the_number_s_citizen(engine: Engine) -> None:
    first = enter(engine, send(engine))
    with engine.connect() as connection:
        found = sessions.find(connection, first, "citizen", now=NOW)
    assert found and found[0].stage == "full"
    again = enter(engine, send(engine, f"+2{MOBILE}", now=NOW + 60), f"0020{MOBILE[1:]}", now=NOW + 60)
    other = enter(engine, send(engine, OTHER, now=NOW + 60), OTHER, now=NOW + 60)
    with engine.connect() as connection:
        subjects = [sessions.find(connection, token, "citizen", now=NOW + 60) for token in (again, other)]
        assert [each and each[0].subject == found[0].subject for each in subjects] == [True, False]
        citizen = codes.by_id(connection, found[0].subject)
    assert citizen and citizen.mobile == f"+2{MOBILE}"


def test_digits_of_an_arabic_keyboard_are_digits(engine: Engine) -> None:
    code = send(engine)
    enter(engine, f" {code[:3]} {code[3:]} ".translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))


def test_a_code_is_right_once(engine: Engine) -> None:
    code = send(engine)
    enter(engine, code)
    assert refused(engine, code) == "code_refused"


def test_only_the_newest_code_counts(engine: Engine) -> None:
    old, new = send(engine), send(engine, now=NOW + 1)
    if old != new:
        assert refused(engine, old, now=NOW + 2) == "code_refused"
    enter(engine, new, now=NOW + 2)


def test_a_code_ends_after_ten_minutes(engine: Engine) -> None:
    code = send(engine)
    assert refused(engine, code, now=NOW + codes.GOOD_SECONDS) == "code_refused"
    enter(engine, code, now=NOW + codes.GOOD_SECONDS - 1)


def test_a_code_ends_after_five_tries(engine: Engine) -> None:
    code = send(engine)
    for step in range(1, codes.TRIES + 1):
        assert refused(engine, wrong(code, step), address=f"192.0.2.{step}") == "code_refused"
    assert refused(engine, code) == "code_refused", "the right one comes too late"
    enter(engine, send(engine, now=NOW + 60), now=NOW + 60)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "²²²²²²", "9" * 5000, "\ud800"])
def test_what_is_no_code_is_refused(engine: Engine, text: str) -> None:
    send(engine)
    assert refused(engine, text) == "code_refused"


def test_a_code_of_one_number_is_none_of_another(engine: Engine) -> None:
    code = send(engine)
    other = send(engine, OTHER)
    if code != other:
        assert refused(engine, code, OTHER) == "code_refused"
    assert refused(engine, wrong(other), OTHER) == "code_refused"


def test_a_number_is_not_rung_without_end(engine: Engine) -> None:
    """Each message costs money and wakes somebody; the wait ends by itself."""
    for turn in range(3):
        send(engine, address=f"192.0.2.{turn}")
    with pytest.raises(AccountError, match="wait") as error:
        send(engine, address="192.0.2.9")
    with engine.connect() as connection:
        assert len(connection.execute(select(messages.c.id)).all()) == 3
    send(engine, now=NOW + error.value.wait_seconds)
    send(engine, OTHER)  # others are not concerned


def test_one_address_does_not_ring_everybody(engine: Engine) -> None:
    with pytest.raises(AccountError, match="wait"):
        for turn in range(100):
            codes.send(engine, f"012{turn:08}", address="192.0.2.1", language="ar", now=NOW)
    with engine.connect() as connection:
        assert len(connection.execute(select(messages.c.id)).all()) == 60, "many people are behind a network's address"


def test_guessing_over_many_codes_has_to_wait(engine: Engine) -> None:
    """Whoever asks for code after code and tries five of each, waits."""
    told = []
    for turn in range(4):
        code = send(engine, now=NOW + turn * 1000, address=f"198.51.100.{turn}")
        for step in range(1, 6):
            told.append(refused(engine, wrong(code, step), now=NOW + turn * 1000 + step, address=f"192.0.2.{turn * 5 + step}"))
    assert told[:15] == ["code_refused"] * 15
    assert "wait" in told[15:]


def test_no_code_and_no_message_for_what_is_no_number(engine: Engine) -> None:
    for typed in ("", "12345", "0" * 11, "abc", f"{MOBILE}9"):
        with pytest.raises(IssuerError, match="mobile_invalid"):
            codes.send(engine, typed, address=None, language="ar", now=NOW)
    with engine.connect() as connection:
        assert connection.execute(select(messages.c.id)).first() is None


def test_the_register_holds_no_code_after_it_is_sent(engine: Engine) -> None:
    code = send(engine)
    with engine.connect() as connection:
        row = connection.execute(select(codes.codes)).one()
    assert code.encode() not in row.code and len(row.code) == 32 and len(row.salt) == 16
