"""The three cases of an advertisement, and the fine for one that stayed up after its permit ended (docs/adr/0010).

1. No earlier permit on the site: first issue.
2. Submitted while the permit runs, its last day included: renewal. The old license stays valid until its own end.
3. The permit has lapsed: first issue again. If the advertisement stayed up, the time since is fined; if nobody knows whether it did, the
   fine is unknown and nothing is issued until somebody does.

All days are days of Africa/Cairo (seal.days.day_of turns an instant into one).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

_DAY = timedelta(days=1)


class Permit(NamedTuple):
    """An earlier license on the site. A transfer changes its `holder`, not its days.

    `last_day` None is open-ended. `ended` is the day on which it was revoked or cancelled, from which on it no longer runs.
    """

    number: str
    first_day: date
    last_day: date | None
    holder: str = ""
    ended: date | None = None


class Evidence(NamedTuple):
    """What is known about the old advertisement, and from whom: an inspection record, or the applicant's own statement.

    `seen` is the day it speaks of. `standing`: it stood there on that day; else it was gone, since `removed` if that day is known.
    """

    source: Literal["inspection", "statement"]
    reference: str
    seen: date
    standing: bool
    removed: date | None = None


class Period(NamedTuple):
    """The days that are fined: from the day after the permit's end to the submission, or to the day of removal, both included."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        """The number of days, at least 1."""
        return (self.last_day - self.first_day).days + 1


class Fine(NamedTuple):
    """Whether a fine is due. `reason` is a stable code with a sentence; `period` is there whenever `outcome` is due or cancelled.

    `unknown` is no zero: an inspection or a statement has to tell, and until then nothing may be issued.
    """

    outcome: Literal["none", "due", "unknown", "cancelled"]
    reason: str
    period: Period | None = None


class Case(NamedTuple):
    """What an application is. `procedure` is what it is handled and charged as; `previous` the license it renews or that lapsed.

    `starts` is the first day of a renewed license, None where the office chooses it. `notices` are codes of what a reviewer has to look at:
    `holder_differs`, `already_renewed`.
    """

    kind: Literal["first", "renewal", "lapsed"]
    procedure: Literal["first", "renewal"]
    previous: str | None
    starts: date | None
    fine: Fine
    notices: tuple[str, ...] = ()


def decide(
    permits: Sequence[Permit],
    submitted: date,
    *,
    evidence: Sequence[Evidence] = (),
    objection_upheld: bool = False,
    applicant: str = "",
    fined: bool = True,
) -> Case:
    """Return what an application is that was submitted on `submitted` for a site with these earlier permits, in any order.

    Only the permit that ended last counts: an earlier lapse was settled before the permit after it was issued. `applicant` is compared with
    that permit's holder if both are given. `fined` is the service's `lapse_fined`.
    """
    begun = [permit for permit in permits if _end(permit) is None or permit.first_day <= submitted]
    raise NotImplementedError(begun)


def _end(permit: Permit) -> date | None:
    """Return the last day on which the permit ran or will run; None if open-ended."""
    if permit.ended is None:
        return permit.last_day
    revoked = permit.ended - _DAY
    return revoked if permit.last_day is None else min(revoked, permit.last_day)
