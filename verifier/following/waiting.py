"""When to look next: at the host's pace, later and later while it fails, and never all verifiers at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MOST_SECONDS: Final = 900.0  # lists are signed hourly
_SPREAD: Final = 0.2


def wait(every: float, failures: int, asked: int, chance: Callable[[], float]) -> float:
    """Return how many seconds to wait after so many failures in a row; `asked` is what the host asked for.

    `chance` gives numbers in [0, 1): a fifth more or less where nothing failed, else anything between half and all of twice as long as
    the time before, so that those who lost a host at one moment do not come back to it at one moment.
    """
    if not failures:
        return max(every * (1 - _SPREAD + 2 * _SPREAD * chance()), float(asked))
    longest = max(every, min(MOST_SECONDS, every * 2.0 ** min(failures, 16)))
    return max(longest * (0.5 + 0.5 * chance()), float(asked))
