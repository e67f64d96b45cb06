"""The three cases of an advertisement (docs/adr/0010).

1. No earlier permit on the site: first issue.
2. Submitted while the permit runs, its last day included: renewal. The old license stays valid until its own end.
3. The permit has lapsed: first issue again. If the advertisement stayed up, the time since is fined; if nobody knows whether it did, the
   fine is unknown and nothing is issued until somebody does.

The same cases, without a fine, tell a renewal from a first issue for every other type. All days are days of Africa/Cairo
(seal.days.day_of turns an instant into one).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from . import evidence as evidences
from .evidence import Evidence, Fine

_DAY = timedelta(days=1)


class Permit(NamedTuple):
    """An earlier license on the site. A transfer changes its `holder`, not its days.

    `last_day` None is open-ended. `ended` is the day on which it was revoked or cancelled: from then on it no longer runs.
    """

    number: str
    first_day: date
    last_day: date | None
    holder: str = ""
    ended: date | None = None

    @property
    def end(self) -> date:
        """The last day on which it ran or will run; date.max if it is open-ended."""
        last_day = self.last_day or date.max
        return last_day if self.ended is None else min(last_day, self.ended - _DAY)


class Case(NamedTuple):
    """What an application is. `procedure` is what it is handled and charged as; `previous` the license it renews or that lapsed.

    `starts` is the first day of a renewed license, None where the office chooses it. `notices` are codes of what a reviewer has to look at:
    `holder_differs` (a transfer comes first), `permit_to_come` (it seems renewed already), `open_ended` (there is nothing to renew).
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

    Only the permit that ended last counts for the fine: an earlier lapse was settled before the next permit was issued. `applicant` is
    compared with the holder if both are known. `fined` is the service's `lapse_fined`. A permit that ended before it began counts for
    nothing.
    """
    lived = sorted((each for each in permits if each.first_day <= each.end), key=lambda each: (each.end, each.first_day, each.number))
    begun = [each for each in lived if each.first_day <= submitted]
    notices = ["permit_to_come"] if len(begun) < len(lived) else []
    if not begun:
        return Case("first", "first", None, None, Fine("none", "fine_first_issue"), tuple(notices))
    running = begun[-1].end >= submitted
    previous = lived[-1] if running else begun[-1]
    if applicant and previous.holder and applicant != previous.holder:
        notices.append("holder_differs")
    if not running:
        due = _fine(previous, submitted, evidence, objection_upheld) if fined else Fine("none", "fine_not_for_type")
        return Case("lapsed", "first", previous.number, None, due, tuple(notices))
    if previous.end == date.max:
        notices.append("open_ended")
    starts = None if previous.end == date.max else previous.end + _DAY
    return Case("renewal", "renewal", previous.number, starts, Fine("none", "fine_in_force"), tuple(notices))


def _fine(permit: Permit, submitted: date, evidence: Sequence[Evidence], objection_upheld: bool) -> Fine:
    fine = evidences.fine(permit.end, submitted, evidence)
    if objection_upheld and fine.outcome != "none":
        return Fine("cancelled", "fine_objection_upheld", fine.period)
    return fine
