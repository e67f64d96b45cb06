"""The morning's work: a list for everybody who has a phone in use and no list yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from inspections.errors import InspectionError
from inspections.licensed import Sites
from storage.database import reading

from . import lists, making
from .learning import Learnt


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an authority: lists made now, lists that were there, and the code of what hindered."""

    authority: str
    made: int
    there: int
    fault: str = ""


def run(
    engine: Engine, sites: Sites | None, learnt: Learnt | None, authorities: Iterable[str], day: date, *, by: str, now: int
) -> Iterator[Done]:
    """Make the lists of a day that are missing, authority by authority. Raises InspectionError `day_past`."""
    making.check_day(day, now=now)
    for authority in authorities:
        with reading(engine) as connection:
            there = {each.officer_id for each in lists.of_day(connection, [authority], day)}
            equipped = making.equipped(connection, authority)
            waiting = [each for each in making.inspectors(connection, authority) if each.id in equipped and each.id not in there]
        made, fault = 0, ""
        if waiting:
            try:
                ranked = making.rank(engine, sites, learnt, authority, day, now=now)
                for officer in waiting:
                    making.make(engine, ranked, officer, by=by, now=now)
                    made += 1
            except InspectionError as error:
                fault = error.code
        yield Done(authority, made, len(there), fault)
