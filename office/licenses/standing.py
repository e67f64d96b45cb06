"""What a license is worth on a day, in one word."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from seal import status

State = Literal["valid", "to_come", "ended", "suspended", "revoked", "superseded"]
#: What a search can ask for; a superseded seal is never a license's newest.
SOUGHT: tuple[State, ...] = get_args(State)[:-1]
_STATUSES: dict[int, State] = {status.INVALID: "revoked", status.SUSPENDED: "suspended", status.SUPERSEDED: "superseded"}


def state_of(status_: int, first_day: str, last_day: str | None, today: date) -> State:
    """Return what a license is whose newest seal has this status, as in the status list. Days are ISO texts."""
    if said := _STATUSES.get(status_):
        return said
    if last_day and last_day < today.isoformat():
        return "ended"
    return "to_come" if first_day > today.isoformat() else "valid"
