"""What is known of an advertisement after its permit ended, and the days that are fined for it (docs/adr/0010).

An inspection record outranks the applicant's statement. Where records contradict each other, or say that it is gone and not since when,
the answer is unknown: no day is guessed, neither for nor against the applicant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple


class Evidence(NamedTuple):
    """What is known about the old advertisement, and from whom: an inspection record, or the applicant's own statement.

    `seen` is the day it speaks of. `standing`: it was up on that day; else it was gone, since `removed` if that day is known.
    """

    source: Literal["inspection", "statement"]
    reference: str
    seen: date
    standing: bool
    removed: date | None = None


class Period(NamedTuple):
    """The days that are fined, both included: from the day after the permit's end to the submission, or to an earlier removal."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        """The number of days, at least 1."""
        return (self.last_day - self.first_day).days + 1


class Fine(NamedTuple):
    """Whether a fine is due. `reason` is a stable code with a sentence; `period` is there whenever `outcome` is due.

    `unknown` is no zero: an inspection or a statement has to tell, and until then nothing may be issued.
    """

    outcome: Literal["none", "due", "unknown", "cancelled"]
    reason: str
    period: Period | None = None


class _UnclearError(Exception):
    """The evidence does not tell; the argument is the reason's code."""


def fine(end: date, submitted: date, evidence: Sequence[Evidence]) -> Fine:
    """Return the fine for an advertisement whose permit ran out on `end`, before `submitted`, by what is known of it.

    With evidence that it stood after `end`, it counts as standing up to the submission, unless its removal is evidenced. The day of removal
    still counts. What was seen up to `end` says nothing about the time after it.
    """
    told = [each for each in evidence if each.seen > end or each.removed is not None]
    try:
        if any(each.removed is not None and (each.standing or each.removed > each.seen) for each in told):
            raise _UnclearError("fine_evidence_conflicts")
        removed = _removal(
            [each for each in told if each.source == "inspection"],
            [each for each in told if each.source == "statement"],
            submitted,
        )
    except _UnclearError as unclear:
        return Fine("unknown", str(unclear))
    if removed is None or removed >= submitted:
        return Fine("due", "fine_stayed_up", Period(end + timedelta(days=1), submitted))
    if removed <= end:
        return Fine("none", "fine_removed_in_time")
    return Fine("due", "fine_until_removal", Period(end + timedelta(days=1), removed))


def _removal(inspections: Sequence[Evidence], statements: Sequence[Evidence], submitted: date) -> date | None:
    """Return the day of removal, None if it stayed up: to the submission at least, for what became of it later is not fined."""
    lower = max((each.seen for each in inspections if each.standing), default=date.min)
    upper = min((each.seen for each in inspections if not each.standing), default=date.max)
    if upper < lower:  # gone, then seen again: nobody knows about the days between
        raise _UnclearError("fine_evidence_conflicts")
    days = {each.removed for each in inspections if each.removed is not None}
    if not days:
        # A statement fills the gap that the inspections leave, and no more.
        days = {each.removed for each in statements if each.removed is not None and lower <= each.removed <= upper}
        lower = max([lower, *(each.seen for each in statements if each.standing)]) if days else lower
    if days:
        if len(days) > 1 or min(days) < lower:
            raise _UnclearError("fine_evidence_conflicts")
        return days.pop()
    if upper < date.max:
        stood = max([lower, *(each.seen for each in statements if each.standing)])
        if stood >= submitted and upper >= submitted:  # gone since, on whatever day
            return None
        raise _UnclearError("fine_removal_day_unknown")
    if lower == date.min:  # no inspection tells
        _check_stated(statements)
    return None


def _check_stated(statements: Sequence[Evidence]) -> None:
    if any(not each.standing for each in statements):
        raise _UnclearError("fine_removal_day_unknown")
    if not statements:
        raise _UnclearError("fine_evidence_missing")
