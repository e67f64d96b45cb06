"""When to try again: twice as long each time, up to a limit, drawn from a range so that many do not come back at once."""

from __future__ import annotations

from random import Random

FIRST_SECONDS, LONGEST_SECONDS = 15, 3_600
MOST_ATTEMPTS = 16  # about nine hours: a provider that is down over night is up again


def wait(attempts: int, chance: Random) -> int:
    """Return how many seconds to wait after the attempt `attempts` (from 1) failed.

    That is between half and all of 15 s × 2^(attempts − 1), and at most an hour.
    """
    longest = min(FIRST_SECONDS << min(attempts - 1, 20), LONGEST_SECONDS)
    return round(longest * chance.uniform(0.5, 1.0))
