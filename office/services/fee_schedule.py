"""Fee schedules: dated, versioned rules. What they say is data (fees.yaml); office.services.fee_calculation makes a bill of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Literal, NamedTuple

from governorate.licensed import Name

CHANNELS = ("centre", "portal")
#: What a quantity's facts may be divided by: powers of ten, so that every quantity is a decimal.
PARTS = tuple(10**exponent for exponent in range(7))
#: The fact that a fine brings with it: the days since the permit's end.
LAPSED_DAYS = "lapsed_days"


class Quantity(NamedTuple):
    """What is counted: the product of `facts` over `parts` (10000: m² from centimetres). `started`: a begun unit is a whole one."""

    code: str
    facts: tuple[str, ...]
    parts: int
    started: bool


class Flat(NamedTuple):
    """So many piastres."""

    piastres: int


class Rate(NamedTuple):
    """So many piastres times each quantity."""

    piastres: int
    times: tuple[str, ...]


class Slab(NamedTuple):
    """From `least` on and below `below` (None: no end), in units of the slabs' quantity: `flat` piastres, or `rate` for each unit."""

    least: int
    below: int | None
    flat: int | None
    rate: int | None

    def rate_of(self, part: Fraction) -> Fraction:
        """Return what `part` costs by the rate."""
        return part * (self.rate or 0)


class Slabs(NamedTuple):
    """A price that depends on how much of one quantity there is.

    `reckon` "whole": the slab in which the quantity falls prices all of it. "parts": each slab that is reached prices its own part.
    The sum is then multiplied by each quantity of `times`.
    """

    by: str
    reckon: Literal["whole", "parts"]
    slabs: tuple[Slab, ...]
    times: tuple[str, ...]


class Rebate(NamedTuple):
    """So many hundredths of a percent off the lines of the rules `of`."""

    of: tuple[str, ...]
    hundredths: int


class Minimum(NamedTuple):
    """What the lines of the rules `of` lack of so many piastres."""

    of: tuple[str, ...]
    piastres: int


class Maximum(NamedTuple):
    """What the lines of the rules `of` exceed so many piastres by, taken off."""

    of: tuple[str, ...]
    piastres: int


Charge = Flat | Rate | Slabs | Rebate | Minimum | Maximum


class Version(NamedTuple):
    """A rule as it holds from `first_day` to `last_day`, both included (None: until it is replaced).

    `source` says where the amount is from; it is "" for a sample, which nobody decided.
    """

    name: str
    first_day: date
    last_day: date | None
    source: str
    charge: Charge

    @property
    def sample(self) -> bool:
        """Whether the amount is an example."""
        return not self.source


class Rule(NamedTuple):
    """One line of a bill, for the channels named. A `fine` is charged only where one is due. Versions are in order, never overlapping."""

    code: str
    name: Name
    channels: frozenset[str]
    fine: bool
    versions: tuple[Version, ...]

    @property
    def lapses(self) -> bool:
        """Whether it is a rebate: on a day without a version there is none, where any other rule would be unknown."""
        return isinstance(self.versions[-1].charge, Rebate)

    def version_on(self, day: date) -> Version | None:
        """Return the version that holds on `day`."""
        held = (each for each in self.versions if each.first_day <= day and (each.last_day is None or day <= each.last_day))
        return next(held, None)


class Schedules(NamedTuple):
    """Everything fees.yaml says."""

    quantities: Mapping[str, Quantity]
    rules: Mapping[str, Rule]
