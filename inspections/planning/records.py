"""What planning is given and gives back. Frozen; the server fills them from its tables. Nobody's name is among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from seal.site import Point


@dataclass(frozen=True, slots=True)
class Visit:
    """An inspection that was made, as far as risk is learnt from it.

    `team` is a group of officers and serves to allow for how strictly was looked; never one officer. `risk_class`: 1 is the highest.
    """

    site: str
    day: date
    point: Point | None
    kind: str
    risk_class: int
    critical: int
    serious: int
    minor: int
    failed: bool
    team: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A site that could be visited."""

    site: str
    authority: str
    point: Point | None
    kind: str
    risk_class: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a site ranks where it does: a code with a sentence (words.json), its number, and what it adds to the log-odds."""

    code: str
    number: int
    weight: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with the probability that a visit finds something critical, and the reasons that weigh most, heaviest first.

    Without a model `probability` is None: nothing is known of the risk, and `waited`, days since somebody was there, is no substitute for
    it, only something to go by.
    """

    candidate: Candidate
    probability: float | None
    reasons: tuple[Reason, ...]
    waited: int = 0

    @property
    def urgency(self) -> float:
        """What a list goes by, the highest first: comparable among candidates of one list only."""
        return float(self.waited) if self.probability is None else self.probability


Chosen = Literal["risk", "random", "alert", "unseen"]


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit of a day's list. `chosen` tells those that were drawn by lot: only they say what risk alone would have missed."""

    candidate: Candidate
    chosen: Chosen
    probability: float | None
    reasons: tuple[Reason, ...]
