"""A citizen's code: six digits, good for ten minutes and five tries, only the newest, and once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select

from accounts import authentication, sessions
from accounts.errors import AccountError
from issuer.errors import IssuerError
from office.citizens import codes
from office.database import open_register
from office.messages.tables import messages

NOW = 1_800_000_000
MOBILE = f"010{1:08}"  # of nobody: the house keeps no numbers
OTHER = f"011{2:08}"
MINE, ANOTHER = "m" * 43, "a" * 43  # browsers


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_register(database_url)
    yield opened
    opened.dispose()


def send(engine: Engine, mobile: str = MOBILE, *, now: int = NOW, address: str = "192.0.2.1", browser: str = MINE) -> str:
    """Send a code and read it from the message."""
    codes.send(engine, mobile, address=address, language="ar", now=now, browser=browser)
    with engine.connect() as connection:
        text = connection.scalar(select(messages.c.text).order_by(messages.c.id.desc()).limit(1))
    return re.findall(r"[0-9]{6}", text or "")[0]


def enter(engine: Engine, code: str, mobile: str = MOBILE, *, now: int = NOW, address: str = "192.0.2.1", browser: str = MINE) -> str:
    return codes.sign_in(engine, mobile, code, address=address, now=now, browser=browser)


def refused(engine: Engine, code: str, mobile: str = MOBILE, *, now: int = NOW, address: str = "192.0.2.1", browser: str = MINE) -> str:
    with pytest.raises(AccountError) as error:
        enter(engine, code, mobile, now=now, address=address, browser=browser)
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
    for _ in range(3):
        send(engine)
    with pytest.raises(AccountError, match="wait") as error:
        send(engine)
    send(engine, OTHER)  # others are not concerned
    for turn in range(2, 9):
        send(engine, address=f"192.0.2.{turn}")
    with pytest.raises(AccountError, match="wait"):
        send(engine, address="192.0.2.99")
    with engine.connect() as connection:
        assert len(connection.execute(select(messages.c.id)).all()) == 11
    send(engine, now=NOW + error.value.wait_seconds)


def test_one_address_does_not_ring_everybody(engine: Engine) -> None:
    with pytest.raises(AccountError, match="wait"):
        for turn in range(100):
            codes.send(engine, f"012{turn:08}", address="192.0.2.1", language="ar", now=NOW, browser=MINE)
    with engine.connect() as connection:
        assert len(connection.execute(select(messages.c.id)).all()) == 60, "many people are behind a network's address"


def test_one_stranger_keeps_no_citizen_out(engine: Engine) -> None:
    """Two days of asking for codes and trying them, as often as one may, from one address."""
    now, asked = NOW, 0
    while now < NOW + 2 * 86_400:
        try:
            code = send(engine, now=now, address="203.0.113.5", browser=ANOTHER)
            asked += 1
            for step in range(1, 6):
                assert refused(engine, wrong(code, step), now=now, address="203.0.113.5", browser=ANOTHER) in ("code_refused", "wait")
        except AccountError as error:
            now += error.wait_seconds
    assert asked > 100
    assert enter(engine, send(engine, now=now), now=now)


def test_a_stranger_uses_up_no_tries_and_makes_no_code_an_old_one(engine: Engine) -> None:
    code = send(engine)
    for step in range(codes.TRIES + 1):
        assert refused(engine, wrong(code, step + 1), address="203.0.113.5", browser=ANOTHER) == "code_refused"
    theirs = send(engine, now=NOW + 1, address="203.0.113.5", browser=ANOTHER)
    if theirs != code:
        assert refused(engine, code, now=NOW + 2, browser=ANOTHER) == "code_refused"
    assert enter(engine, code, now=NOW + 2)


def test_a_browser_that_signed_in_before_is_not_kept_waiting_by_strangers(engine: Engine) -> None:
    enter(engine, send(engine))
    with pytest.raises(AccountError, match="wait"):
        for turn in range(40):
            send(engine, now=NOW + 60, address=f"203.0.113.{turn}", browser=ANOTHER)
    with pytest.raises(AccountError, match="wait"):
        send(engine, now=NOW + 60, browser=ANOTHER)
    assert enter(engine, send(engine, now=NOW + 60), now=NOW + 60)


def test_sixty_who_sign_in_rightly_do_not_keep_out_the_sixty_first(engine: Engine) -> None:
    for turn in range(61):
        mobile, browser = f"012{turn:08}", f"{turn:043}"
        enter(engine, send(engine, mobile, browser=browser), mobile, browser=browser)


def test_failing_citizens_keep_out_no_staff(engine: Engine) -> None:
    code = send(engine)
    assert [refused(engine, wrong(code)) for _ in range(61)][-1] == "wait"
    with pytest.raises(AccountError, match="sign_in_refused"):
        authentication.with_password(engine, "mona", "some password", address="192.0.2.1", now=NOW)


def test_two_at_once_are_one_citizen(engine: Engine) -> None:
    def citizen(_: int) -> int:
        with engine.begin() as connection:
            return codes.known(connection, f"+2{MOBILE}", now=NOW).id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(citizen, range(8)))) == 1


def test_no_code_and_no_message_for_what_is_no_number(engine: Engine) -> None:
    for typed in ("", "12345", "0" * 11, "abc", f"{MOBILE}9"):
        with pytest.raises(IssuerError, match="mobile_invalid"):
            codes.send(engine, typed, address=None, language="ar", now=NOW, browser=MINE)
    with engine.connect() as connection:
        assert connection.execute(select(messages.c.id)).first() is None


def test_the_register_holds_no_code_after_it_is_sent(engine: Engine) -> None:
    code = send(engine)
    with engine.connect() as connection:
        row = connection.execute(select(codes.codes)).one()
    assert code.encode() not in row.code and len(row.code) == 32 and len(row.salt) == 16
