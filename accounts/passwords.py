"""Passwords: argon2id with the library's parameters (RFC 9106 §4), and the few rules that help (NIST SP 800-63B §3.1.1.2)."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .errors import AccountError

SHORTEST, LONGEST = 12, 128
_DIFFERENT = 6  # fewer different characters are a pattern
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "0123456789" "0", "ضصثقفغعهخحجد", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي")
_COMMON = ("password", "passw0rd", "alexandria", "welcome", "letmein", "khatm", "الاسكندريه", "كلمهالمرور")
_RUN = 5
_hasher = PasswordHasher()


def check(password: str, *, name: str) -> None:
    """Return if `password` will do for the account `name`. Raises AccountError `password_short`, `password_long`, `password_easy`."""
    if len(password) > LONGEST:
        raise AccountError("password_long")
    if len(password) < SHORTEST:
        raise AccountError("password_short")
    folded = _folded(password)
    bare = folded
    for easy in (*_COMMON, name.casefold(), *_runs()):
        bare = bare.replace(easy, "")
    # What remains without the words and runs that everybody tries first must still be a password's worth.
    if len(set(folded)) < _DIFFERENT or len(bare) < SHORTEST // 2:
        raise AccountError("password_easy")


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether `password` is the one that was kept. Where nothing is kept it takes as long and is false.

    So nobody learns who has an account.
    """
    if len(password) > LONGEST:
        password = ""  # as much work, and never right
    try:
        return _hasher.verify(kept or _nobodys(), _normal(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether the library's parameters have moved on since `kept` was made."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(16))


def _normal(password: str) -> str:
    """Return one form of what different keyboards type for the same (RFC 8265 §4.2)."""
    return unicodedata.normalize("NFC", password)


def _folded(password: str) -> str:
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", password.casefold()) if not unicodedata.combining(letter))
    return letters.translate(str.maketrans("ةى", "هي", " "))


@cache
def _runs() -> tuple[str, ...]:
    rows = [each for row in _ROWS for each in (row, row[::-1])]
    return tuple(row[start : start + _RUN] for row in rows for start in range(len(row) - _RUN + 1))
