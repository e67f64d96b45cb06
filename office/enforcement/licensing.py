"""Inspections are told of the applications that concern a license, so that its story is whole there (docs/adr/0046).

How far they were told they know themselves: nothing is kept here about it. Several workers may tell the same; it is taken once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from office.applications import telling
from office.services.service import Service as Offered
from storage.database import reading

from .errors import RefusedError
from .sealing import PAGES_MOST
from .service import Service

PAGE = 100  # applications of one request
SETTLED_SECONDS = 60  # by then whoever was writing has ended, also with a clock that is behind


def hand_over(engine: Engine, service: Service, offered: Mapping[str, Offered], *, now: int) -> Counter[str]:
    """Tell what inspections do not know yet, and return how many applications that were, or why they were refused.

    Raises UnreachableError.
    """
    told, place = Counter[str](), service.told()
    for _ in range(PAGES_MOST if place is not None else 0):
        with reading(engine) as connection:
            found = telling.after(connection, telling.Place(*place or ()), until=now - SETTLED_SECONDS, most=PAGE)
        if not found:
            break
        try:
            service.tell([_written(each, offered) for each in found])
        except RefusedError as error:  # it is said in every round, and the rest of the round goes on
            told[error.code] += 1
            break
        told["applications"] += len(found)
        place = telling.Place(found[-1].since, found[-1].id)
    return +told


def _written(each: telling.Told, offered: Mapping[str, Offered]) -> dict[str, Any]:
    """Return an application as it is sent: the service by its names, its code where the rules no longer have it."""
    known = offered.get(each.service)
    names = dict(known.name) if known else {"ar": each.service, "en": each.service}
    return {name: value for name, value in each._asdict().items() if name != "service"} | {"names": names}
