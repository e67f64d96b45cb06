"""The one place where the verifier reads the clock. An edge: everything else takes `now` from the settings."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - an edge
