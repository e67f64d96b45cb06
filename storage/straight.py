"""Rows as the driver gives them: of a million, making rows of SQLAlchemy's takes as long as reading them.

Only for columns that the driver gives as they are: numbers, texts, octets; no JSON, no truth values.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult


def of_driver(result: CursorResult[Any]) -> list[tuple[Any, ...]]:
    """Return all rows of a result."""
    if result.cursor is None:
        raise RuntimeError("no rows")
    rows: list[Any] = list(result.cursor.fetchall())
    result.close()
    return rows
