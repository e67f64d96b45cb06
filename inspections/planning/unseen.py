"""Where to go while nothing can be said of risk: where nobody has been for the longest. No probability comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from .records import Candidate, Reason, Scored


def rank(candidates: Sequence[Candidate], seen: Mapping[str, date], licensed: Mapping[str, date], day: date) -> list[Scored]:
    """Return every candidate with the days since somebody was there, or, where nobody ever was, since it was licensed.

    `seen` and `licensed` are by site; what was seen on `day` itself or later counts as seen that morning.
    """
    return [_scored(each, seen.get(each.site), licensed.get(each.site, day), day) for each in candidates]


def _scored(candidate: Candidate, seen: date | None, licensed: date, day: date) -> Scored:
    waited = max(0, (day - (seen or licensed)).days)
    return Scored(candidate, None, (Reason("days_since" if seen else "never_seen", waited, 0.0),), waited)
