"""How likely a visit finds something critical: a logistic regression, learnt from visits, small enough to read (docs/explanation/risk.md).

What was known on a morning is held against what the next two months found, morning after morning. The officer is not in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from .errors import ShortHistoryError
from .features import NAMES, Floats, History
from .records import Candidate, Reason, Scored, Visit

HORIZON = timedelta(days=61)
STEP = timedelta(days=30)
WARM_UP = timedelta(days=90)  # before it nothing is known of anybody
STRENGTH = 0.02  # scikit-learn's C: small coefficients unless the visits insist
LEAST_VISITS, LEAST_CRITICAL = 500, 50
REASONS = 3
REASON_WEIGHT = 0.05  # log-odds below which a reason is not worth a word

#: Which features speak together, and by which reason.
_SPOKEN = {
    "never_visited": ("never_visited",),
    "days_since": ("log_days_since", "within_60_days", "within_180_days", "over_400_days"),
    "critical_last": ("critical_last", "critical_beyond_team_last"),
    "critical_before": ("critical_rate", "critical_beyond_team", "visits"),
    "other_findings": ("serious_last", "serious_mean", "minor_last", "minor_mean", "failed_last", "failed_rate"),
    "kind": ("risk_class_1", "risk_class_3", *(name for name in NAMES if name.startswith("kind_"))),
    "around": (*(name for name in NAMES if name.startswith("around")), "density"),
}


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of standardised features; scoring needs no library. `learnt_until` is the first day that was not looked at.

    `visits` is how many lessons it is made of; a visit is one for each of the mornings it lies within two months of.
    """

    learnt_until: date
    visits: int
    intercept: float
    weights: tuple[float, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]

    def listing(self) -> tuple[tuple[str, float], ...]:
        """Return every feature with its weight for one standard deviation, in log-odds, the heaviest first."""
        return tuple(sorted(zip(NAMES, self.weights, strict=True), key=lambda pair: -abs(pair[1])))


def candidate_of(visit: Visit) -> Candidate:
    """Return what was known of a site before it was visited: nothing of what the visit found."""
    return Candidate(visit.site, "", visit.point, visit.kind, visit.risk_class)


def mornings(visits: Sequence[Visit], until: date) -> Iterator[tuple[History, list[Visit]]]:
    """Yield what was known on a morning, and the visits of the two months after it, none on or after `until`."""
    morning = min(each.day for each in visits) + WARM_UP
    while morning + HORIZON <= until:
        after = [each for each in visits if morning <= each.day < morning + HORIZON]
        if after:
            yield History(visits, morning), after
        morning += STEP


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is learnt from: one row of NAMES for each visit, as of the morning before it, and whether it found something critical."""

    until: date
    visits: tuple[Visit, ...]
    rows: Floats
    found: NDArray[np.bool_]


def lessons(visits: Sequence[Visit], until: date) -> Lessons:
    """Return what the visits before `until` teach. Raises ShortHistoryError where they are too few, or span too little time."""
    before = [each for each in visits if each.day < until]
    critical = sum(each.critical > 0 for each in before)
    if len(before) < LEAST_VISITS or critical < LEAST_CRITICAL:
        raise ShortHistoryError(len(before), critical)
    windows = list(mornings(before, until))
    taught = [each for _, after in windows for each in after]
    if len({each.critical > 0 for each in taught}) < 2:  # nothing was found, or found everywhere: there is nothing to tell apart
        raise ShortHistoryError(len(before), critical)
    rows = np.vstack([known.matrix([candidate_of(each) for each in after]) for known, after in windows])
    return Lessons(until, tuple(taught), rows, np.array([each.critical > 0 for each in taught]))


def learn(taught: Lessons) -> Model:
    """Return the model of these lessons."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - a second and 60 MB, which scoring and the server can do without

    means, deviations = taught.rows.mean(axis=0), taught.rows.std(axis=0)
    deviations[deviations == 0] = 1.0
    learnt = LogisticRegression(C=STRENGTH, max_iter=3000).fit((taught.rows - means) / deviations, taught.found)
    weights = tuple(map(float, learnt.coef_[0]))
    intercept = float(learnt.intercept_[0])
    return Model(taught.until, len(taught.visits), intercept, weights, tuple(map(float, means)), tuple(map(float, deviations)))


def fit(visits: Sequence[Visit], until: date) -> Model:
    """Learn from the visits before `until`. Raises ShortHistoryError where they are too few to learn from."""
    return learn(lessons(visits, until))


def score(model: Model, candidates: Sequence[Candidate], known: History) -> list[Scored]:
    """Return every candidate with its probability and reasons, in the order given. `known` ends on the morning of the list."""
    rows = known.matrix(candidates)
    parts = (rows - np.array(model.means)) / np.array(model.deviations) * np.array(model.weights)
    return [
        Scored(each, 1 / (1 + math.exp(-model.intercept - float(part.sum()))), _reasons(each, part, known))
        for each, part in zip(candidates, parts, strict=True)
    ]


def _reasons(candidate: Candidate, part: Floats, known: History) -> tuple[Reason, ...]:
    own = known.visits(candidate.site)
    numbers = {
        "days_since": (known.as_of - own[-1].day).days if own else 0,
        "critical_before": sum(each.critical > 0 for each in own),
        "kind": candidate.risk_class,
    }
    # A reason is said only where what it says is so: few visits raise a risk too, but "critical findings before: 0" would be no reason.
    true = {
        "never_visited": not own,
        "days_since": bool(own),
        "critical_last": bool(own and own[-1].critical),
        "critical_before": numbers["critical_before"] > 0,
        "other_findings": any(each.serious or each.minor or each.failed for each in own),
        "kind": True,
        "around": True,
    }
    at = {name: index for index, name in enumerate(NAMES)}
    sums = {code: float(sum(part[at[name]] for name in names)) for code, names in _SPOKEN.items()}
    weighed = [Reason(code, numbers.get(code, 0), weight) for code, weight in sums.items() if true[code]]
    heavy = [each for each in sorted(weighed, key=lambda each: -each.weight) if each.weight >= REASON_WEIGHT]
    return tuple(heavy[:REASONS])
