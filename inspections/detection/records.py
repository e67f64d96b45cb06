"""What the rules are given, and what they give back. Frozen: the server fills them from its tables, the bench from its simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from seal.site import Point

Kind = Literal["license", "unlicensed"]
SubjectKind = Literal["license", "device", "inspection"]

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Position:
    """A position as a device measured it: WGS 84 degrees, and the radius in metres that holds the true place with 68 %.

    Only fixes of the scan itself, at most a minute old (age, claim 264), are positions here: an old one is where the device was.
    `digits` are latitude and longitude as the device wrote them, ("31.2001", "29.9"), where that is known: a float forgets zeros.
    """

    point: Point
    accuracy_m: float
    altitude_m: float | None = None
    speed_m_s: float | None = None
    digits: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many findings an inspection has, by severity."""

    critical: int = 0
    serious: int = 0
    minor: int = 0

    @property
    def any(self) -> bool:
        """Whether anything at all was found."""
        return bool(self.critical or self.serious or self.minor)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One inspection, as far as the rules look: who stood where and when, and what was seen there.

    `at` is in seconds UTC; `authority` and `type` are the license's, or the inspector's area and None where no license was seen;
    `photographs` are SHA-256 in hexadecimal; `decision` is the verdict's.
    """

    inspection: str
    device: str
    officer: str
    at: int
    authority: str
    kind: Kind = "license"
    license: str | None = None
    edition: int | None = None
    type: str | None = None
    position: Position | None = None
    name_seen: str | None = None
    type_seen: str | None = None
    photographs: tuple[str, ...] = ()
    findings: Counts = Counts()
    decision: str = "valid"


@dataclass(frozen=True, slots=True)
class Move:
    """From this day on a license stands here: the first is its issue. A move is entered when the office hears of it, often later."""

    day: date
    point: Point
    radius_m: int


@dataclass(frozen=True, slots=True)
class Site:
    """A license as the register knows it: where it has stood, oldest first, and when it ran."""

    license: str
    authority: str
    type: str
    trade_name: str
    moves: tuple[Move, ...]
    last_day: date | None = None

    @property
    def here(self) -> Move:
        """Where it stands now."""
        return self.moves[-1]


@dataclass(frozen=True, slots=True)
class Register:
    """All licensed sites, and the moment up to which the sightings reach, in seconds UTC."""

    sites: Mapping[str, Site]
    as_of: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for an alert: what was expected, what was seen, and the threshold between the two.

    `what` is a stable code with a sentence of its own; numbers are in the unit that `what` names (`…_m` metres, `…_s` seconds).
    """

    what: str
    seen: float | str
    expected: float | str
    threshold: float | str


@dataclass(frozen=True, slots=True)
class Alert:
    """What a rule found, with all that is needed to judge it: which inspections, which places for the map, which numbers.

    `authority` is whose affair it is: the license's, or the one where the device was last.

    `probability`: how likely honest work would look like this, where the rule computes one. `gaps` fill the sentence of `code`.
    """

    code: str
    subject: SubjectKind
    id: str
    authority: str
    inspections: tuple[str, ...]
    places: tuple[Point, ...]
    evidence: tuple[Evidence, ...]
    probability: float | None = None
    gaps: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """The same alert found again has the same key: the rule, and whom it concerns. New inspections under it renew it."""
        return self.code, self.id
