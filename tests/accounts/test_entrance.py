"""Signing in, and what somebody tries who has no business here."""

from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from sqlalchemy import Engine, select

from accounts import administration, directory, entrance, lockout, second_factor, sessions
from accounts.errors import SENTENCES, AccountError
from accounts.tables import accounts, attempts, recovery_codes
from accounts.tables import sessions as session_table

from .conftest import NOW, PASSWORD, Staff

LATER = NOW + 3600


def half(engine: Engine, name: str = "mona", password: str = PASSWORD, *, now: int = LATER, address: str = "192.0.2.1") -> str:
    return entrance.with_password(engine, name, password, address=address, now=now)


def refused(engine: Engine, name: str = "mona", password: str = "wrong password!", *, now: int = LATER, address: str = "192.0.2.1") -> str:
    with pytest.raises(AccountError) as error:
        half(engine, name, password, now=now, address=address)
    return error.value.code


def stage(engine: Engine, token: str, now: int = LATER) -> str | None:
    with engine.connect() as connection:
        found = sessions.find(connection, token, "staff", now=now)
    return found[0].stage if found else None


def test_password_and_code_make_a_session(engine: Engine, mona: Staff) -> None:
    first = half(engine)
    assert stage(engine, first) == "half"
    whole = entrance.with_code(engine, mona.account, mona.code(LATER), half=first, address="192.0.2.1", now=LATER)
    assert stage(engine, whole) == "full"
    assert stage(engine, first) is None, "the token changes with the standing"
    with engine.connect() as connection:
        assert directory.history(connection, mona.account.id)[-1].kind == "signed_in"
        assert connection.scalars(select(attempts.c.made)).all() == [0], "success leaves the address as it was"


def test_a_name_in_capitals_is_the_same_name(engine: Engine, mona: Staff) -> None:
    assert stage(engine, half(engine, " Mona "))


def test_who_has_an_account_nobody_learns(engine: Engine, mona: Staff) -> None:
    assert refused(engine) == refused(engine, "nobody") == "sign_in_refused"
    for _ in range(5):
        assert refused(engine, "mona", address="192.0.2.1") == refused(engine, "nobody", address="192.0.2.2")


def test_guessing_is_slowed_down_by_name_and_the_right_password_has_to_wait_too(engine: Engine, mona: Staff) -> None:
    codes = [refused(engine, address=f"192.0.2.{guess}") for guess in range(9)]
    assert codes == ["sign_in_refused"] * 5 + ["wait"] * 4
    assert refused(engine, password=PASSWORD) == "wait"
    assert stage(engine, half(engine, now=LATER + 31), LATER + 31), "the wait ends by itself"


def test_the_wait_doubles_but_never_keeps_a_clerk_out_for_long(engine: Engine, mona: Staff) -> None:
    now, waits = LATER, []
    for guess in range(14):
        try:
            half(engine, password="wrong password!", now=now, address=f"198.51.100.{guess}")
        except AccountError as error:
            if error.code == "wait":
                waits.append(error.wait_seconds)
                now += error.wait_seconds
    assert waits == sorted(waits)
    assert waits[0] < waits[-1] <= 900


def test_guessing_many_names_from_one_address_is_slowed_down(engine: Engine, mona: Staff) -> None:
    codes = [refused(engine, f"name{guess}") for guess in range(32)]
    assert codes.count("sign_in_refused") == 30
    assert refused(engine, password=PASSWORD) == "wait"
    assert stage(engine, half(engine, address="192.0.2.99")), "others are not concerned"


def test_one_household_s_ipv6_addresses_are_one() -> None:
    one, other = (lockout.of_address(f"2001:db8:1:2::{host}") for host in ("1", "ffff"))
    assert one == other != lockout.of_address("2001:db8:1:3::1")
    assert lockout.of_address("::ffff:192.0.2.1") == lockout.of_address("192.0.2.1")
    assert lockout.of_address(None) == lockout.of_address("garbage")


def test_a_guesser_with_an_account_does_not_wash_the_address_clean(engine: Engine, mona: Staff) -> None:
    for guess in range(20):
        refused(engine, f"name{guess}")
    half(engine)
    codes = [refused(engine, f"other{guess}") for guess in range(12)]
    assert codes.count("sign_in_refused") == 10


def test_many_guesses_at_once_are_not_more_than_one_after_another(engine: Engine, mona: Staff) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda guess: refused(engine, address=f"203.0.113.{guess}"), range(16)))
    assert codes.count("sign_in_refused") <= 8  # those that were under way when the fifth was counted
    assert refused(engine, password=PASSWORD) == "wait"


def test_a_code_works_once(engine: Engine, mona: Staff) -> None:
    code = mona.code(LATER)
    entrance.with_code(engine, mona.account, code, half=half(engine), address=None, now=LATER)
    with pytest.raises(AccountError, match="code_refused"):
        entrance.with_code(engine, mona.account, code, half=half(engine), address=None, now=LATER + 1)


def test_a_code_is_good_for_a_clock_that_is_a_little_off(engine: Engine, mona: Staff) -> None:
    for offset, good in ((-90, False), (-30, True), (0, True), (30, True), (90, False)):
        step = second_factor.step_of(mona.key, mona.code(LATER + offset), now=LATER, after=0)
        assert (step is not None) == good


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000"])
def test_other_codes_are_refused(engine: Engine, mona: Staff, code: str) -> None:
    with pytest.raises(AccountError, match="code_refused"):
        entrance.with_code(engine, mona.account, code, half=half(engine), address=None, now=LATER)


def test_guessing_codes_is_slowed_down(engine: Engine, mona: Staff) -> None:
    token, codes = half(engine), []
    wrong = str((int(mona.code(LATER)) + 7) % 1_000_000).zfill(6)
    for guess in range(8):
        with pytest.raises(AccountError) as error:
            entrance.with_code(engine, mona.account, wrong, half=token, address=f"192.0.2.{guess}", now=LATER)
        codes.append(error.value.code)
    assert codes == ["code_refused"] * 5 + ["wait"] * 3


def test_a_paper_code_replaces_a_lost_phone_once(engine: Engine, mona: Staff) -> None:
    assert len(set(mona.recovery)) == 10
    entrance.with_code(engine, mona.account, mona.recovery[3].upper(), half=half(engine), address=None, now=LATER)
    with pytest.raises(AccountError, match="code_refused"):
        entrance.with_code(engine, mona.account, mona.recovery[3], half=half(engine), address=None, now=LATER)
    with engine.connect() as connection:
        assert directory.history(connection, mona.account.id)[-1].kind == "recovery"


def test_nothing_that_lets_in_is_kept_as_it_is(engine: Engine, mona: Staff) -> None:
    with engine.connect() as connection:
        row = connection.execute(select(accounts)).one()
        kept = [*connection.scalars(select(recovery_codes.c.code)), *connection.scalars(select(session_table.c.token))]
    assert PASSWORD not in row.password and row.password.startswith("$argon2id$")
    secrets = [mona.token, *mona.recovery]
    assert all(len(each) == 32 and each not in [secret.encode() for secret in secrets] for each in kept)


def test_an_invitation_works_once_and_ends(engine: Engine) -> None:
    with engine.begin() as connection:
        _, invitation = administration.make(connection, "hany", "Hany", by=None, now=NOW)
    for bad, now in ((invitation + "x", NOW), ("", NOW), (invitation, NOW + administration.INVITATION_SECONDS)):
        with pytest.raises(AccountError, match="invitation_refused"):
            entrance.by_invitation(engine, bad, PASSWORD, now=now)
    with pytest.raises(AccountError, match="password_short"):
        entrance.by_invitation(engine, invitation, "short", now=NOW)
    assert stage(engine, entrance.by_invitation(engine, invitation, PASSWORD, now=NOW), NOW) == "half"
    with pytest.raises(AccountError, match="invitation_refused"):
        entrance.by_invitation(engine, invitation, "another password 3", now=NOW)


def test_half_a_session_does_not_replace_a_phone(engine: Engine, mona: Staff) -> None:
    key = pyotp.random_base32()
    with pytest.raises(AccountError, match="code_refused"):
        entrance.enrol(engine, mona.account, key, pyotp.TOTP(key).at(LATER), half=half(engine), now=LATER)
    with engine.connect() as connection:
        assert connection.scalar(select(accounts.c.totp)) == mona.key


def test_the_key_that_a_session_offers_is_its_own() -> None:
    assert second_factor.key_of("a") == second_factor.key_of("a") != second_factor.key_of("b")
    assert second_factor.key_of("a") in second_factor.enrolment_uri(second_factor.key_of("a"), "mona")


def test_every_refusal_has_its_sentences() -> None:
    for code, (arabic, english) in SENTENCES.items():
        assert arabic != english, code
        assert any("\u0600" <= letter <= "\u06ff" for letter in arabic), code
