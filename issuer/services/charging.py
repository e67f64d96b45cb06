"""What a service costs on a day, in whole piastres, each line with the rule and the version it comes from.

Rounding: a line is reckoned exactly, as a fraction, and rounded once, to the nearest piastre, half a piastre away from zero. Rebates,
minima and maxima look at rounded lines, so a bill is always the sum of what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from issuer.catalogue import Name

from .evidence import Fine
from .service import Service
from .schedule import Schedules

#: What a bill is made from: `channel` ("centre" or "portal") and whole numbers by the names that fees.yaml uses: width_cm, height_cm,
#: faces, floors, days, months. issuer.services.facts makes them from an application's fields.
Facts = Mapping[str, int | str]


class Line(NamedTuple):
    """One line of a bill. `piastres` is negative for a rebate or a maximum; `quantity` shows what was multiplied, "" for a flat fee.

    `sample`: the amount is an example and not the governorate's; whoever shows the bill says so.
    """

    rule: str
    version: str
    name: Name
    quantity: str
    piastres: int
    sample: bool


def bill_lines(schedules: Schedules, service: Service, facts: Facts, day: date, *, fine: Fine | None = None) -> tuple[Line, ...]:
    """Return the lines of `service` on `day` (Cairo), in the order of its fees, with the fine if one is due. May be empty.

    Pass `fine=None` for the fees alone, where the fine is not known yet. Raises FeeError: `fee_unknown` (no version holds on `day`),
    `fact_missing`, `fact_invalid`, `fine_unknown` (a fine that nobody can tell is never left out).
    """
    raise NotImplementedError


def fine_lines(schedules: Schedules, service: Service, facts: Facts, day: date, *, fine: Fine) -> tuple[Line, ...]:
    """Return the lines of the fine alone, for a bill of its own after the fees were paid. Raises FeeError like `bill_lines`."""
    raise NotImplementedError
