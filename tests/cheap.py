"""Passwords and protected keys at a thousandth of the work. tests/accounts and tests/keys hold the product's own.

What a file or a password says it took is believed when it is read: whoever reads what was made so, in whatever process, works as little.
"""

from __future__ import annotations

from argon2 import PasswordHasher

from accounts import passwords
from keys import pbes2

WORK = (1 << 7, 8, 1)


def hasher() -> PasswordHasher:
    """Of passwords."""
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def khatm() -> None:
    """Run `khatm` as the only thing of its process."""
    from khatm import main

    pbes2._WORK, passwords._hasher = WORK, hasher()
    main()
