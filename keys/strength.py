"""Whether a passphrase may protect a key: judged by how many guesses it takes (zxcvbn), not by what kinds of characters it has."""

from __future__ import annotations

from .errors import CustodyError

PASSPHRASE_MIN = 12  # characters; zxcvbn knows no Arabic words, and thinks too well of short ones
_GUESSES_LOG10 = 10  # at a third of a second a guess (pbes2.py) a century of one processor
_JUDGED = 72  # characters; zxcvbn's work grows with the square
_NEAR = ("khatm", "ختم", "alexandria", "iskandaria", "الاسكندرية", "الإسكندرية", "governorate", "محافظة", "license", "ترخيص")


def check_passphrase(passphrase: bytes) -> None:
    """Return if the passphrase may protect a key. Raises CustodyError `passphrase_weak`."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists of words take 40 ms to load, which only who chooses a passphrase waits for

    text = passphrase.decode("utf-8", "surrogateescape")
    if len(text) < PASSPHRASE_MIN or zxcvbn(text[:_JUDGED], user_inputs=list(_NEAR))["guesses_log10"] < _GUESSES_LOG10:
        raise CustodyError("passphrase_weak")
