"""What the risk of a site is told from: its own history, its kind, and what was found around it lately.

Everything is as of a morning: only visits of strictly earlier days are looked at (docs/explanation/risk.md lists every feature).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from seal import site
from seal.site import Point

from .records import Candidate, Visit
from .surroundings import Surroundings

Floats = NDArray[np.float64]

KINDS = ("restaurant", "school", "grocery", "daycare", "bakery", "care")
_KIND_WORDS = {"daycare": ("daycare", "children"), "care": ("nursing", "hospital", "living", "long term care")}
SCALES_M = (250, 1000, 3000)
HALF_LIVES_D = (45, 365)
DENSITY_M = 300
_HISTORY = (
    *("never_visited", "log_days_since", "within_60_days", "within_180_days", "over_400_days"),
    *("critical_last", "critical_rate", "critical_beyond_team", "critical_beyond_team_last"),
    *("serious_last", "serious_mean", "minor_last", "minor_mean", "failed_last", "failed_rate", "visits"),
    *("risk_class_1", "risk_class_3"),
)
_AROUND = tuple(f"{what}_{scale}m_{half}d" for scale in SCALES_M for half in HALF_LIVES_D for what in ("around", "around_beyond_team"))
NAMES = (*_HISTORY, *(f"kind_{kind}" for kind in KINDS), *_AROUND, "density")
_PRIOR = 2  # visits' worth of the overall rate in a site's own
_PRIOR_AROUND = 3
_PRIOR_TEAM = 20


def is_kind(kind: str, word: str) -> bool:
    """Say whether a kind of business, as the file names it, is one of KINDS."""
    return any(each in kind.lower() for each in _KIND_WORDS.get(word, (word,)))


class History:
    """Visits of days before `as_of`, ready to be asked about sites."""

    def __init__(self, visits: Sequence[Visit], as_of: date) -> None:
        """Raises ValueError where no visit lies before `as_of`."""
        self.as_of = as_of
        past = sorted((each for each in visits if each.day < as_of), key=lambda each: each.day)
        if not past:
            raise ValueError("no visit before that day")
        critical = np.array([each.critical > 0 for each in past], float)
        self.rate = float(critical.mean())
        self._beyond = critical - self._expected(past, critical)
        self._own: dict[str, list[int]] = defaultdict(list)
        for at, each in enumerate(past):
            self._own[each.site].append(at)
        self._past, self._critical = past, critical
        self._origin = next((each.point for each in past if each.point), Point(0.0, 0.0))
        self._surroundings = self._gathered(past, critical - self.rate)

    def _gathered(self, past: Sequence[Visit], found: Floats) -> tuple[Surroundings, ...]:
        """What was found around, once for each scale: by half-life its weight, what was found, and what beyond the team's average."""
        placed = [at for at, each in enumerate(past) if each.point]
        spots = np.array([self._plane(past[at].point) for at in placed]).reshape(-1, 2)
        ages = np.array([(self.as_of - past[at].day).days for at in placed], float)
        sums = [each for half in HALF_LIVES_D for each in _weighed(0.5 ** (ages / half), found[placed], self._beyond[placed])]
        columns = np.array(sums).reshape(len(sums), -1).T
        many = np.ones((len(placed), 1))
        return *(Surroundings(spots, columns, scale) for scale in SCALES_M), Surroundings(spots, many, DENSITY_M)

    def _expected(self, past: Sequence[Visit], critical: Floats) -> Floats:
        """What each visit's team finds on average: so that a strict team does not make its streets look worse."""
        sums: dict[str, list[float]] = defaultdict(lambda: [_PRIOR_TEAM * self.rate, _PRIOR_TEAM])
        for each, found in zip(past, critical, strict=True):
            sums[each.team][0] += found
            sums[each.team][1] += 1
        return np.array([sums[each.team][0] / sums[each.team][1] for each in past])

    def _plane(self, point: Point | None) -> tuple[float, float]:
        if point is None:
            return math.nan, math.nan
        return tuple(site.offset(self._origin, point.latitude, point.longitude))  # type: ignore[return-value]

    def visits(self, number: str) -> Sequence[Visit]:
        """Return a site's own visits, oldest first."""
        return [self._past[at] for at in self._own.get(number, ())]

    def _history(self, candidate: Candidate) -> list[float]:
        at = self._own.get(candidate.site, [])
        own = [self._past[each] for each in at]
        count, last = len(own), own[-1] if own else None
        days = (self.as_of - last.day).days if last else 0
        beyond = self._beyond[at] if at else np.zeros(0)
        return [
            *(float(not own), math.log1p(days) if own else 0.0),
            *(float(bool(own) and days <= 60), float(60 < days <= 180), float(days > 400)),
            *(float(bool(last and last.critical)), (sum(each.critical > 0 for each in own) - count * self.rate) / (count + _PRIOR)),
            *(float(beyond.sum()) / (count + _PRIOR), float(beyond[-1]) if own else 0.0),
            *(min(last.serious, 3) if last else 0.0, sum(min(each.serious, 3) for each in own) / (count + 1)),
            *(min(last.minor, 10) if last else 0.0, sum(min(each.minor, 10) for each in own) / (count + 1)),
            *(float(bool(last and last.failed)), sum(each.failed for each in own) / (count + _PRIOR), count),
            *(float(candidate.risk_class == 1), float(candidate.risk_class == 3)),
            *(float(is_kind(candidate.kind, kind)) for kind in KINDS),
        ]

    def _around(self, candidates: Sequence[Candidate]) -> Floats:
        spots = np.array([self._plane(each.point) for each in candidates]).reshape(-1, 2)
        columns = list[Floats]()
        for near in self._surroundings[:-1]:
            sums = near.about(spots)
            for at in range(0, sums.shape[1], 3):
                columns += [sums[:, at + more] / (sums[:, at] + _PRIOR_AROUND) for more in (1, 2)]
        return np.column_stack([*columns, np.log1p(self._surroundings[-1].about(spots)[:, 0])])

    def matrix(self, candidates: Sequence[Candidate]) -> Floats:
        """Return one row of NAMES for each candidate."""
        if not candidates:
            return np.zeros((0, len(NAMES)))
        return np.hstack([np.array([self._history(each) for each in candidates], float), self._around(candidates)])


def _weighed(weight: Floats, *values: Floats) -> list[Floats]:
    return [weight, *(weight * each for each in values)]
