"""Who has a case: taken by oneself, given by a manager, given back. It says who is on it; it locks nobody out and lets nobody in.

Every function takes the application's number in the caller's transaction. `seen` is who had the case on the page that was clicked on
(an account's id, `NOBODY`), None if the form does not say. All raise ApplicationError `application_unknown`, and
`changed_meanwhile` where somebody else has it by now; WorkError as `people.refusal` says.
"""

from __future__ import annotations

from office.applications import records
from office.applications.application import NOBODY, Application
from office.applications.context import UnitOfWork
from office.applications.errors import ApplicationError
from seal import days

from . import absences, people
from .errors import WorkError
from .records import How, assign


def take(unit: UnitOfWork, number: str, *, seen: int | None = None) -> None:
    """Take a case, perhaps from a colleague, who is told."""
    application = _locked(unit, number, seen)
    mine = people.of_id(people.staff(unit.connection), _own(unit))
    if application.assigned == mine.id:
        return
    if code := people.refusal(unit.connection, unit.office, application, mine):
        raise WorkError(code)
    assign(unit, application, mine, how="taken", ended="taken")


def give(unit: UnitOfWork, number: str, to: int, *, note: str = "", seen: int | None = None) -> None:
    """Give a case to somebody, or to whoever stands in for them today: by a manager, or by whoever has it.

    Raises WorkError `assign_manager` for everybody else, `assign_away` for somebody who is away and has no stand-in.
    """
    application = _locked(unit, number, seen)
    hand(unit, application, to, note=note)


def hand(unit: UnitOfWork, application: Application, to: int, *, note: str = "") -> None:
    """Give a case, which is locked, to somebody, as `give` does."""
    theirs = application.assigned == _own(unit)
    if not theirs and not people.leads(unit.actor, application):
        raise WorkError("assign_manager")
    everybody = people.staff(unit.connection)
    named = people.of_id(everybody, to)
    present = absences.present(absences.away(unit.connection, days.day_of(unit.now)), named.id)
    if present is None:
        raise WorkError("assign_away")
    if present == application.assigned:
        return
    chosen = people.of_id(everybody, present)
    if code := people.refusal(unit.connection, unit.office, application, chosen):
        raise WorkError(code)
    how: How = "stand_in" if chosen.id != named.id else "handed" if theirs else "given"
    assign(unit, application, chosen, how=how, ended="handed" if theirs else "given", note=note)


def give_back(unit: UnitOfWork, number: str, *, seen: int | None = None) -> None:
    """Let nobody have a case any more: by whoever has it, or a manager. No rule gives it to the same person for the same step again."""
    application = _locked(unit, number, seen)
    if application.assigned == NOBODY:
        return
    if application.assigned != _own(unit) and not people.leads(unit.actor, application):
        raise WorkError("assign_manager")
    assign(unit, application, None, how="given", ended="given_back")


def _own(unit: UnitOfWork) -> int:
    return int(unit.actor.id) if unit.actor.kind == "staff" else -1


def _locked(unit: UnitOfWork, number: str, seen: int | None) -> Application:
    if unit.actor.kind != "staff":
        raise ApplicationError("application_unknown")
    application = records.locked(unit, number)
    if not application.number:
        raise ApplicationError("application_unknown")
    if seen is not None and seen != application.assigned:
        raise ApplicationError("changed_meanwhile")
    return application
