"""Passwords: what is kept tells nothing, what everybody would guess is refused, and nobody is slower to refuse than anybody."""

import subprocess
import sys

import pytest

from accounts import passwords
from accounts.errors import AccountError
from tests.conftest import ROOT

GOOD = "كوبري ستانلي 1904"


def test_what_is_kept_is_argon2id_and_never_the_same() -> None:
    one, other = passwords.hashed(GOOD), passwords.hashed(GOOD)
    assert one.startswith("$argon2id$") and one != other
    assert passwords.matches(one, GOOD) and passwords.matches(other, GOOD)
    assert not passwords.matches(one, GOOD + " ")
    assert not passwords.outdated(one)


def test_the_product_s_own_parameters_are_those_of_the_rfc() -> None:
    """In a process of its own: this one keeps its passwords cheaply (tests/conftest.py)."""
    program = "import sys; from accounts import passwords; print(passwords.hashed(sys.argv[1]))"
    kept = subprocess.run([sys.executable, "-c", program, GOOD], check=True, cwd=ROOT, capture_output=True, text=True).stdout
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$"), "RFC 9106 §4, second choice"
    assert passwords.outdated(kept.strip()), "and these tests take no other"


def test_the_same_letters_typed_another_way_are_the_same_password() -> None:
    assert passwords.matches(passwords.hashed("caf\u00e9 de la paix"), "cafe\u0301 de la paix")


def test_without_an_account_the_same_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = passwords._hasher.verify

    class Counting:
        hash = passwords._hasher.hash

        def verify(self, kept: str, password: str) -> bool:
            asked.append(kept)
            return real(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert not passwords.matches(None, GOOD)
    assert not passwords.matches(passwords.hashed("another one 77"), GOOD)
    assert not passwords.matches(None, "x" * 10_000)
    assert len(asked) == 3
    assert {kept.rsplit("$", 2)[0] for kept in asked} == {asked[0].rsplit("$", 2)[0]}, "the same parameters"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_short"),
        ("x" * 129, "password_long"),
        ("aaaaaaaaaaaaaaaa", "password_easy"),
        ("password123456", "password_easy"),
        ("qwertyuiop12345", "password_easy"),
        ("mona.saad mona.saad", "password_easy"),
        ("الإسكندرية123456", "password_easy"),
        ("ababababababab", "password_easy"),
    ],
)
def test_what_everybody_would_guess_is_refused(password: str, code: str) -> None:
    with pytest.raises(AccountError) as refused:
        passwords.check(password, name="mona.saad")
    assert refused.value.code == code


@pytest.mark.parametrize("password", [GOOD, "correct horse battery", "Tr0ub4dor&3xyz", "ثلاث سمكات زرقاء"])
def test_good_ones_pass(password: str) -> None:
    passwords.check(password, name="mona.saad")


def test_something_else_than_a_hash_never_matches() -> None:
    assert not passwords.matches("not a hash", GOOD)
