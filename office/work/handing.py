"""Handing somebody's cases over, some or all: by themselves, or by a manager. What the other may not have stays, and is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from issuer.errors import IssuerError
from office.applications import listing, records
from office.applications.context import UnitOfWork
from office.applications.listing import Line

from . import assigning, people
from .errors import WorkError
from .records import NOTE_MAX

MOST = 200  # cases at once


class Handed(NamedTuple):
    """What became of it: how many went over, and of the others the number and why."""

    moved: int
    left: tuple[tuple[str, str], ...]


def of_person(unit: UnitOfWork, account_id: int) -> tuple[Line, ...]:
    """Return the open cases of somebody that the actor sees, those that wait longest first; at most MOST."""
    found = listing.work(unit.connection, unit.office, actor=unit.actor, states=people.STEPS, holder=account_id, limit=MOST)
    return found.lines


def hand_over(unit: UnitOfWork, account_id: int, numbers: Sequence[str], to: int, *, note: str) -> Handed:
    """Give the cases `numbers` of somebody to another person, with a note that stays in each case's history.

    A case that is not theirs any more (`assign_gone`) stays with whoever has it.
    Raises WorkError `assign_nothing`, `assign_unknown`, `note_long`.
    """
    if not numbers:
        raise WorkError("assign_nothing")
    if len(note) > NOTE_MAX:
        raise WorkError("note_long")
    people.of_id(people.staff(unit.connection), to)
    left: list[tuple[str, str]] = []
    for number in sorted(set(numbers))[:MOST]:
        try:
            with unit.connection.begin_nested():
                application = records.locked(unit, number)
                if application.assigned != account_id:
                    raise WorkError("assign_gone")
                assigning.hand(unit, application, to, note=note)
        except IssuerError as error:
            left.append((number, error.code))
    return Handed(len(set(numbers)) - len(left), tuple(left))
