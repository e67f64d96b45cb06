"""Signing in, and what somebody tries who has no business here."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import Engine, select

from accounts import administration, authentication, devices, directory, lockout, passwords, second_factor, sessions
from accounts.errors import SENTENCES, AccountError
from accounts.tables import accounts, attempts, recovery_codes
from accounts.tables import sessions as session_table
from tests.processes import PATIENCE_SECONDS

from .conftest import NOW, PASSWORD, Staff

LATER = NOW + 3600


def half(
    engine: Engine, name: str = "mona", password: str = PASSWORD, *, now: int = LATER, address: str = "192.0.2.1", browser: str = ""
) -> str:
    return authentication.with_password(engine, name, password, address=address, now=now, browser=browser)


def refused(
    engine: Engine,
    name: str = "mona",
    password: str = "wrong password!",
    *,
    now: int = LATER,
    address: str = "192.0.2.1",
    browser: str = "",
) -> str:
    with pytest.raises(AccountError) as error:
        half(engine, name, password, now=now, address=address, browser=browser)
    return error.value.code


def attempt(engine: Engine, *, now: int = LATER, address: str = "192.0.2.1") -> int:
    """Count a stranger's attempt at mona's name, without the work of looking at a password; return how long they have to wait instead."""
    try:
        with engine.begin() as connection:
            lockout.count(connection, lockout.of_account("mona", address), now=now)
    except AccountError as error:
        return error.wait_seconds
    return 0


def stage(engine: Engine, token: str, now: int = LATER) -> str | None:
    with engine.connect() as connection:
        found = sessions.find(connection, token, "staff", now=now)
    return found[0].stage if found else None


def test_password_and_code_make_a_session(engine: Engine, mona: Staff) -> None:
    first = half(engine)
    assert stage(engine, first) == "half"
    whole = authentication.with_code(engine, mona.account, mona.code(LATER), half=first, address="192.0.2.1", now=LATER)
    assert stage(engine, whole) == "full"
    assert stage(engine, first) is None, "the token changes with the standing"
    with engine.connect() as connection:
        assert directory.history(connection, mona.account.id)[-1].kind == "signed_in"
        assert set(connection.scalars(select(attempts.c.made))) == {0}, "success leaves the address as it was"


def test_a_name_in_capitals_is_the_same_name(engine: Engine, mona: Staff) -> None:
    assert stage(engine, half(engine, " Mona "))


def test_who_has_an_account_nobody_learns(engine: Engine, mona: Staff) -> None:
    assert refused(engine) == refused(engine, "nobody") == "sign_in_refused"
    for _ in range(5):
        assert refused(engine, "mona", address="192.0.2.2") == refused(engine, "nobody", address="192.0.2.3")


def test_guessing_is_slowed_down_and_the_right_password_has_to_wait_too(engine: Engine, mona: Staff) -> None:
    codes = [refused(engine) for _ in range(9)]
    assert codes == ["sign_in_refused"] * 5 + ["wait"] * 4
    assert refused(engine, password=PASSWORD) == "wait"
    assert stage(engine, half(engine, now=LATER + 31), LATER + 31), "the wait ends by itself"


def test_guesses_at_one_name_from_everywhere_are_slowed_down(engine: Engine, mona: Staff) -> None:
    for guess in range(50):
        assert attempt(engine, address=f"192.0.2.{guess}") == 0
    assert attempt(engine, address="192.0.2.99") > 0
    assert refused(engine, password=PASSWORD, address="192.0.2.98") == "wait"


def test_one_stranger_keeps_nobody_out(engine: Engine, mona: Staff) -> None:
    """Somebody who guesses for two days, as often as they may, from one address: another place is not concerned."""
    now, end, guesses = LATER, LATER + 2 * 86_400, 0
    while now < end:
        wait = attempt(engine, now=now)
        guesses, now = guesses + (not wait), now + max(1, wait)
    assert guesses > 100
    assert stage(engine, half(engine, now=now, address="198.51.100.7"), now) == "half"


def test_strangers_from_everywhere_do_not_keep_out_a_browser_that_signed_in_before(engine: Engine, mona: Staff) -> None:
    first = half(engine, browser="b" * 43)
    authentication.with_code(engine, mona.account, mona.code(LATER), half=first, address=None, now=LATER, browser="b" * 43)
    later = LATER + 60
    for guess in range(60):
        attempt(engine, now=later, address=f"192.0.2.{guess}")
    assert refused(engine, password=PASSWORD, now=later) == "wait"
    assert refused(engine, password=PASSWORD, now=later, browser="c" * 43) == "wait", "any other browser is a stranger's"
    again = half(engine, now=later, address="192.0.2.1", browser="b" * 43)
    assert authentication.with_code(engine, mona.account, mona.code(later), half=again, address=None, now=later, browser="b" * 43)


def test_a_known_browser_guesses_no_faster(engine: Engine, mona: Staff) -> None:
    authentication.with_code(engine, mona.account, mona.code(LATER), half=half(engine), address=None, now=LATER, browser="b" * 43)
    codes = [refused(engine, browser="b" * 43, address=f"192.0.2.{guess}") for guess in range(8)]
    assert codes == ["sign_in_refused"] * 5 + ["wait"] * 3
    assert refused(engine, "nobody", browser="b" * 43, now=LATER + 1) == "sign_in_refused", "a name of its own"


@pytest.mark.parametrize("change", ["invite", "close"])
def test_whoever_is_invited_again_or_closed_has_no_known_browser(engine: Engine, mona: Staff, change: str) -> None:
    authentication.with_code(engine, mona.account, mona.code(LATER), half=half(engine), address=None, now=LATER, browser="b" * 43)
    with engine.begin() as connection:
        assert devices.known(connection, "b" * 43, devices.of_account("Mona "), now=LATER)
        getattr(administration, change)(connection, "mona", by=None, now=LATER)
        assert not devices.known(connection, "b" * 43, devices.of_account("mona"), now=LATER)


def test_a_browser_is_forgotten_after_half_a_year(engine: Engine, mona: Staff) -> None:
    with engine.begin() as connection:
        devices.remember(connection, "b" * 43, "account mona", now=LATER)
        devices.remember(connection, "b" * 43, "account mona", now=LATER + 10)
        end = LATER + 10 + devices.KEPT_SECONDS
        assert devices.known(connection, "b" * 43, "account mona", now=end - 1)
        assert not devices.known(connection, "b" * 43, "account mona", now=end)
        assert (devices.sweep(connection, now=end - 1), devices.sweep(connection, now=end)) == (0, 1)


def test_a_count_may_be_taken_away_while_another_counts(engine: Engine, mona: Staff) -> None:
    """Sixteen sign in rightly at once: each success takes away the row that the next one counts in."""
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: _in_or_waiting(engine), range(16)))
    assert all(tokens)


def _in_or_waiting(engine: Engine) -> str:
    try:
        return half(engine)
    except AccountError as error:
        return error.code


def test_the_wait_doubles_but_never_keeps_a_clerk_out_for_long(engine: Engine, mona: Staff) -> None:
    now, waits = LATER, []
    for _ in range(14):
        try:
            half(engine, password="wrong password!", now=now)
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
        codes = list(pool.map(lambda _: refused(engine), range(16)))
    assert codes.count("sign_in_refused") <= 8  # those that were under way when the fifth was counted
    assert refused(engine, password=PASSWORD) == "wait"


def test_a_code_works_once(engine: Engine, mona: Staff) -> None:
    code = mona.code(LATER)
    authentication.with_code(engine, mona.account, code, half=half(engine), address=None, now=LATER)
    with pytest.raises(AccountError, match="code_refused"):
        authentication.with_code(engine, mona.account, code, half=half(engine), address=None, now=LATER + 1)


def test_a_code_is_good_for_a_clock_that_is_a_little_off(engine: Engine, mona: Staff) -> None:
    for offset, good in ((-90, False), (-30, True), (0, True), (30, True), (90, False)):
        step = second_factor.step_of(mona.key, mona.code(LATER + offset), now=LATER, after=0)
        assert (step is not None) == good


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "²²²²²²", "١٢٣٤٥", "000000"])
def test_other_codes_are_refused(engine: Engine, mona: Staff, code: str) -> None:
    with pytest.raises(AccountError, match="code_refused"):
        authentication.with_code(engine, mona.account, code, half=half(engine), address=None, now=LATER)


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"])
def test_codes_are_taken_as_an_arabic_keyboard_types_them(engine: Engine, mona: Staff, digits: str) -> None:
    typed = f" {mona.code(LATER)[:3]} {mona.code(LATER)[3:]} ".translate(str.maketrans("0123456789", digits))
    assert authentication.with_code(engine, mona.account, typed, half=half(engine), address=None, now=LATER)
    paper = mona.recovery[0].translate(str.maketrans("0123456789", digits))
    assert authentication.with_code(engine, mona.account, paper, half=half(engine), address=None, now=LATER)


def test_guessing_codes_is_slowed_down(engine: Engine, mona: Staff) -> None:
    token, codes = half(engine), []
    wrong = str((int(mona.code(LATER)) + 7) % 1_000_000).zfill(6)
    for guess in range(8):
        with pytest.raises(AccountError) as error:
            authentication.with_code(engine, mona.account, wrong, half=token, address=f"192.0.2.{guess}", now=LATER)
        codes.append(error.value.code)
    assert codes == ["code_refused"] * 5 + ["wait"] * 3


def test_a_paper_code_replaces_a_lost_phone_once(engine: Engine, mona: Staff) -> None:
    assert len(set(mona.recovery)) == 10
    authentication.with_code(engine, mona.account, mona.recovery[3].upper(), half=half(engine), address=None, now=LATER)
    with pytest.raises(AccountError, match="code_refused"):
        authentication.with_code(engine, mona.account, mona.recovery[3], half=half(engine), address=None, now=LATER)
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
            authentication.by_invitation(engine, bad, PASSWORD, now=now)
    with pytest.raises(AccountError, match="password_short"):
        authentication.by_invitation(engine, invitation, "short", now=NOW)
    assert stage(engine, authentication.by_invitation(engine, invitation, PASSWORD, now=NOW), NOW) == "half"
    with pytest.raises(AccountError, match="invitation_refused"):
        authentication.by_invitation(engine, invitation, "another password 3", now=NOW)


def test_of_two_who_take_up_an_invitation_at_once_one_is_in(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked before either writes."""
    with engine.begin() as connection:
        _, invitation = administration.make(connection, "hany", "Hany", by=None, now=NOW)
    together, hashed = Barrier(2, timeout=PATIENCE_SECONDS), passwords.hashed

    def when_both_have_looked(password: str) -> str:
        together.wait()
        return hashed(password)

    monkeypatch.setattr(passwords, "hashed", when_both_have_looked)

    def accept(password: str) -> str:
        try:
            return authentication.by_invitation(engine, invitation, password, now=NOW)
        except AccountError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(accept, (PASSWORD, "another password 3")))
    assert answers.count("invitation_refused") == 1
    mine = (PASSWORD, "another password 3")[answers.index("invitation_refused") ^ 1]
    assert half(engine, "hany", mine), "the password is that of whoever was told so"


def test_half_a_session_does_not_replace_a_phone(engine: Engine, mona: Staff) -> None:
    key = pyotp.random_base32()
    with pytest.raises(AccountError, match="code_refused"):
        authentication.enrol(engine, mona.account, key, pyotp.TOTP(key).at(LATER), half=half(engine), now=LATER)
    with engine.connect() as connection:
        assert connection.scalar(select(accounts.c.totp)) == mona.key


def test_the_key_that_a_session_offers_is_its_own() -> None:
    assert second_factor.key_of("a") == second_factor.key_of("a") != second_factor.key_of("b")
    assert second_factor.key_of("a") in second_factor.enrolment_uri(second_factor.key_of("a"), "mona")


def test_every_refusal_has_its_sentences() -> None:
    for code, text in SENTENCES.items():
        arabic, english = text["ar"], text["en"]
        assert arabic != english, code
        assert any("\u0600" <= letter <= "\u06ff" for letter in arabic), code
