"""What colleagues tell each other about a case. Whoever works for its authority reads them; no applicant, no paper and no message does.

They stay as long as the case: nobody changes or deletes one, and who wrote it and when stands beside it.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from office.applications import records
from office.applications.access import DESK
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.applications.errors import ApplicationError
from storage.asked import VALUE, by

from .errors import WorkError
from .tables import notes

TEXT_MAX, NOTES_MAX = 1_000, 200
_t = notes.c


class Note(NamedTuple):
    """One note; `at` is seconds since 1970 UTC, `actor` `kind:id`."""

    at: int
    actor: str
    actor_name: str
    text: str


def add(unit: UnitOfWork, number: str, text: str) -> None:
    """Add a note to a case. Raises WorkError `note_empty`, `note_long`, `note_full`; ApplicationError `application_unknown`."""
    application = records.locked(unit, number)
    if unit.actor.kind != "staff" or not application.number:
        raise ApplicationError("application_unknown")
    kept = records.storable(text).replace("\r\n", "\n").strip()
    if not kept:
        raise WorkError("note_empty")
    if len(kept) > TEXT_MAX:
        raise WorkError("note_long")
    there = select(func.count()).select_from(notes).where(_t.application_id == application.id)
    if unit.connection.execute(there).scalar_one() >= NOTES_MAX:
        raise WorkError("note_full")
    line = {"application_id": application.id, "at": unit.now, "actor": unit.actor.key, "actor_name": unit.actor.name[:120], "text": kept}
    unit.connection.execute(notes.insert().values(line))


def of_case(connection: Connection, number: str, *, actor: Actor) -> tuple[Note, ...]:
    """Return the notes of a case, oldest first, for the staff of its authority; nobody else gets any.

    Raises ApplicationError `application_unknown`.
    """
    application = records.find(connection, number, actor=actor)
    if not actor.has(application.authority, *DESK):
        return ()
    return tuple(Note(*tuple(row)) for row in connection.execute(by(notes, "application_id", *Note._fields), {VALUE: application.id}))
