"""Objecting with one press: what may be objected to, told for a whole list, and an objection that is made once however often it is sent."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from sqlalchemy import select

from issuer.errors import IssuerError
from office.services.state_machine import State

from . import access, billing, records, workflow
from .application import Application, of
from .context import UnitOfWork
from .errors import ApplicationError
from .tables import application_events as events
from .tables import applications

_OBJECT = "object"
_DECISION = "reject"


class Objectionable(NamedTuple):
    """A decision that somebody may object to now. `reason` is what the office gave for a rejection, `piastres` what a fine comes to with
    all that is owed; `due_at` when it is too late (seconds since 1970 UTC), None where no deadline says so."""

    number: str
    version: int
    against: Literal["rejection", "fine"]
    name: str
    service: str
    reason: str
    piastres: int
    due_at: int | None


def open_to(unit: UnitOfWork, numbers: Collection[str]) -> frozenset[str]:
    """Return those of a citizen's applications against whose decision they may object now. The caller has seen that these are theirs."""
    rows = unit.connection.execute(select(applications).where(applications.c.number.in_(sorted(numbers))))
    return frozenset(each.number for each in map(of, rows) if _likely(each) and _may(unit, each))


def show(unit: UnitOfWork, number: str) -> Objectionable:
    """Return what an objection of the actor's would be against.

    Raises ApplicationError `application_unknown`; `action_refused` or `objection_decided` where there is nothing to object to; MoveError.
    """
    application = records.find(unit.connection, number, actor=unit.actor)
    against = _against(unit, application)
    rejected = against == "rejection"
    told = select(events.c.reason).where(events.c.application_id == application.id, events.c.action == _DECISION)
    reason = unit.connection.scalar(told.order_by(events.c.id.desc()).limit(1)) if rejected else ""
    owed = () if rejected else billing.account(unit.connection, unit.office, application).owed
    return Objectionable(
        application.number,
        application.version,
        against,
        application.name,
        application.service,
        reason or "",
        sum(line.piastres for line in owed),
        application.due_at if rejected else None,
    )


def once(unit: UnitOfWork, number: str, *, reason: str, version: int | None) -> bool:
    """Object, and say whether this was the press that did it: an objection that waits already is not made again.

    Raises as `workflow.object_`.
    """
    if records.locked(unit, number).state == State.OBJECTION:
        return False
    workflow.object_(unit, number, reason=reason, version=version)
    return True


def _likely(application: Application) -> bool:
    """Say whether it is worth asking: most of a list is neither rejected nor fined."""
    case = application.case
    return application.state == State.REJECTED or (case is not None and case.fine.outcome in ("due", "unknown"))


def _against(unit: UnitOfWork, application: Application) -> Literal["rejection", "fine"]:
    """Return what the actor may object to now. Raises MoveError; ApplicationError as `show` does."""
    if not access.may_change(unit.actor, application):
        raise ApplicationError("action_refused")
    records.refuse(unit, application, _OBJECT, reason=_OBJECT)
    return workflow.objectionable(unit.connection, application)


def _may(unit: UnitOfWork, application: Application) -> bool:
    try:
        _against(unit, application)
    except IssuerError:
        return False
    return True
