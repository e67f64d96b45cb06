"""Sessions end, and what is kept of one opens nothing."""

from sqlalchemy import Engine, select

from accounts import lockout, sessions
from accounts.sessions import HALF, TERMS
from accounts.tables import sessions as table

from .conftest import NOW, Staff


def found(engine: Engine, token: str, now: int, realm: sessions.Realm = "staff") -> bool:
    with engine.connect() as connection:
        return sessions.find(connection, token, realm, now=now) is not None


def test_a_session_ends_when_nothing_happens(engine: Engine) -> None:
    with engine.begin() as connection:
        token = sessions.begin(connection, "staff", 7, now=NOW)
    idle = TERMS["staff"].idle
    assert found(engine, token, NOW + idle - 1)
    assert not found(engine, token, NOW + idle)
    with engine.begin() as connection:
        sessions.seen(connection, token, now=NOW + idle - 1)
    assert found(engine, token, NOW + idle)


def test_a_session_ends_however_busy(engine: Engine) -> None:
    with engine.begin() as connection:
        token = sessions.begin(connection, "staff", 7, now=NOW)
        for minute in range(0, TERMS["staff"].whole, 600):
            sessions.seen(connection, token, now=NOW + minute)
    assert found(engine, token, NOW + TERMS["staff"].whole - 1)
    assert not found(engine, token, NOW + TERMS["staff"].whole)


def test_half_a_session_is_short(engine: Engine) -> None:
    with engine.begin() as connection:
        token = sessions.begin(connection, "staff", 7, now=NOW, stage="half")
    assert not found(engine, token, NOW + HALF.whole)


def test_a_citizen_s_session_is_none_of_the_staff_s(engine: Engine) -> None:
    with engine.begin() as connection:
        token = sessions.begin(connection, "citizen", 7, now=NOW)
    assert found(engine, token, NOW, "citizen")
    assert not found(engine, token, NOW, "staff")


def test_what_is_kept_opens_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        token = sessions.begin(connection, "staff", 7, now=NOW)
        kept = connection.scalar(select(table.c.token))
    assert kept and not found(engine, kept.hex(), NOW)
    assert token.encode() not in kept
    assert sessions.csrf_of(token) != token and len(sessions.csrf_of(token)) == 64


def test_a_heartbeat_is_due_once_a_minute(engine: Engine) -> None:
    with engine.begin() as connection:
        token = sessions.begin(connection, "staff", 7, now=NOW)
        due = [sessions.find(connection, token, "staff", now=NOW + second) for second in (1, 59, 60)]
    assert [each and each[1] for each in due] == [False, False, True]


def test_what_is_over_is_swept_away(engine: Engine, mona: Staff) -> None:
    with engine.begin() as connection:
        sessions.begin(connection, "citizen", 7, now=NOW)
        lockout.count(connection, [lockout.of_code(1)], now=NOW)
        assert sessions.sweep(connection, now=NOW + 60) == 0
        assert sessions.sweep(connection, now=NOW + TERMS["staff"].idle) == 1
        assert lockout.sweep(connection, now=NOW + lockout.FORGET_SECONDS) == 1
