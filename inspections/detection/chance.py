"""How likely honest work looks suspicious by chance, one at a time and many at once. Textbook formulas; sources beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z95 = 1.959963984540054


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927). (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, square = hits / of, Z95**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z95 / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def none_of(trials: int, mean: float, spread: float) -> float:
    """Return the probability of no success in `trials` where the rate itself varies from one to the next (beta-binomial).

    `mean` is the rate's mean, `spread` its intra-class correlation in [0, 1): 0 gives (1 − mean)^trials. B(a, b + n) / B(a, b).
    """
    if mean <= 0 or trials == 0:
        return 1.0
    if mean >= 1:
        return 0.0
    if spread <= 0:
        return (1 - mean) ** trials
    scale = 1 / spread - 1
    a, b = mean * scale, (1 - mean) * scale
    return math.exp(math.lgamma(b + trials) + math.lgamma(a + b) - math.lgamma(b) - math.lgamma(a + b + trials))


def spread(groups: Sequence[tuple[int, int]]) -> float:
    """Return the intra-class correlation of (hits, of) groups by the moments of analysis of variance (Ridout 1999); at least 0."""
    filled = [(hits, of) for hits, of in groups if of]
    total, count = sum(of for _, of in filled), len(filled)
    if count < 2 or total == count:
        return 0.0
    mean = sum(hits for hits, _ in filled) / total
    between = sum(of * (hits / of - mean) ** 2 for hits, of in filled) / (count - 1)
    within = sum(hits * (1 - hits / of) for hits, of in filled) / (total - count)
    size = (total - sum(of * of for _, of in filled) / total) / (count - 1)
    bottom = between + (size - 1) * within
    return min(0.99, max(0.0, (between - within) / bottom)) if bottom > 0 else 0.0


def discoveries(probabilities: Sequence[float], rate: float) -> float:
    """Return the largest probability that still counts when `rate` of all that count may be chance (Benjamini and Hochberg 1995).

    0 where none counts. All hypotheses must be in `probabilities`, also those that look ordinary.
    """
    ordered = sorted(probabilities)
    passing = [p for rank, p in enumerate(ordered, 1) if p <= rate * rank / len(ordered)]
    return passing[-1] if passing else 0.0
