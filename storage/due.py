"""When something that waits is due, also where a clock was wrong that said when."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, or_


def due(column: Column[int], *, now: int, longest: int) -> ColumnElement[bool]:
    """Return whether what waits until `column` is due at `now` (both seconds since 1970 UTC).

    It is, too, where that lies further ahead than anybody ever waits (`longest`, in seconds): a clock that was ahead wrote it, and once it
    is right nobody would come for days or years.
    """
    return or_(column <= now, column > now + longest)
