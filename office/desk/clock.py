"""The one place where the desk reads the clock. An edge: everything else takes `now` from the settings."""

from __future__ import annotations

import time


def now() -> int:
    """Return the time in seconds since 1970 UTC."""
    return int(time.time())  # noqa: TID251 - an edge
