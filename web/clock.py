"""The one place where a process reads the clock. An edge: everything else takes `now` as a keyword argument or a setting."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - an edge


def seconds() -> int:
    """Return the time in whole seconds since 1970 UTC."""
    return int(now().timestamp())
